// What a keeper takes: `npm run bench:keeper` writes bench/keeper.json.
// Upload to served: from the moment at which the client takes the last part into its hands, to the last byte of a file of 10 MiB through the
// gateway; check, acceptance on chain and projection lie in between. Proving: 10,000 pieces of 1 MiB in one set, on disk and on chain; from the
// moment at which the transaction with the seed is sent, to the one at which the proof is. Needs 11 GiB of free disk and some four minutes.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Abi, getAbiItem, toFunctionSelector } from "viem";
import { possessionProofsAbi, randomBeaconAbi } from "../sdk/src/generated/abis.ts";
import { uploadPiece } from "../sdk/src/upload-client.ts";
import { type KeeperProcess, spawnKeeper, writeKeeper } from "../test/keepers/helpers/process.ts";
import { startRpcProxy } from "../test/keepers/helpers/proxy.ts";
import {
  buildSite,
  requestFor,
  startWorld,
  tokenFor,
  until,
  type World,
  waitIdle,
} from "../test/keepers/helpers/world.ts";
import { fillSet } from "./keeper/full-set.ts";
import { machine, median, report, rounded } from "./report.ts";

const MAIN = join(import.meta.dirname, "../keepers/src/main.ts");
const MIB = 2 ** 20;
const UPLOADS = 5;
const PIECES = Number(process.env.BENCH_PIECES ?? 10_000);
const PERIODS = 5;
const SELECTORS = {
  record: selectorOf(randomBeaconAbi, "record"),
  prove: selectorOf(possessionProofsAbi, "prove"),
};

const results = [await measureUploads(), await measureProofs()];
report("keeper.json", results, { machine: machine(), uploads: UPLOADS, pieces: PIECES, periods: PERIODS });

async function measureUploads() {
  await using world = await newWorld();
  const keeper = await spawnKeeper(await writeKeeper(world, { schema: "uploads", gateway: {}, pollMs: 300 }));
  await until(async () => (await fetch(`${keeper.url}/healthz`)).ok);
  const times: number[] = [];
  for (let i = 0; i < UPLOADS; i++) times.push(await measureUpload(world, keeper));
  await keeper.stop();
  return {
    operation: "upload-to-served/10MiB",
    seconds: rounded(median(times) / 1_000),
    worstSeconds: rounded(Math.max(...times) / 1_000),
    atMostSeconds: 1,
  };
}

async function measureUpload(world: World, keeper: KeeperProcess): Promise<number> {
  const content = randomBytes(10 * MIB);
  const site = await buildSite(world, { "index.html": "<h1>Here</h1>", "file.bin": content });
  const bytes = readFileSync(site.path);
  const { dealId } = await requestFor(world, site, { termPeriods: 1_000, capacityBytes: BigInt(16 * MIB) });
  const token = await tokenFor(world, dealId, site);
  await waitIdle(world.chain, keeper.url); // it knows of the deal, as after any pause between paying and uploading
  let lastAt = 0;
  const upload = uploadPiece({
    endpoint: keeper.url,
    dealId,
    root: site.root,
    token,
    sizeBytes: site.sizeBytes,
    partBytes: MIB,
    read: (from, to) => {
      lastAt = performance.now();
      return new Uint8Array(bytes.subarray(from, to));
    },
  });
  const served = until(async () => {
    const body = await fileOf(keeper.url, site.cid);
    return body?.equals(content) && performance.now();
  }, 10);
  const [at] = await Promise.all([served, upload]);
  return at - lastAt;
}

async function measureProofs() {
  await using world = await newWorld();
  const proxy = await startRpcProxy(world.chain.rpcUrl);
  const config = { schema: "proofs", rpcUrl: proxy.url, pollMs: 300 };
  const file = await writeKeeper(world, { ...config, gateway: {} });
  const setId = await fillSet(world, { schema: config.schema, configFile: file, pieces: PIECES });
  // The set was filled with the keeper's key, of which its database knows nothing: an operator's word, as after any work by hand.
  await promisify(execFile)(process.execPath, [MAIN, "adopt", "--config", file, "--yes"]);
  const sent: { at: number; isProof: boolean }[] = [];
  proxy.setGate(({ selector }) => {
    const isProof = selector === SELECTORS.prove;
    if (isProof || selector === SELECTORS.record) sent.push({ at: performance.now(), isProof });
    return "pass";
  });
  const startedAt = performance.now();
  const keeper = await spawnKeeper(file);
  await until(async () => (await fetch(`${keeper.url}/healthz`)).ok);
  const catchUpMs = performance.now() - startedAt;
  const proofs = () => sent.filter(({ isProof }) => isProof).length;
  while (proofs() < PERIODS) {
    const { refusal } = (await (await fetch(`${keeper.url}/healthz`)).json()) as { refusal?: string };
    if (refusal !== undefined) throw new Error(`the keeper refuses: ${refusal}`);
    await waitIdle(world.chain, keeper.url);
    await world.chain.test.increaseTime({ seconds: 1 });
    await world.chain.test.mine({ blocks: 1 });
  }
  const times = sent.flatMap(({ at, isProof }, i) => {
    const seed = sent.slice(0, i).findLast((earlier) => !earlier.isProof);
    return isProof && seed ? [at - seed.at] : [];
  });
  const peakRssMb = peakOf(keeper.pid);
  await waitIdle(world.chain, keeper.url);
  const proven = await world.chain.reader.getContractEvents({
    address: world.chain.deployment.contracts.PossessionProofs,
    abi: possessionProofsAbi,
    eventName: "PeriodProven",
    args: { setId: BigInt(setId) },
    fromBlock: 0n,
  });
  await keeper.stop();
  await proxy.stop();
  if (proven.length < PERIODS) throw new Error(`only ${proven.length} of ${PERIODS} proofs were taken`);
  return {
    operation: `prove/${PIECES}x1MiB`,
    seconds: rounded(median(times) / 1_000),
    worstSeconds: rounded(Math.max(...times) / 1_000),
    atMostSeconds: 10,
    peakRssMb: rounded(peakRssMb),
    atMostRssMb: 500,
    catchUpSeconds: rounded(catchUpMs / 1_000),
    provenPeriods: proven.length,
  };
}

async function newWorld() {
  const world = await startWorld();
  return Object.assign(world, { [Symbol.asyncDispose]: () => world.stop() });
}

function selectorOf(abi: Abi, name: string) {
  const item = getAbiItem({ abi, name });
  if (item?.type !== "function") throw new Error(`there is no function ${name}`);
  return toFunctionSelector(item);
}

/** The file through the gateway, once it is served. */
function fileOf(keeperUrl: string, cid: string): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    get(new URL("file.bin", keeperUrl), { headers: { host: `${cid}.ipfs.localhost` } }, (response) => {
      response
        .toArray()
        .then((parts) => resolve(response.statusCode === 200 ? Buffer.concat(parts) : undefined), reject);
    }).on("error", reject);
  });
}

/** Most memory that a process ever held. MB. */
function peakOf(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (!kib) throw new Error(`the system does not tell the memory of ${pid}`);
  return (Number(kib) * 1_024) / 1e6;
}
