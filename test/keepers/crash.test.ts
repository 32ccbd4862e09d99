import { readFile } from "node:fs/promises";
import { decodeFunctionData, type Hex, toFunctionSelector } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getDeal } from "../../sdk/src/deals.ts";
import { dealMarketAbi, ledgerAbi, possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { earnedOf, netOf } from "../../sdk/src/units.ts";
import { uploadPiece } from "../../sdk/src/upload-client.ts";
import { LOCAL_ACCOUNTS } from "../helpers/local-chain.ts";
import { type KeeperProcess, spawnKeeper, writeKeeper } from "./helpers/process.ts";
import { startRpcProxy } from "./helpers/proxy.ts";
import {
  requestFor,
  runUntil,
  smallSite,
  startWorld,
  tokenFor,
  until,
  upload,
  type World,
  waitIdle,
} from "./helpers/world.ts";

const SELECTORS = {
  openSet: toFunctionSelector("openSet(address,address)"),
  accept: toFunctionSelector("accept(uint256,uint32)"),
  add: toFunctionSelector("addPieces(uint256,uint256,(bytes32,uint40,bytes32)[],uint256,bytes)"),
  prove: toFunctionSelector("prove(uint256,uint256,bytes)"),
  settle: toFunctionSelector("settle(uint256)"),
  finish: toFunctionSelector("finish(uint256)"),
};

/** The clock of its machine is wrong, and that changes nothing: only the chain's time counts. */
const CLOCK = { daysAhead: 3 };

let world: World;
let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
let keeper: KeeperProcess;
let config: string;

beforeAll(async () => {
  world = await startWorld();
  proxy = await startRpcProxy(world.chain.rpcUrl);
  config = await writeKeeper(world, { rpcUrl: proxy.url });
  keeper = await spawnKeeper(config, CLOCK);
});
afterAll(async () => {
  await keeper?.kill();
  await proxy?.stop();
  await world?.stop();
});

const wordOf = (value: bigint) => value.toString(16).padStart(64, "0");

/** Kills the keeper the moment a certain transaction is on its way, one that names `mentions`; resolves once it is dead. */
function killAt(
  selector: Hex,
  mentions: bigint,
  when: "before the node has it" | "before it knows that the node has it",
): Promise<void> {
  const killed = Promise.withResolvers<void>();
  proxy.setGate((passing) => {
    if (passing.selector !== selector || !passing.data.includes(wordOf(mentions))) return "pass";
    proxy.setGate(() => "drop"); // a dead process sends nothing more
    keeper.kill().then(killed.resolve, killed.reject);
    return when === "before the node has it" ? "drop" : "swallow";
  });
  return killed.promise;
}

async function restart(): Promise<void> {
  proxy.setGate(() => "pass");
  keeper = await spawnKeeper(config, CLOCK);
}

/** Transactions of the operator on chain, by selector, as often as they were mined. */
async function minedOf(selector: Hex, mentions: bigint): Promise<Hex[]> {
  const { reader } = world.chain;
  const height = Number(await reader.getBlockNumber());
  const blocks = await Promise.all(
    Array.from({ length: height + 1 }, (_, i) =>
      reader.getBlock({ blockNumber: BigInt(i), includeTransactions: true }),
    ),
  );
  const operator = world.chain.walletOf(LOCAL_ACCOUNTS.operators[0]).account.address.toLowerCase();
  const word = wordOf(mentions);
  return blocks
    .flatMap(({ transactions }) => transactions)
    .filter(({ from, input }) => from === operator && input.startsWith(selector) && input.includes(word))
    .map(({ input }) => input);
}

describe("a keeper that is killed", { timeout: 300_000 }, () => {
  it("while it receives goes on with what was on disk", async () => {
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece);
    const bytes = await readFile(piece.path);
    const token = await tokenFor(world, dealId, piece);
    const partBytes = 50_000;
    const options = { dealId, root: piece.root, token, sizeBytes: piece.sizeBytes, partBytes };
    let parts = 0;
    const interrupted = uploadPiece({
      ...options,
      endpoint: keeper.url,
      parallel: 1,
      retries: 0,
      read: async (from, to) => {
        if (parts++ === 3) await keeper.kill();
        return new Uint8Array(bytes.subarray(from, to));
      },
    });
    await expect(interrupted).rejects.toThrow();

    await restart();
    const sent: number[] = [];
    const status = await uploadPiece({
      ...options,
      endpoint: keeper.url,
      read: (from, to) => {
        sent.push(from);
        return new Uint8Array(bytes.subarray(from, to));
      },
    });
    expect(["held", "added"]).toContain(status.state);
    expect(Math.min(...sent)).toBe(3 * partBytes);
  });

  it("while it checks what it received checks it again", async () => {
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece);
    const bytes = new Uint8Array(await readFile(piece.path));
    const token = await tokenFor(world, dealId, piece);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
    const url = `/deals/${dealId}/pieces/${piece.root}`;
    const { state } = (await (
      await fetch(`${keeper.url}${url}?from=0`, { method: "PUT", headers, body: bytes })
    ).json()) as {
      state: string;
    };
    await keeper.kill();
    expect(["verifying", "held"]).toContain(state);
    await restart();
    const answer = await until(async () => {
      const response = await fetch(`${keeper.url}${url}/finalise`, { method: "POST", headers });
      return response.status === 200 ? ((await response.json()) as { state: string }) : undefined;
    });
    expect(["held", "added"]).toContain(answer.state);
  });

  it.each(["before the node has it", "before it knows that the node has it"] as const)(
    "while it accepts, %s, accepts once",
    async (when) => {
      const piece = await smallSite(world);
      const { dealId } = await requestFor(world, piece);
      const killed = killAt(SELECTORS.accept, dealId, when);
      await upload(world, keeper.url, dealId, piece).catch(() => undefined); // it may die while we wait for its answer
      await killed;
      await restart();
      await runUntil(world.chain, [keeper.url], async () => {
        const { status, liveBytes } = await getDeal(world.chain.reader, { deployment: world.chain.deployment, dealId });
        return status === "active" && liveBytes > 0n;
      });
      expect(await minedOf(SELECTORS.accept, dealId)).toHaveLength(1);
      const additions = (await minedOf(SELECTORS.add, dealId)).map((data) =>
        decodeFunctionData({ abi: possessionProofsAbi, data }),
      );
      expect(additions.filter(({ args }) => args?.[1] === dealId)).toHaveLength(1);
      const { reader, deployment } = world.chain;
      const { dealKey } = await getDeal(reader, { deployment, dealId });
      const added = await reader.getContractEvents({
        address: deployment.contracts.PossessionProofs,
        abi: possessionProofsAbi,
        eventName: "PieceAdded",
        args: { dealKey },
        fromBlock: 0n,
      });
      expect(added).toHaveLength(1);
    },
  );

  it("while it adds, proves, settles and finishes does each once, and is paid what was proven", async () => {
    const { chain } = world;
    const { deployment, reader } = chain;
    const deal = (dealId: bigint) => getDeal(reader, { deployment, dealId });
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, { termPeriods: 5 });
    let killed = killAt(SELECTORS.add, dealId, "before it knows that the node has it");
    await upload(world, keeper.url, dealId, piece).catch(() => undefined);
    await runUntilDead(killed);
    await restart();
    const { setId: set, dealKey: key } = await deal(dealId);
    const moments = [
      [SELECTORS.prove, BigInt(set), "before it knows that the node has it"],
      [SELECTORS.settle, key, "before the node has it"],
      [SELECTORS.prove, BigInt(set), "before the node has it"],
      [SELECTORS.finish, dealId, "before it knows that the node has it"],
    ] as const;
    for (const [selector, mentions, when] of moments) {
      killed = killAt(selector, mentions, when);
      await runUntilDead(killed);
      await restart();
    }
    await runUntil(chain, [keeper.url], async () => (await deal(dealId)).status === "finished");

    const { earned, unitPrice, feeBps, dealKey, setId } = await deal(dealId);
    const eventsOf = { fromBlock: 0n } as const;
    const proven = await reader.getContractEvents({
      ...eventsOf,
      address: deployment.contracts.PossessionProofs,
      abi: possessionProofsAbi,
      eventName: "PeriodProven",
      args: { setId: BigInt(setId) },
    });
    const started = await reader.getContractEvents({
      ...eventsOf,
      address: deployment.contracts.DealMarket,
      abi: dealMarketAbi,
      eventName: "DealAccepted",
      args: { dealId },
    });
    const paid = await reader.getContractEvents({
      ...eventsOf,
      address: deployment.contracts.Ledger,
      abi: ledgerAbi,
      eventName: "Paid",
      args: { lockId: dealKey },
    });
    const { fromPeriod = 0, endPeriod = 0 } = started[0]?.args ?? {};
    const periods = proven.map(({ args }) => Number(args.period)).filter((p) => p >= fromPeriod && p < endPeriod);
    expect(new Set(periods).size).toBe(periods.length);
    expect(periods.length).toBeGreaterThanOrEqual(4); // some were lost to the crashes, never more than time allowed
    expect(earned).toBe(earnedOf(unitPrice, BigInt(piece.leafCount) * 128n, BigInt(periods.length)));
    expect(paid.reduce((sum, { args }) => sum + (args.amount ?? 0n), 0n)).toBe(netOf(earned, BigInt(feeBps)));

    expect(await minedOf(SELECTORS.finish, dealId)).toHaveLength(1);
    for (const selector of [SELECTORS.prove, SELECTORS.settle]) {
      const mined = await minedOf(selector, selector === SELECTORS.prove ? BigInt(setId) : dealKey);
      expect(mined.length).toBeGreaterThan(0);
    }
  });

  /** Lets time run until the keeper is dead. */
  async function runUntilDead(killed: Promise<void>): Promise<void> {
    let isDead = false;
    const done = killed.then(() => {
      isDead = true;
    });
    while (!isDead) {
      await Promise.race([done, waitIdle(world.chain, keeper.url).catch(() => undefined)]); // a dying keeper does not answer
      await world.chain.test.increaseTime({ seconds: 1 });
      await world.chain.test.mine({ blocks: 1 });
    }
  }
});
