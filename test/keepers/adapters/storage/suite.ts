import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { exporter } from "ipfs-unixfs-exporter";
import type { Hex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePiece, type StorageAdapter } from "../../../../keepers/src/adapters/storage/adapter.ts";
import { readerOf } from "../../../../keepers/src/adapters/storage/blockstore.ts";
import type { StorageConfig } from "../../../../keepers/src/adapters/storage/create-storage.ts";
import { createStorage } from "../../../../keepers/src/adapters/storage/create-storage.ts";
import { type CarIndex, proveLeaves, verifyLeaves } from "../../../../sdk/src/pieces/index.ts";
import { oddFiles } from "../../../sdk/pieces/site.ts";
import { newPiece, oddPiece, pieceOf, type TestPiece, twins } from "./test-pieces.ts";

/** One kind of storage, as the suite needs it. */
export type StorageWorld = {
  /** What a keeper's configuration says of it, `dataDir` left out. */
  config: Omit<StorageConfig, "dataDir">;
  /** Whether the backend has anything of a piece, what another one has, too, left out. */
  holds(dataDir: string, index: CarIndex, other?: CarIndex): Promise<boolean>;
  /** Takes a block away, or makes its bytes others. */
  damage(dataDir: string, index: CarIndex): Promise<void>;
  /** A backend that is somewhere else: makes it not answer until the function that it gives is called. */
  away?(): () => void;
  /** Lets it seem to have no room until the function that it gives is called. */
  fill?(): () => void;
  stop?(): Promise<void>;
};

const NOW = new AbortController().signal;
const PUT_AND_DIE = join(import.meta.dirname, "put-and-die.ts");
/** Steps of a put, after each of which the process is killed once; more than any adapter takes. */
const MOST_STEPS = 40;

