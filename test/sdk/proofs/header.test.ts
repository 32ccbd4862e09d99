import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { createPublicClient, fromRlp, type Hex, http, keccak256 } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeHeader, type HeaderBlock } from "../../../sdk/src/proofs/header.ts";

for (const [fork, fields] of [
  ["cancun", 20],
  ["prague", 21],
  ["osaka", 21],
] as const) {
  describe(`encodeHeader, against anvil after ${fork}`, () => {
    let chain: Awaited<ReturnType<typeof startAnvil>>;
    beforeAll(async () => {
      chain = await startAnvil(fork);
    });
    afterAll(() => chain.stop());
    const blockAt = (number: Hex | "latest" | "pending") => chain.request("eth_getBlockByNumber", [number, false]);

    it("gives bytes that hash to the block, from genesis on", async () => {
      for (let i = 0; i < 5; i++) {
        const block = await blockAt(i === 0 ? "0x0" : "latest");
        const header = encodeHeader(block);
        expect(keccak256(header)).toBe(block.hash);
        expect(fromRlp(header)).toHaveLength(fields);
        await chain.request("evm_mine", []);
      }
    });

    it("takes viem's own form of a block", async () => {
      const client = createPublicClient({ transport: http(chain.url) });
      const block = await client.getBlock();
      expect(encodeHeader(block as unknown as HeaderBlock)).toBe(encodeHeader(await blockAt("latest")));
    });

    it("refuses a pending block", async () => {
      const { hash: _, ...block } = await blockAt("latest");
      expect(() => encodeHeader({ ...block, hash: null })).toThrow(
        expect.objectContaining({ name: "HeaderFieldInvalid", details: { field: "hash", value: null } }),
      );
    });

    it("refuses a block with any field changed, missing or of another size", async () => {
      const block = await blockAt("latest");
      const names = Object.keys(block) as (keyof HeaderBlock)[];
      const inHeader = names.filter((name) => HEADER_NAMES.has(name) && name !== "hash");
      expect(inHeader).toHaveLength(fields);
      for (const name of inHeader) {
        const value = block[name] as Hex;
        const changed = value.endsWith("1") ? `${value.slice(0, -1)}2` : `${value.slice(0, -1)}1`;
        for (const wrong of [changed, undefined, `${value}01`, "zz"]) {
          expect(() => encodeHeader({ ...block, [name]: wrong }), `${name} ${wrong}`).toThrow(
            expect.objectContaining({ name: expect.stringMatching(/^Header(FieldInvalid|HashMismatch)$/) }),
          );
        }
      }
    });

    it("tells both hashes when a block has a field that is not known here", async () => {
      const block = await blockAt("latest");
      const hash: Hex = `0x${"ab".repeat(32)}`;
      expect(() => encodeHeader({ ...block, hash })).toThrow(
        expect.objectContaining({
          name: "HeaderHashMismatch",
          details: { expected: hash, actual: block.hash, fields },
        }),
      );
    });
  });
}

const HEADER_NAMES: ReadonlySet<string> = new Set([
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "extraData",
  "mixHash",
  "nonce",
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
]);

/** The platform's binary itself: a wrapper would leave it behind when it is ended. */
async function startAnvil(fork: string) {
  const wrapper = createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json");
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const binary = createRequire(wrapper).resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`);
  const anvil = spawn(binary, ["--host", "127.0.0.1", "--port", "0", "--hardfork", fork], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = await listening(anvil);
  return {
    url,
    async request(method: string, params: unknown[]): Promise<HeaderBlock> {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
      return ((await answer.json()) as { result: HeaderBlock }).result;
    },
    async stop() {
      const ended = new Promise((done) => anvil.once("exit", done));
      anvil.kill();
      await ended;
    },
  };
}

async function listening(anvil: ChildProcess): Promise<string> {
  if (anvil.stdout === null) throw new Error("anvil has no output");
  for await (const line of createInterface({ input: anvil.stdout })) {
    const address = /^Listening on (.+)$/.exec(line)?.[1];
    if (address === undefined) continue;
    anvil.stdout.resume();
    return `http://${address}`;
  }
  throw new Error("anvil ended before it listened");
}
