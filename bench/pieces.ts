// Speed of building, indexing and proving pieces: `node bench/pieces.ts` writes bench/pieces.json.
// MB = 10^6 bytes of piece, best of several passes: `mbPerSecond` by the clock, `mbPerCoreSecond` by the time that the process
// held a core, which other work on the machine disturbs less. Needs 4 GiB of free disk; the browser's rows need Chromium.
import { execFileSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createKeccak } from "hash-wasm";
import { createBatchHasher, type HasherEngine } from "../sdk/src/pieces/batch-hasher.ts";
import { indexCar, LEAF_BYTES, paddingHash, proveLeaves } from "../sdk/src/pieces/index.ts";
import { buildPieceFromDirectory, openPieceFile } from "../sdk/src/pieces/node.ts";

interface Row {
  operation: string;
  mbPerSecond?: number;
  mbPerCoreSecond?: number;
  /** What the specification asks for. */
  atLeastMbPerSecond?: number;
  peakRssMb?: number;
  atMostRssMb?: number;
  ms?: number;
  proofBytes?: number;
}

const MIB = 2 ** 20;
const PASSES = 3;
/** 2,000 files of up to 128 KiB and seven large ones: a site with videos. */
const MIXED = [
  ...Array.from({ length: 2000 }, (_, i) => [`site/d${i % 20}/f${i}.bin`, 1 + ((i * 7919) % 131_072)] as const),
  ...Array.from({ length: 7 }, (_, i) => [`large${i}.bin`, 128 * MIB] as const),
];
const SMALL = Array.from({ length: 16_384 }, (_, i) => [`d${i % 64}/f${i}.bin`, 65_536] as const);

/** Rows that must not share their memory with others run in a process of their own. */
const [part, source = "", target = ""] = process.argv.slice(2);
if (part === "--build") console.log(JSON.stringify(await measureBuild(source, target)));
else if (part === "--index") console.log(JSON.stringify(await measureIndex(source)));
else await main();

async function main() {
  const [load = 0] = loadavg();
  const home = await mkdtemp(join(tmpdir(), "bench-pieces-"));
  try {
    const mixed = await writeFiles(join(home, "mixed"), MIXED);
    const small = await writeFiles(join(home, "small"), SMALL);
    const car = join(home, "mixed.car");
    const rows: Row[] = [
      ...(["simd", "scalar", "js"] as const).map(rootRow),
      await hashWasmRow(),
      {
        operation: "car+root/node/1GiB",
        ...best(() => inChild("--build", mixed, car)),
        atLeastMbPerSecond: 80,
        atMostRssMb: 300,
      },
      {
        operation: "car+root/node/16384x64KiB",
        ...best(() => inChild("--build", small, join(home, "small.car"))),
        atMostRssMb: 300,
      },
      { operation: "index/node/1GiB", ...best(() => inChild("--index", car)) },
      await proveRow(car),
    ];
    const browser = await measureBrowser(mixed);
    const results = [...rows, ...browser.rows].map(rounded);
    const machine = {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      node: process.versions.node,
      browser: browser.version,
      /** Processes that wanted a core when the run began; with more than there are cores, the clock tells less than the core time. */
      load: Math.round(load * 10) / 10,
    };
    const report = { measuredAt: new Date().toISOString().slice(0, 10), machine, passes: PASSES, results };
    await writeFile(join(import.meta.dirname, "pieces.json"), `${JSON.stringify(report, undefined, 2)}\n`);
    console.table(results);
  } finally {
    await rm(home, { recursive: true });
  }
}

/** The whole tree, so for `js` it is what @noble/hashes makes of it. */
function rootRow(engine: HasherEngine): Row {
  const hasher = createBatchHasher(engine);
  const data = bytesOf(MIB);
  const subtrees = engine === "js" ? 8 : 256;
  const speed = fastest(() => {
    for (let i = 0; i < subtrees; i++) {
      let hashes = hasher?.leaves(data) ?? new Uint8Array();
      for (let level = 0; hashes.length > 32; level++) hashes = hasher?.nodes(hashes, paddingHash(level)) ?? hashes;
    }
    return subtrees * MIB;
  });
  const operation = engine === "js" ? "root/node/@noble/hashes" : `root/node/${engine}`;
  return { operation, ...speed, ...(engine === "simd" ? { atLeastMbPerSecond: 200 } : {}) };
}

/** The same tree with one call of hash-wasm for each hash. */
async function hashWasmRow(): Promise<Row> {
  const keccak = await createKeccak(256);
  const data = bytesOf(MIB);
  const [leafDomain, nodeDomain] = [Uint8Array.of(0), Uint8Array.of(1)];
  const hash = (domain: Uint8Array, bytes: Uint8Array) => keccak.init().update(domain).update(bytes).digest("binary");
  const speed = fastest(() => {
    for (let i = 0; i < 16; i++) {
      let hashes = new Uint8Array((MIB / LEAF_BYTES) * 32);
      for (let at = 0; at < MIB; at += LEAF_BYTES)
        hashes.set(hash(leafDomain, data.subarray(at, at + LEAF_BYTES)), at / 4);
      while (hashes.length > 32) {
        const parents = new Uint8Array(hashes.length / 2);
        for (let at = 0; at < hashes.length; at += 64)
          parents.set(hash(nodeDomain, hashes.subarray(at, at + 64)), at / 2);
        hashes = parents;
      }
    }
    return 16 * MIB;
  });
  return { operation: "root/node/hash-wasm", ...speed };
}

