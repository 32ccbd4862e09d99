import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createRandomBytes } from "./naive-tree.ts";

/** A directory for one test, with room beside it for the CAR. Gone when the test disposes it. */
export async function createSite(files: Record<string, Uint8Array | string>) {
  const home = await mkdtemp(join(tmpdir(), "piece-"));
  const directory = join(home, "site");
  await mkdir(directory);
  const add = async (path: string, content: Uint8Array | string) => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  };
  for (const [path, content] of Object.entries(files)) await add(path, content);
  return {
    home,
    directory,
    carPath: join(home, "site.car"),
    add,
    link: (target: string, path: string) => symlink(target, join(directory, path)),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** Files that touch what can differ between platforms: order, Unicode, sizes around a block, equal contents, hidden entries. */
export function oddFiles(): Record<string, Uint8Array | string> {
  const { bytes } = createRandomBytes(11);
  const megabyte = new Uint8Array(2 ** 20).map((_, i) => (i * 7 + (i >> 10)) & 255);
  return {
    "index.html": "<!doctype html><title>site</title>",
    empty: "",
    "a/x.txt": "x",
    "a-b/x.txt": "x",
    "a.txt": "x",
    "B.txt": bytes(127),
    "b/c/d/e/f.bin": bytes(5000),
    "assets/exactly-one-block.bin": megabyte,
    "assets/one-block-and-a-byte.bin": Uint8Array.from([...megabyte, 1]),
    "assets/three-blocks.bin": Uint8Array.from([...megabyte, ...megabyte.subarray(5), ...bytes(2000)]),
    "assets/again.bin": megabyte,
    "names/with space & more?#%.txt": "1",
    "names/\u{1F600}.txt": "astral sorts after U+FF5E in UTF-8, before it in UTF-16",
    "names/\uFF5E.txt": "2",
    "names/é.txt": "composed",
    "names/e\u0301.txt": "decomposed",
    ".well-known/security.txt": "Contact: mailto:a@example.org",
    ".env": "SECRET=1",
    "b/.git/config": "[core]",
  };
}
