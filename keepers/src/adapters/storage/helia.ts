import type { StorageAdapter } from "./adapter.ts";
import { PieceDamaged } from "./adapter.ts";
import { BlockNotHeld, createPieceBlockstore, type FindRoots } from "./blockstore.ts";
import { createCarFiles } from "./car-files.ts";
import type { HeliaNode } from "./helia-node.ts";
import { createProbing } from "./probing.ts";

type Options = {
  dataDir: string;
  findRoots: FindRoots;
  /** Multiaddresses to serve blocks on by Bitswap. Without any there is no network, and no IPFS node. */
  listen: readonly string[];
};

/** IPFS, embedded: pieces are CAR files on disk, and Helia serves their blocks out of the files themselves. */
export function createHeliaAdapter({ dataDir, findRoots, listen }: Options): StorageAdapter {
  const files = createCarFiles(dataDir);
  const blocks = createPieceBlockstore(files.open, findRoots);
  const isOnNetwork = listen.length > 0;
  let node: HeliaNode | undefined;
  const { status, probe } = createProbing(files.indexOf, async ({ cid }, { root }, signal) => {
    if (isOnNetwork && !node) throw new Error("the IPFS node has not started yet");
    const found = node ? node.helia.blockstore.get(cid, { offline: true, signal }) : blocks.get(cid, { signal });
    const parts: Uint8Array[] = [];
    try {
      for await (const part of found) parts.push(part);
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
      servesBlocks: isOnNetwork,
      get addresses() {
        return node?.addresses() ?? [];
      },
    },

    async start() {
      if (!isOnNetwork) return; // nobody would ask it, and loading it holds the process for a second
      const { startHelia } = await import("./helia-node.ts");
      node ??= await startHelia(blocks, listen);
    },

    async stop() {
      await node?.helia.stop();
      node = undefined;
    },
  };
}