/** What every storage adapter must do. */
export function testStorage(name: string, setUp: () => Promise<StorageWorld>): void {
  describe(name, { timeout: 120_000 }, () => {
    let home: string;
    let world: StorageWorld;
    let site: TestPiece;
    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), "4ever-storage-"));
      world = await setUp();
      site = await pieceOf(oddFiles());
    });
    afterAll(async () => {
      await world?.stop?.();
      await rm(home, { recursive: true, force: true });
    });

    const newDataDir = () => mkdtemp(join(home, "data-"));
    const at = (dataDir: string) => createStorage({ ...world.config, dataDir }, async () => []);

    /** The adapter as a keeper has it; the same data directory again is the same keeper after a restart. */
    async function open(dataDir?: string): Promise<StorageAdapter & { dataDir: string }> {
      const place = dataDir ?? (await newDataDir());
      // Every root is asked for a block: what the database knows in a keeper.
      const adapter = createStorage({ ...world.config, dataDir: place }, async () => [...known]);
      await adapter.prepare();
      await adapter.recover();
      await adapter.start();
      return Object.assign(adapter, { dataDir: place });
    }
    const known = new Set<Hex>();

    async function carFile({ bytes }: Pick<TestPiece, "bytes">): Promise<string> {
      const path = join(home, `${randomBytes(8).toString("hex")}.car`);
      await writeFile(path, bytes);
      return path;
    }

    async function put(adapter: StorageAdapter, piece: TestPiece): Promise<void> {
      known.add(piece.index.root);
      expect(await adapter.put(await carFile(piece), piece.index, NOW)).toEqual({ put: "kept" });
    }

    async function read(
      adapter: StorageAdapter,
      { index }: TestPiece,
      from = 0,
      to = index.sizeBytes,
    ): Promise<Buffer> {
      await using piece = requirePiece(await adapter.open(index.root));
      return Buffer.from(await piece.readBytes(from, to - from, NOW));
    }

    async function expectHeld(adapter: StorageAdapter, piece: TestPiece): Promise<void> {
      expect((await read(adapter, piece)).equals(piece.bytes)).toBe(true);
    }

    async function expectNothing(
      adapter: StorageAdapter & { dataDir: string },
      { index }: TestPiece,
      other?: TestPiece,
    ): Promise<void> {
      expect(await adapter.open(index.root)).toMatchObject({ found: "missing" });
      expect(await adapter.indexOf(index.root)).toBeUndefined();
      expect(await world.holds(adapter.dataDir, index, other?.index)).toBe(false);
    }

    describe("what is not held", () => {
      it("is missing, which is a value, and removing it is no mistake", async () => {
        const adapter = await open();
        const root: Hex = `0x${"12".repeat(32)}`;
        expect(await adapter.open(root)).toMatchObject({ found: "missing" });
        expect(await adapter.probe(root, NOW)).toMatchObject({ verdict: "missing" });
        expect(await adapter.remove(root)).toEqual({ removed: "now" });
        await adapter.stop();
      });
    });

    describe("a piece", () => {
      it("comes back byte for byte: every block by its hash, every file, every range", async () => {
        const adapter = await open();
        await put(adapter, site);
        await expectHeld(adapter, site);
        await using piece = requirePiece(await adapter.open(site.index.root));
        for (const { cid, offset, lengthBytes } of site.index.blocks) {
          const digest = createHash("sha256")
            .update(await piece.readBytes(offset, lengthBytes))
            .digest();
          expect(digest.equals(cid.multihash.digest), cid.toString()).toBe(true);
        }
        for (const [path, content] of Object.entries(site.files)) {
          const entry = await exporter(`${site.index.rootCid}/${path}`, readerOf(piece));
          if (entry.type !== "file" && entry.type !== "raw") throw new Error(`${path} is no file`);
          const parts: Uint8Array[] = [];
          for await (const part of entry.content()) parts.push(part);
          expect(Buffer.concat(parts).equals(Buffer.from(content)), path).toBe(true);
        }
        const { sizeBytes } = site.index;
        for (const [from, to] of [
          [0, 1],
          [58, 60],
          [0, 2000],
          [2 ** 20 - 5, 2 ** 20 + 700],
          [sizeBytes - 1, sizeBytes],
          [7, 7],
        ] as const) {
          expect((await read(adapter, site, from, to)).equals(site.bytes.subarray(from, to)), `${from}-${to}`).toBe(
            true,
          );
        }
        await adapter.stop();
      });

      it("gives the leaves of a proof, which lead to its root", async () => {
        const adapter = await open();
        await put(adapter, site);
        const { index: tree, bytes } = site;
        const indices = [0, 1, Math.floor(tree.leafCount / 3), tree.leafCount - 1];
        await using piece = requirePiece(await adapter.open(tree.root));
        const stream = await proveLeaves({ tree: piece.index, readBytes: piece.readBytes, indices });
        expect(verifyLeaves({ ...tree, indices, stream })).toBe(true);
        const readBytes = (from: number, length: number) => bytes.subarray(from, from + length);
        expect(stream).toEqual(await proveLeaves({ tree, readBytes, indices }));
        await adapter.stop();
      });

      it("may hold a block twice, and blocks that hang nowhere", async () => {
        const adapter = await open();
        const odd = await oddPiece();
        await put(adapter, odd);
        await expectHeld(adapter, odd);
        await adapter.remove(odd.index.root);
        await expectNothing(adapter, odd);
        await adapter.stop();
      });

      it("is taken over, once, however often and by how many it comes at a time", async () => {
        const adapter = await open();
        const [one, other] = await Promise.all([newPiece(), newPiece()]);
        const paths = await Promise.all([one, one, other].map(carFile));
        const results = await Promise.all(
          [one, one, other].map(({ index }, i) => adapter.put(paths[i] ?? "", index, NOW)),
        );
        expect(results).toEqual([{ put: "kept" }, { put: "kept" }, { put: "kept" }]);
        for (const path of paths) await expect(readFile(path)).rejects.toThrow("ENOENT");
        await put(adapter, one);
        for (const piece of [one, other]) await expectHeld(adapter, piece);
        await adapter.stop();
      });

      it("is there after a restart", async () => {
        const before = await open();
        const piece = await newPiece();
        await put(before, piece);
        await before.stop();
        const after = await open(before.dataDir);
        await expectHeld(after, piece);
        expect((await after.usage()).usedBytes).toBeGreaterThanOrEqual(piece.index.sizeBytes);
        await after.stop();
      });
    });

    describe("removing", () => {
      it("frees what was only of that piece, and leaves what another one shares", async () => {
        const adapter = await open();
        const shared = { "shared.bin": randomBytes(700_000) };
        const [one, other] = await Promise.all([
          pieceOf({ ...shared, "one.bin": randomBytes(900_000) }),
          pieceOf({ ...shared, "other.bin": randomBytes(900_000) }),
        ]);
        await put(adapter, one);
        const { usedBytes: withOne } = await adapter.usage();
        await put(adapter, other);
        expect((await adapter.usage()).usedBytes - withOne).toBeGreaterThan(800_000);
        expect(await adapter.remove(other.index.root)).toEqual({ removed: "now" });
        await expectHeld(adapter, one);
        await expectNothing(adapter, other, one);
        expect(Math.abs((await adapter.usage()).usedBytes - withOne)).toBeLessThan(100_000);
        await put(adapter, other);
        await expectHeld(adapter, other);
        await adapter.stop();
      });

      it("keeps a piece of the same content in another order", async () => {
        const adapter = await open();
        const [one, other] = await twins();
        await put(adapter, one);
        await put(adapter, other);
        await adapter.remove(one.index.root);
        await expectHeld(adapter, other);
        await adapter.remove(other.index.root);
        await expectNothing(adapter, other);
        await adapter.stop();
      });
    });

    describe("a crash in the middle of a put", () => {
      it("leaves the piece held as a whole, or not at all with its file where it was", {
        timeout: 240_000,
      }, async () => {
        const run = promisify(execFile);
        let isDone = false;
        for (let step = 1; !isDone; step++) {
          expect(step).toBeLessThan(MOST_STEPS);
          const dataDir = await newDataDir();
          const piece = await pieceOf({ "index.html": randomBytes(3_000), "b.bin": randomBytes(50_000) });
          const path = await carFile(piece);
          const job = JSON.stringify({ config: { ...world.config, dataDir }, path, step });
          isDone = await run(process.execPath, [PUT_AND_DIE, job]).then(
            () => true,
            ({ signal, stderr }) => {
              expect({ signal, stderr: signal === "SIGKILL" ? "" : stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
              return false;
            },
          );
          const adapter = await open(dataDir);
          if (await adapter.indexOf(piece.index.root)) {
            await expectHeld(adapter, piece);
          } else {
            expect(isDone).toBe(false);
            await expectNothing(adapter, piece);
            expect((await readFile(path)).equals(piece.bytes)).toBe(true);
            expect(await adapter.put(path, piece.index, NOW)).toEqual({ put: "kept" });
            await expectHeld(adapter, piece);
          }
          await adapter.stop();
        }
      });
    });

    describe("who changes their mind", () => {
      it("finds nothing held of a put that was aborted, and the file where it was", async () => {
        const adapter = await open();
        const piece = await newPiece();
        const path = await carFile(piece);
        await expect(adapter.put(path, piece.index, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
        await expectNothing(adapter, piece);
        expect((await readFile(path)).equals(piece.bytes)).toBe(true);
        await adapter.stop();
      });

      it("gets the signal's reason from reads and probes", async () => {
        const adapter = await open();
        await put(adapter, site);
        const enough = AbortSignal.abort(new Error("enough"));
        await using piece = requirePiece(await adapter.open(site.index.root));
        await expect(piece.readBytes(0, 10_000, enough)).rejects.toThrow("enough");
        await expect(adapter.probe(site.index.root, enough)).rejects.toThrow("enough");
        await adapter.stop();
      });
    });

    describe("status", () => {
      it("follows the probes: unverified, active, degraded by damage", async () => {
        const adapter = await open();
        const piece = await pieceOf({ "only.bin": randomBytes(2_000) });
        const root = piece.index.root;
        expect(adapter.status()).toMatchObject({ state: "unverified", probedAtMs: undefined });
        expect(await adapter.probe(undefined, NOW)).toMatchObject({ verdict: "unknown" });
        expect(adapter.status().state).toBe("unverified");
        await put(adapter, piece);
        expect(await adapter.probe(root, NOW)).toMatchObject({ verdict: "held" });
        expect(adapter.status()).toMatchObject({ state: "active", detail: expect.stringContaining(root) });
        await world.damage(adapter.dataDir, piece.index);
        expect(await adapter.probe(root, NOW)).toMatchObject({ verdict: "missing" });
        expect(adapter.status().state).toBe("degraded");
        expect(adapter.status().probedAtMs).toBeGreaterThan(0);
        await adapter.stop();
      });
    });

    describe("a backend that does not answer", () => {
      it("makes nothing missing: what cannot be found out is unknown, and all is well afterwards", async ({ skip }) => {
        if (!world.away) skip("the backend is this machine's disk");
        const adapter = await open();
        const [held, leaving, coming] = await Promise.all([newPiece(), newPiece(), newPiece()]);
        await put(adapter, held);
        await put(adapter, leaving);
        const path = await carFile(coming);
        const comeBack = world.away?.();
        await using piece = requirePiece(await adapter.open(held.index.root));
        const { offset, lengthBytes } = held.index.blocks.at(0);
        await expect(piece.readBytes(offset, lengthBytes)).rejects.toMatchObject({ name: "StorageUnreachable" });
        expect(await adapter.put(path, coming.index, NOW)).toMatchObject({ put: "unknown" });
        expect(await adapter.open(coming.index.root)).toMatchObject({ found: "missing" });
        expect(await adapter.probe(held.index.root, NOW)).toMatchObject({ verdict: "unknown" });
        expect(adapter.status().state).toBe("degraded");
        expect((await adapter.usage()).freeBytes).toBeUndefined();
        expect(await adapter.remove(leaving.index.root)).toMatchObject({ removed: "later" });
        expect(await adapter.open(leaving.index.root)).toMatchObject({ found: "missing" });

        comeBack?.();
        expect(await adapter.probe(held.index.root, NOW)).toMatchObject({ verdict: "held" });
        await expectHeld(adapter, held);
        await expectNothing(adapter, leaving);
        expect(await adapter.put(path, coming.index, NOW)).toEqual({ put: "kept" });
        await expectHeld(adapter, coming);
        await adapter.stop();
      });
    });

    describe("a backend without room", () => {
      it("takes no piece, and says so before it takes any of it", async ({ skip }) => {
        if (!world.fill) skip("the room is that of this machine's disk");
        const adapter = await open();
        const piece = await newPiece();
        const path = await carFile(piece);
        const empty = world.fill?.();
        expect(await adapter.put(path, piece.index, NOW)).toMatchObject({ put: "full" });
        await expectNothing(adapter, piece);
        expect((await adapter.usage()).freeBytes).toBe(0);
        empty?.();
        expect(await adapter.put(path, piece.index, NOW)).toEqual({ put: "kept" });
        await adapter.stop();
      });
    });

    it("says what it can do", async () => {
      const adapter = at(await newDataDir());
      expect(adapter).toMatchObject({ name: expect.any(String), network: expect.any(String) });
      expect(adapter.capabilities).toMatchObject({ servesBlocks: expect.any(Boolean), addresses: expect.any(Array) });
    });
  });
}
