import { createCipheriv, createHash } from "node:crypto";
import { readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findKubo } from "../../../scripts/kubo.mjs";
import { buildPiece, indexCar, type PieceFile } from "../../../sdk/src/pieces/index.ts";
import { buildPieceFromDirectory } from "../../../sdk/src/pieces/node.ts";
import { inChunks } from "./car.ts";
import { createKubo } from "./kubo.ts";
import { createRandomBytes } from "./naive-tree.ts";
import { createSite, oddFiles } from "./site.ts";

const MIB = 2 ** 20;

/** ChaCha20 keyed by the hash of a seed: how Kubo's tests make their data. */
function keystream(seed: string, length: number): Uint8Array {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

function fileOf(path: string, bytes: Uint8Array): PieceFile {
  return {
    path,
    sizeBytes: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}

/** 4,766 files of one "x": a directory block of exactly 256 KiB with a last name of 21 characters, of one byte more with 22. */
function crowd(lastNameLength: number): PieceFile[] {
  const alphabet = "abcdefghijklmnopqrstuvwxyz01234567890-_";
  const letters = Array.from(keystream("hamt-unixfs-v1-2025", 2 ** 20), (byte) => alphabet[byte % alphabet.length]);
  return Array.from({ length: 4766 }, (_, i) => {
    const name = letters.slice(11 * i, 11 * i + (i === 4765 ? lastNameLength : 11)).join("");
    return fileOf(name, Uint8Array.of(0x78));
  });
}

async function build(files: PieceFile[]) {
  return buildPiece(files, { write: () => undefined });
}

describe("buildPiece", () => {
  // CIDs as Kubo's own tests pin them for `ipfs init --profile=unixfs-v1-2025`.
  // https://github.com/ipfs/kubo/blob/master/test/cli/cid_profiles_test.go and add_test.go
  it("gives files the CIDs that Kubo gives them, around the size of a block", async () => {
    const { files } = await build([
      fileOf("a", new TextEncoder().encode("hello world")),
      fileOf("b", keystream("chunk-v1-seed", MIB)),
      fileOf("c", keystream("chunk-v1-seed", MIB + 1)),
    ]);
    expect(files.map(({ cid }) => cid)).toEqual([
      "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
      "bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta",
      "bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64",
    ]);
  });

  it("gives a directory the CID that Kubo gives it, up to 256 KiB and sharded from one byte more", async () => {
    expect((await build(crowd(21))).cid).toBe("bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4");
    expect((await build(crowd(22))).cid).toBe("bafybeiegvuterwurhdtkikfhbxcldohmxp566vpjdofhzmnhv6o4freidu");
  });

  // What Kubo 0.43.0 gives for the same directory; the importer's own trees would leave it in one block of 290 KiB.
  it("shards a directory of directories as Kubo does", async () => {
    const files = longNames(950).map((name, i) => fileOf(`${name}/index.html`, new TextEncoder().encode(`${i % 10}`)));
    expect((await build(files)).cid).toBe("bafybeib7qkqmrvgax3pgswblhbhmizjvvtvccgqrlopuzcxba656fg3hl4");
  });
});

const kubo = findKubo() ?? "";
if (!kubo)
  console.warn("SKIPPED, NO KUBO: only CIDs that its own tests pin were compared. `node scripts/kubo.mjs` builds one.");

describe.skipIf(!kubo)("a Kubo beside it", () => {
  it("gives the same CID to odd names, equal contents, and sizes around a block", async () => {
    await using ipfs = await createKubo(kubo);
    await using site = await createSite(oddFiles());
    const { cid } = await buildPieceFromDirectory(site.directory, site.carPath, { includeHidden: true });
    expect(ipfs.cidOf(site.directory)).toBe(cid);
  });

  it.each([
    [175, "more links than an older profile's 174"],
    [1025, "more links than one node's 1,024"],
  ])("gives the same CID to a file of %i blocks: %s", async (blocks) => {
    await using ipfs = await createKubo(kubo);
    await using site = await createSite({ "video.bin": "" });
    await truncate(join(site.directory, "video.bin"), blocks * MIB - 1); // zeros, of which no disk is needed
    const { cid } = await buildPieceFromDirectory(site.directory, site.carPath);
    expect(ipfs.cidOf(site.directory)).toBe(cid);
  });

  it.each([
    ["850 files, in one block", "#", 850],
    ["950 files, in shards", "#", 950],
    ["850 directories, in one block", "#/index.html", 850],
    ["950 directories, in shards", "#/index.html", 950],
    ["950 directories, in shards below the root", "below/#/index.html", 950],
  ])("gives the same CID to a directory of %s", async (_, pattern, count) => {
    await using ipfs = await createKubo(kubo);
    const paths = longNames(count).map((name) => pattern.replace("#", name));
    await using site = await createSite(Object.fromEntries(paths.map((path, i) => [path, `${i % 10}`])));
    const { cid, blockCount } = await buildPieceFromDirectory(site.directory, site.carPath);
    expect(ipfs.cidOf(site.directory)).toBe(cid);
    expect(blockCount > 100).toBe(count === 950); // shards; otherwise ten contents and their directories
  });

  it("gives the same CID to random directories", async () => {
    await using ipfs = await createKubo(kubo);
    for (let seed = 1; seed <= 12; seed++) {
      await using site = await createSite(randomFiles(seed));
      const { cid } = await buildPieceFromDirectory(site.directory, site.carPath, { includeHidden: true });
      expect(ipfs.cidOf(site.directory), `seed ${seed}`).toBe(cid);
    }
  });

  it("imports the CAR, and gives back every file byte for byte", async () => {
    await using ipfs = await createKubo(kubo);
    const files = { ...oddFiles(), ...Object.fromEntries(longNames(950).map((name, i) => [`many/${name}`, `${i}`])) };
    await using site = await createSite(files);
    const { cid } = await buildPieceFromDirectory(site.directory, site.carPath, { includeHidden: true });
    expect(ipfs.run("dag", "import", "--stats", site.carPath).toString()).toContain(cid);
    const copy = join(site.home, "copy");
    ipfs.run("get", "--output", copy, cid);
    const paths = await filesBelow(site.directory);
    expect(paths.length).toBe(Object.keys(files).length);
    expect(await filesBelow(copy)).toEqual(paths);
    for (const path of paths) {
      const [ours, theirs] = [await readFile(join(site.directory, path)), await readFile(join(copy, path))];
      expect(Buffer.compare(ours, theirs), path).toBe(0);
    }
  });

  it("exports a CAR that is a piece of the same CID", async () => {
    await using ipfs = await createKubo(kubo);
    await using site = await createSite(oddFiles());
    const { cid, blockCount } = await buildPieceFromDirectory(site.directory, site.carPath, { includeHidden: true });
    const added = ipfs.run("add", "--recursive", "--quieter", "--hidden", site.directory).toString().trim();
    const index = await indexCar(inChunks(ipfs.run("dag", "export", added), 2 ** 16), { maxSizeBytes: 2 ** 30 });
    expect(index.rootCid.toString()).toBe(cid);
    expect(index.blocks.size).toBe(blockCount);
  });
});

/** Names of 255 bytes: some 900 of them fill the 256 KiB of a directory's block. */
function longNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i * 7919}`.padEnd(255, "x"));
}

/** Up to 60 files in a tree of up to 4 levels, some of them equal, some of several blocks. */
function randomFiles(seed: number): Record<string, Uint8Array> {
  const { below, bytes } = createRandomBytes(seed);
  const alphabet = ["a", "B", "0", "-", ".", "_", " ", "é", "ﬀ", "日", "\u{1F600}", "~"];
  const name = () =>
    `${Array.from({ length: 1 + below(12) }, () => alphabet[below(alphabet.length)]).join("")}${below(1000)}`;
  const directories = [""];
  for (let i = below(10); i > 0; i--) {
    const parent = directories[below(directories.length)] ?? "";
    if (parent.split("/").length < 4) directories.push(`${parent}${name()}/`);
  }
  const sizes = [0, 1, 127, 128, 5000, MIB - 1, MIB, MIB + 1, 3 * MIB + 17];
  const contents = Array.from({ length: 6 }, () => {
    const noise = bytes(4096);
    return new Uint8Array(sizes[below(sizes.length)] ?? 0).map((_, i) => (noise[i % 4096] ?? 0) ^ (i >> 12));
  });
  return Object.fromEntries(
    Array.from({ length: 1 + below(60) }, () => [
      `${directories[below(directories.length)]}${name()}`,
      contents[below(contents.length)] ?? bytes(below(500)),
    ]),
  );
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length))
    .sort();
}
