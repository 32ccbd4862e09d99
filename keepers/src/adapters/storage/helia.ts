import type { StorageAdapter } from "./adapter.ts";
import { PieceDamaged } from "./adapter.ts";
import { BlockNotHeld, createPieceBlockstore, type FindRoots } from "./blockstore.ts";
import { createCarFiles } from "./car-files.ts";
import type { HeliaNode } from "./helia-node.ts";
import { createProbing } from "./probing.ts";

type Options = {
  dataDir: string;
  findRoots: FindRoots;
  /** Multiaddresses to serve blocks on by Bitswap. Without any there is no network at all. */
  listen: readonly string[];
};

/** IPFS, embedded: pieces are CAR files on disk, and Helia serves their blocks out of the files themselves. */
export function createHeliaAdapter({ dataDir, findRoots, listen }: Options): StorageAdapter {
  const files = createCarFiles(dataDir);
  let node: HeliaNode | undefined;
  const { status, probe } = createProbing(files.indexOf, async ({ cid }, { root }, signal) => {
    if (!node) throw new Error("the IPFS node has not started yet");
    const parts: Uint8Array[] = [];
    try {
      for await (const part of node.helia.blockstore.get(cid, { offline: true, signal })) parts.push(part);
    } catch (cause) {
      if (!(cause instanceof BlockNotHeld)) throw cause;
      throw new PieceDamaged(`the block ${cid} of the piece ${root} is not found`, { cause });
    }
    return Buffer.concat(parts);
  });

  return {
    name: "helia",
    network: "ipfs",
    ...files,
    status,
    probe,
    capabilities: {
      servesBlocks: listen.length > 0,
      get addresses() {
        return node?.addresses() ?? [];
      },
    },

    async start() {
      const { startHelia } = await import("./helia-node.ts");
      node ??= await startHelia(createPieceBlockstore(files.open, findRoots), listen);
    },

    async stop() {
      await node?.helia.stop();
      node = undefined;
    },
  };
}
