import { execFileSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildPiece, type PieceFile } from "../../../sdk/src/pieces/index.ts";
import { buildPieceFromDirectory } from "../../../sdk/src/pieces/node.ts";
import { createSite, oddFiles } from "./site.ts";

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
      fileOf("b", keystream("chunk-v1-seed", 2 ** 20)),
      fileOf("c", keystream("chunk-v1-seed", 2 ** 20 + 1)),
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
});

const kubo = process.env.KUBO_BIN ?? "ipfs";
const hasKubo = isKubo(kubo);
if (!hasKubo)
  console.warn("SKIPPED, NO KUBO (0.40 or later, `ipfs` or KUBO_BIN): only the CIDs of its own tests were compared.");

describe.skipIf(!hasKubo)("an installed Kubo", () => {
  it("gives a whole directory the same CID", async () => {
    await using site = await createSite(oddFiles());
    const repository = await mkdtemp(join(tmpdir(), "kubo-"));
    try {
      const ipfs = (...args: string[]) =>
        execFileSync(kubo, args, { env: { ...process.env, IPFS_PATH: repository }, encoding: "utf8" }).trim();
      ipfs("init", "--profile=unixfs-v1-2025");
      const { cid } = await buildPieceFromDirectory(site.directory, site.carPath, { includeHidden: true });
      expect(ipfs("add", "-r", "-Q", "--hidden", "--only-hash", site.directory)).toBe(cid);
    } finally {
      await rm(repository, { recursive: true });
    }
  });
});

function isKubo(binary: string): boolean {
  try {
    const [, minor = "0"] = execFileSync(binary, ["version", "-n"], { encoding: "utf8" }).split(".");
    return Number(minor) >= 40;
  } catch {
    return false; // not installed
  }
}
