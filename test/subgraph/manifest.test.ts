import { readFile } from "node:fs/promises";
import { type Abi, type AbiEvent, parseAbiItem, zeroAddress } from "viem";
import { describe, expect, it } from "vitest";
import { DATA_SOURCES, eventsOf, renderManifest, signatureOf } from "../../scripts/subgraph/manifest.ts";
import type { ContractName } from "../../sdk/src/deployments.ts";

const read = (path: string) => readFile(new URL(`../../subgraph/${path}`, import.meta.url), "utf8");
const abiOf = async (contract: string): Promise<Abi> => JSON.parse(await read(`abis/${contract}.json`));
const kebab = (name: string) => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

describe("signatureOf", () => {
  it("writes indexed arguments and nested tuples as a manifest does", () => {
    const event = parseAbiItem([
      "event Made(uint256 indexed id, Outer outer, Inner[] list)",
      "struct Inner { bytes32 root; uint40 count; }",
      "struct Outer { uint8 mode; Inner inner; }",
    ]) as AbiEvent;
    expect(signatureOf(event)).toBe("Made(indexed uint256,(uint8,(bytes32,uint40)),(bytes32,uint40)[])");
  });
});

describe("DATA_SOURCES", () => {
  it.each(DATA_SOURCES)("$contract: every event has its handler, and every handler its event", async (source) => {
    const mapping = await read(`src/${kebab(source.contract)}.ts`);
    const handlers = [...mapping.matchAll(/^export function (handle\w+)\(event: (\w+)\)/gm)];
    for (const [, handler, event] of handlers) expect(handler).toBe(`handle${event}`);
    const expected = eventsOf(await abiOf(source.contract), source).map(({ name }) => `handle${name}`);
    expect(handlers.map(([, handler]) => handler).sort()).toEqual(expected.sort());
  });

  it("names every entity of the schema", async () => {
    const schema = await read("schema.graphql");
    const entities = [...schema.matchAll(/^type (\w+) @entity/gm)].map(([, name]) => name);
    expect(new Set(DATA_SOURCES.flatMap(({ entities }) => entities))).toEqual(new Set(entities));
  });
});

describe("schema.graphql", () => {
  it("describes every entity, in strings that reach the playground", async () => {
    const schema = await read("schema.graphql");
    expect([...schema.matchAll(/(?<!")\n(type|enum) (\w+)/g)].map(([, , name]) => name)).toEqual([]);
  });

  it("never makes an event's record mutable", async () => {
    const schema = await read("schema.graphql");
    for (const [, immutable, body] of schema.matchAll(/@entity\(immutable: (true|false)\) \{([\s\S]*?)\n\}/g))
      if (body?.includes('"Transaction hash and log index."')) expect(immutable).toBe("true");
  });
});

/** Contracts that earlier deployments lack. */
const OPTIONAL: readonly ContractName[] = ["UsageChannels", "FeeRouter", "InsurancePool", "RewardPool", "ExitBounties"];

describe("renderManifest", () => {
  const subject = {
    network: "x",
    startBlock: 1,
    addressOf: (contract: ContractName) => (OPTIONAL.includes(contract) ? undefined : zeroAddress),
    parameters: { originAt: 1, periodSeconds: 1, feeRecipient: zeroAddress },
  };
  const places = { schema: "s", abiOf: () => "a", mapping: "m" };
  const abis = async () =>
    new Map(await Promise.all(DATA_SOURCES.map(async ({ contract }) => [contract, await abiOf(contract)] as const)));

  it("refuses a deployment without a contract that every one has", async () => {
    const addressOf = (contract: ContractName) => (contract === "Ledger" ? undefined : zeroAddress);
    const found = await abis();
    expect(() => renderManifest({ ...subject, addressOf }, found, places)).toThrow("does not name Ledger");
  });

  it("leaves out what a deployment is older than", async () => {
    const manifest = renderManifest(subject, await abis(), places);
    expect(manifest).toContain("name: DealMarket");
    for (const name of OPTIONAL) expect(manifest).not.toContain(name);
  });

  it("refuses an ABI without events", () => {
    expect(() => renderManifest(subject, new Map<ContractName, Abi>(), places)).toThrow(
      "The ABI of Ledger has no events",
    );
  });
});