async function proveRow(carPath: string): Promise<Row> {
  const tree = await indexCar(createReadStream(carPath, { highWaterMark: MIB }), { maxSizeBytes: 2 ** 40 });
  await using file = await openPieceFile(carPath);
  const indices = [0.11, 0.29, 0.53, 0.71, 0.97].map((share) => Math.floor(share * tree.leafCount));
  let [ms, proofBytes] = [Number.POSITIVE_INFINITY, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    const startedAt = performance.now();
    proofBytes = (await proveLeaves({ tree, readBytes: file.readBytes, indices })).length;
    ms = Math.min(ms, performance.now() - startedAt);
  }
  return { operation: "prove/node/1GiB/k5", ms, proofBytes };
}

async function measureBuild(directory: string, carPath: string) {
  const clock = startClock();
  const { sizeBytes } = await buildPieceFromDirectory(directory, carPath);
  return { ...clock.speedOf(sizeBytes), peakRssMb: peakRssMb() };
}

async function measureIndex(carPath: string) {
  const clock = startClock();
  const { sizeBytes } = await indexCar(createReadStream(carPath, { highWaterMark: MIB }), { maxSizeBytes: 2 ** 40 });
  return { ...clock.speedOf(sizeBytes), peakRssMb: peakRssMb() };
}

async function measureBrowser(directory: string): Promise<{ version: string; rows: Row[] }> {
  const { launchPiecePage } = await import("../test/sdk/pieces/browser/launch.ts"); // 80 MB that no row in Node must carry
  const launched = await launchPiecePage();
  if (launched === undefined) {
    console.warn("NO CHROMIUM: the browser's rows are missing.");
    return { version: "none", rows: [] };
  }
  try {
    const page = await launched.open();
    const { engine, mbPerSecond } = await page.evaluate(() => window.pieces.hashInWorker(256));
    await page.setInputFiles("#directory", directory);
    let car = 0;
    for (let pass = 0; pass < PASSES; pass++) {
      const outcome = await page.evaluate(async () => {
        const result = await window.pieces.build({ hash: false });
        await window.pieces.removeOtherCars([]);
        return result;
      });
      if (outcome.piece === undefined) throw new Error(`The browser failed: ${outcome.error?.message}`);
      car = Math.max(car, outcome.piece.sizeBytes / 1e3 / outcome.elapsedMs);
    }
    const rows = [
      { operation: `root/browser-worker/${engine}`, mbPerSecond, atLeastMbPerSecond: 100 },
      { operation: "car+root/browser-worker/1GiB", mbPerSecond: car },
    ];
    return { version: launched.version, rows };
  } finally {
    await launched.close();
  }
}

interface Speed {
  mbPerSecond: number;
  mbPerCoreSecond: number;
}

function inChild(...args: string[]): Speed & { peakRssMb: number } {
  return JSON.parse(execFileSync(process.execPath, [import.meta.filename, ...args], { encoding: "utf8" }));
}

/** The fastest pass, but the most memory that any took. */
function best(measure: () => Speed & { peakRssMb: number }) {
  const passes = Array.from({ length: PASSES }, measure);
  return { ...fastestOf(passes), peakRssMb: Math.max(...passes.map((pass) => pass.peakRssMb)) };
}

/** @param run Does the work once, and tells how many bytes that was. */
function fastest(run: () => number): Speed {
  run(); // lets the engine compile first
  return fastestOf(
    Array.from({ length: PASSES }, () => {
      const clock = startClock();
      return clock.speedOf(run());
    }),
  );
}

function fastestOf(passes: readonly Speed[]): Speed {
  return {
    mbPerSecond: Math.max(...passes.map(({ mbPerSecond }) => mbPerSecond)),
    mbPerCoreSecond: Math.max(...passes.map(({ mbPerCoreSecond }) => mbPerCoreSecond)),
  };
}

function startClock() {
  const [startedAt, cpuAt] = [performance.now(), process.cpuUsage()];
  return {
    speedOf(bytes: number): Speed {
      const { user, system } = process.cpuUsage(cpuAt);
      return {
        mbPerSecond: bytes / 1e3 / (performance.now() - startedAt),
        mbPerCoreSecond: bytes / (user + system),
      };
    },
  };
}

function peakRssMb(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}

function rounded(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === "number" ? Math.round(value * 10) / 10 : value]),
  ) as unknown as Row;
}

/** Noise that is the same in every run: AES in counter mode with a fixed key. */
function noise() {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16, 4), Buffer.alloc(16));
}

function bytesOf(length: number): Uint8Array {
  return noise().update(Buffer.alloc(length));
}

async function writeFiles(directory: string, files: readonly (readonly [string, number])[]): Promise<string> {
  const cipher = noise();
  const zeros = Buffer.alloc(MIB);
  for (const [path, sizeBytes] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await using file = await open(join(directory, path), "w");
    for (let at = 0; at < sizeBytes; at += MIB) await file.write(cipher.update(zeros.subarray(0, sizeBytes - at)));
  }
  return directory;
}
