import { readFile } from "node:fs/promises";
import { type Hex, toFunctionSelector } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { readProcesses } from "../../keepers/src/store/processes.ts";
import { outbox } from "../../keepers/src/store/schema.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { askedMetrics } from "../deploy/helpers/expressions.ts";
import { LOCAL_ACCOUNTS } from "../helpers/local-chain.ts";
import { type KeeperProcess, spawnKeeper, writeKeeper } from "./helpers/process.ts";
import { startRpcProxy } from "./helpers/proxy.ts";
import {
  healthOf,
  requestFor,
  runUntil,
  smallSite,
  startWorld,
  until,
  upload,
  type World,
  waitIdle,
} from "./helpers/world.ts";

const PROVE = toFunctionSelector("prove(uint256,uint256,bytes)");
const SCHEMA = "two_processes";

let world: World;
let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
let store: Store;
let config: string;
/** The one that leads, and the one that stands by. */
let leader: KeeperProcess;
let standby: KeeperProcess;

const leads = async ({ url }: KeeperProcess) => {
  const { leading, status } = await healthOf(url);
  return leading && status === "ok";
};

beforeAll(async () => {
  world = await startWorld();
  proxy = await startRpcProxy(world.chain.rpcUrl);
  store = openStore(world.postgres.url, SCHEMA, { onError: () => undefined });
  config = await writeKeeper(world, { rpcUrl: proxy.url, schema: SCHEMA });
  leader = await spawnKeeper(config);
  await until(() => leads(leader));
  standby = await spawnKeeper(config);
  await until(async () => (await healthOf(standby.url)).status === "ok");
});
afterAll(async () => {
  await Promise.all([leader?.kill(), standby?.kill()]);
  await store?.close();
  await proxy?.stop();
  await world?.stop();
});

const deal = (dealId: bigint) => getDeal(world.chain.reader, { deployment: world.chain.deployment, dealId });

/** Kills the one that leads while its proof is on its way; the other one takes over, and a new one stands by. */
async function killWhileProving(
  when: "before the node has it" | "before it knows that the node has it",
): Promise<void> {
  const killed = Promise.withResolvers<void>();
  const [victim, heir] = [leader, standby];
  let isDead = false;
  proxy.setGate(({ selector }) => {
    if (selector !== PROVE || isDead) return isDead ? "drop" : "pass";
    isDead = true;
    victim.kill().then(killed.resolve, killed.reject);
    return when === "before the node has it" ? "drop" : "swallow";
  });
  while (!isDead) {
    await Promise.race([killed.promise, waitIdle(world.chain, victim.url).catch(() => undefined)]); // a dying one does not answer
    if (isDead) break;
    await world.chain.test.increaseTime({ seconds: 1 });
    await world.chain.test.mine({ blocks: 1 });
  }
  await killed.promise;
  proxy.setGate(() => "pass");
  await until(() => leads(heir));
  leader = heir;
  standby = await spawnKeeper(config);
  await until(async () => (await healthOf(standby.url)).status === "ok");
}

/** Every transaction of the operator on chain. */
async function sentByOperator() {
  const { reader } = world.chain;
  const operator = world.chain.walletOf(LOCAL_ACCOUNTS.operators[0]).account.address.toLowerCase();
  const height = Number(await reader.getBlockNumber());
  const blocks = await Promise.all(
    Array.from({ length: height + 1 }, (_, i) =>
      reader.getBlock({ blockNumber: BigInt(i), includeTransactions: true }),
    ),
  );
  return blocks.flatMap(({ transactions }) => transactions).filter(({ from }) => from === operator);
}

describe("two processes of one keeper", { timeout: 300_000 }, () => {
  it("know of each other, and one of them leads", async () => {
    const processes = await readProcesses(store.db);
    expect(processes.map(({ url, isLeading, isAlive }) => ({ url, isLeading, isAlive }))).toEqual([
      { url: leader.url, isLeading: true, isAlive: true },
      { url: standby.url, isLeading: false, isAlive: true },
    ]);
  });

  it("both take uploads, and both serve what either took", async () => {
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, { termPeriods: 40 });
    expect(["held", "added"]).toContain((await upload(world, standby.url, dealId, piece)).state);
    await runUntil(world.chain, [leader.url], async () => (await deal(dealId)).liveBytes > 0n);
    for (const { url } of [leader, standby]) {
      const car = await until(async () => {
        const response = await fetch(`${url}/ipfs/${piece.cid}?format=car`);
        return response.ok && new Uint8Array(await response.arrayBuffer());
      });
      expect(Buffer.compare(car, await readFile(piece.path))).toBe(0);
    }
  });

  it.each([0, 1])("tell Prometheus all that example rules and dashboard ask for (process %i)", async (which) => {
    const { url } = [leader, standby][which] as KeeperProcess;
    await fetch(`${url}/metrics`); // the first answer is counted in the second
    const text = await (await fetch(`${url}/metrics`)).text();
    const told = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const missing = askedMetrics().filter((name) => !told.has(name) && !told.has(name.replace(/_bucket$/, "")));
    expect(missing).toEqual([]);
    expect(text).toMatch(/^keeper_processes\{.*\} 2$/m);
    expect(text).toMatch(/^keeper_scrape_failed\{.*\} 0$/m);
    expect(text).toMatch(/^keeper_disk_free_bytes\{.*\} [1-9]/m);
  });

  it("prove each period once, whenever the one that leads is killed", async () => {
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, { termPeriods: 40 });
    await upload(world, standby.url, dealId, piece);
    await runUntil(world.chain, [leader.url], async () => (await deal(dealId)).liveBytes > 0n);
    const { setId } = await deal(dealId);
    await killWhileProving("before the node has it");
    await killWhileProving("before it knows that the node has it");
    const provenBy = async () => {
      const logs = await world.chain.reader.getContractEvents({
        address: world.chain.deployment.contracts.PossessionProofs,
        abi: possessionProofsAbi,
        eventName: "PeriodProven",
        args: { setId: BigInt(setId) },
        fromBlock: 0n,
      });
      return logs.map(({ args }) => Number(args.period));
    };
    const before = (await provenBy()).length;
    await runUntil(world.chain, [leader.url], async () => (await provenBy()).length > before + 1);

    // None twice. How many in a row depends on how fast this machine takes over: a window is ten seconds here.
    const periods = await provenBy();
    expect(new Set(periods).size).toBe(periods.length);
    expect(periods.length).toBeGreaterThanOrEqual(2);
    const transactions = await sentByOperator();
    expect(new Set(transactions.map(({ nonce }) => nonce)).size).toBe(transactions.length);
    const proofs = transactions.map(({ input }) => input).filter((input) => input.startsWith(PROVE));
    expect(new Set(proofs.map((input: Hex) => input.slice(0, 138))).size).toBe(proofs.length); // set and period
    const rows = await store.db.select().from(outbox);
    expect(rows.filter(({ status }) => status === "reverted")).toEqual([]);
  });
});
