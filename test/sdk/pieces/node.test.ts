import { execFileSync } from "node:child_process";
import { appendFileSync, createReadStream, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CarReader } from "@ipld/car";
import { sha256 } from "multiformats/hashes/sha2";
import { describe, expect, it } from "vitest";
import { createPieceHasher, indexCar, proveLeaves, verifyLeaves } from "../../../sdk/src/pieces/index.ts";
import { buildPieceFromDirectory, openPieceFile } from "../../../sdk/src/pieces/node.ts";
import { createSite, oddFiles } from "./site.ts";

const expectNothingLeft = async (home: string) => expect(await readdir(home)).toEqual(["site"]);

describe("buildPieceFromDirectory", () => {
  it("refuses what is no directory", async () => {
    await using site = await createSite({ "a.txt": "a" });
    for (const path of [join(site.directory, "a.txt"), join(site.home, "absent")]) {
      await expect(buildPieceFromDirectory(path, site.carPath)).rejects.toMatchObject({
        name: "PieceSourceInvalid",
        details: { path },
      });
    }
  });

  it("refuses a directory without files, and says how much was skipped", async () => {
    await using site = await createSite({ ".git/config": "x", "deep/.env": "x" });
    await site.link("../site", "loop");
    await expect(buildPieceFromDirectory(site.directory, site.carPath)).rejects.toMatchObject({
      name: "PieceEmpty",
      details: { skipped: 3 },
    });
    await expectNothingLeft(site.home);
  });

  it("refuses to write the CAR into its own source", async () => {
    await using site = await createSite({ "a.txt": "a", "..b/c.txt": "a name that only looks like the parent" });
    for (const path of ["x.car", "..b/x.car"]) {
      const carPath = join(site.directory, path);
      await expect(buildPieceFromDirectory(site.directory, carPath)).rejects.toMatchObject({
        name: "PieceOutputInside",
        details: { path: carPath },
      });
    }
  });

  it("refuses a name with a backslash, which no address can carry", async () => {
    await using site = await createSite({ "a\\/b.txt": "b" });
    await expect(buildPieceFromDirectory(site.directory, site.carPath)).rejects.toMatchObject({
      name: "PiecePathInvalid",
      details: { path: "a\\/b.txt" },
    });
    await expectNothingLeft(site.home);
  });

  it("refuses a name that is no UTF-8", async () => {
    await using site = await createSite({ "a.txt": "a" });
    await writeFile(Buffer.concat([Buffer.from(`${site.directory}/`), Buffer.from([0x66, 0xff])]), "x");
    await expect(buildPieceFromDirectory(site.directory, site.carPath)).rejects.toMatchObject({
      name: "PiecePathInvalid",
    });
  });

  it("refuses more than the caller allows, to the byte", async () => {
    await using site = await createSite({ "a.bin": new Uint8Array(2_500_000).map((_, i) => i >> 8) });
    const { sizeBytes } = await buildPieceFromDirectory(site.directory, site.carPath);
    await buildPieceFromDirectory(site.directory, site.carPath, { maxSizeBytes: sizeBytes });
    await rm(site.carPath);
    await expect(
      buildPieceFromDirectory(site.directory, site.carPath, { maxSizeBytes: sizeBytes - 1 }),
    ).rejects.toMatchObject({ name: "PieceTooLarge", details: { sizeBytes, maxBytes: sizeBytes - 1 } });
    await expectNothingLeft(site.home);
  });

  it("tells of a file that vanishes, grows, shrinks, is touched or replaced while others are read", async () => {
    const changes: [string, (path: string) => void][] = [
      ["PieceFileUnreadable", (path) => rmSync(path)],
      ["PieceFileChanged", (path) => appendFileSync(path, "more")],
      ["PieceFileChanged", (path) => writeFileSync(path, "")],
      ["PieceFileChanged", (path) => utimesSync(path, 1, 1)],
      ["PieceFileChanged", (path) => renameSync(path.replace("b.txt", "c.txt"), path)],
    ];
    for (const [name, change] of changes) {
      await using site = await createSite({ "a.bin": new Uint8Array(5000), "b.txt": "before", "c.txt": "before" });
      const onProgress = ({ filesDone }: { filesDone: number }) => {
        if (filesDone === 1) change(join(site.directory, "b.txt"));
      };
      await expect(buildPieceFromDirectory(site.directory, site.carPath, { onProgress })).rejects.toMatchObject({
        name,
        details: { path: "b.txt" },
      });
      await expectNothingLeft(site.home);
    }
  });

  it("stops when aborted, with the signal's reason, and leaves nothing behind", async () => {
    await using site = await createSite({ "a.bin": new Uint8Array(4 * 2 ** 20), "b.bin": new Uint8Array(5) });
    const abort = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => abort.abort(reason);
    await expect(
      buildPieceFromDirectory(site.directory, site.carPath, { onProgress, signal: abort.signal }),
    ).rejects.toBe(reason);
    await expectNothingLeft(site.home);
  });

  it("writes a CAR that the reference reader accepts, each block once and by its hash", async () => {
    await using site = await createSite(oddFiles());
    const piece = await buildPieceFromDirectory(site.directory, site.carPath);
    const reader = await CarReader.fromIterable(createReadStream(site.carPath));
    expect((await reader.getRoots()).map(String)).toEqual([piece.cid]);
    const seen = new Set<string>();
    for await (const { cid, bytes } of reader.blocks()) {
      expect(Buffer.compare((await sha256.digest(bytes)).digest, cid.multihash.digest)).toBe(0);
      expect(seen.has(cid.toString())).toBe(false);
      seen.add(cid.toString());
    }
    expect(seen.size).toBe(piece.blockCount);
    expect((await stat(site.carPath)).size).toBe(piece.sizeBytes);
  });

  it("gives the root of the bytes that it wrote, and a tree that proves them", async () => {
    await using site = await createSite(oddFiles());
    const piece = await buildPieceFromDirectory(site.directory, site.carPath);
    const hasher = createPieceHasher();
    hasher.update(await readFile(site.carPath));
    expect(hasher.finish()).toEqual(piece.tree);

    await using file = await openPieceFile(site.carPath);
    const indices = [0, 1, 9000, 16_000, piece.leafCount - 1];
    const stream = await proveLeaves({ tree: piece.tree, readBytes: file.readBytes, indices });
    expect(verifyLeaves({ ...piece, indices, stream })).toBe(true);
  });

  it("lists files in the order of their UTF-8 bytes, and what it skipped", async () => {
    await using site = await createSite(oddFiles());
    await site.link("..", "loop");
    await site.link("index.html", "home.html");
    execFileSync("mkfifo", [join(site.directory, "pipe")]);
    const { files, skipped } = await buildPieceFromDirectory(site.directory, site.carPath);
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(paths.slice(0, 4)).toEqual([".well-known/security.txt", "B.txt", "a-b/x.txt", "a.txt"]);
    expect(paths.indexOf("names/\uFF5E.txt")).toBeLessThan(paths.indexOf("names/\u{1F600}.txt"));
    expect(skipped).toEqual([
      { path: ".env", reason: "hidden" },
      { path: "b/.git", reason: "hidden" },
      { path: "home.html", reason: "symlink" },
      { path: "loop", reason: "symlink" },
      { path: "pipe", reason: "special" },
    ]);
  });

  it("takes hidden entries when asked", async () => {
    await using site = await createSite(oddFiles());
    const { files, skipped } = await buildPieceFromDirectory(site.directory, site.carPath, { includeHidden: true });
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining([".env", "b/.git/config"]));
    expect(skipped).toEqual([]);
  });

  it("ignores empty directories and times, and has no memory of the order on disk", async () => {
    const files = Object.entries(oddFiles());
    await using one = await createSite(Object.fromEntries(files));
    await using two = await createSite(Object.fromEntries(files.toReversed()));
    await two.add("gone/x", "x");
    await rm(join(two.directory, "gone/x"));
    await utimes(join(two.directory, "index.html"), 1, 1);
    const first = await buildPieceFromDirectory(one.directory, one.carPath);
    expect(await buildPieceFromDirectory(two.directory, two.carPath)).toEqual(first);
    expect(Buffer.compare(await readFile(one.carPath), await readFile(two.carPath))).toBe(0);
  });

  it("has fixed vectors", async () => {
    await using site = await createSite(oddFiles());
    const { cid, root, sizeBytes, leafCount } = await buildPieceFromDirectory(site.directory, site.carPath);
    expect({ cid, root, sizeBytes, leafCount }).toEqual({
      cid: "bafybeib5siapt75l6xbpxcgu3fza5qd335zzxoxja4btgaw4rip2adcavu",
      root: "0xac60cb9cbffb08fac65e841d3c4edd5deffe6723717c1c90827c84d46d7c8939",
      sizeBytes: 2107061,
      leafCount: 16462,
    });
  });

  it("shards a directory of many files, and stays deterministic", async () => {
    const files = Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`many/file-${i}.txt`, `${i % 100}`]));
    await using site = await createSite(files);
    const first = await buildPieceFromDirectory(site.directory, site.carPath);
    const index = await indexCar(createReadStream(site.carPath), { maxSizeBytes: 2 ** 30 });
    expect(index.root).toBe(first.root);
    expect(first.blockCount).toBeGreaterThan(250); // 100 contents and the shards
    expect(await buildPieceFromDirectory(site.directory, site.carPath)).toEqual(first);
  });

  it("tells its progress up to the last byte and file", async () => {
    await using site = await createSite({ "a.bin": new Uint8Array(2 ** 20 + 1), b: "", c: "c" });
    const seen: [number, number][] = [];
    await buildPieceFromDirectory(site.directory, site.carPath, {
      onProgress: ({ bytesDone, bytesTotal, filesDone, filesTotal }) => {
        expect([bytesTotal, filesTotal]).toEqual([2 ** 20 + 2, 3]);
        seen.push([bytesDone, filesDone]);
      },
    });
    expect(seen).toEqual([
      [2 ** 20, 0],
      [2 ** 20 + 1, 0],
      [2 ** 20 + 1, 1],
      [2 ** 20 + 1, 2],
      [2 ** 20 + 2, 2],
      [2 ** 20 + 2, 3],
    ]);
  });
});

describe("openPieceFile", () => {
  it("gives fewer bytes where the file ends, and the proof says so", async () => {
    await using site = await createSite({ "a.bin": new Uint8Array(3_000_000).map((_, i) => (i >> 7) ^ (i >> 17)) });
    const { tree } = await buildPieceFromDirectory(site.directory, site.carPath);
    await writeFile(site.carPath, (await readFile(site.carPath)).subarray(0, 2_500_000));
    await using file = await openPieceFile(site.carPath);
    await proveLeaves({ tree, readBytes: file.readBytes, indices: [0] });
    await expect(proveLeaves({ tree, readBytes: file.readBytes, indices: [tree.leafCount - 1] })).rejects.toMatchObject(
      {
        name: "PieceBytesChanged",
        details: { startByte: 2 * 2 ** 20 },
      },
    );
  });
});
