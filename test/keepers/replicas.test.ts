import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { readProcesses } from "../../keepers/src/store/processes.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { askedMetrics } from "../deploy/helpers/expressions.ts";
import { expectNothingTwice, PROVE, provenPeriods } from "./helpers/once.ts";
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
    const before = (await provenPeriods(world.chain, setId)).length;
    const isProvenAgain = async () => (await provenPeriods(world.chain, setId)).length > before + 1;
    await runUntil(world.chain, [leader.url], isProvenAgain);

    // How many in a row depends on how fast this machine takes over: a window is ten seconds here.
    expect((await provenPeriods(world.chain, setId)).length).toBeGreaterThanOrEqual(2);
    await expectNothingTwice(world.chain, setId, store);
  });
});
