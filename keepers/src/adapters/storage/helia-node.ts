import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { withBitswap } from "@helia/bitswap";
import { withLibp2pLight } from "@helia/libp2p";
import { identify } from "@libp2p/identify";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { createHeliaLight, type Helia } from "helia";
import type { Blockstore } from "interface-blockstore";

/** An IPFS node, and where it listens. */
export type HeliaNode = { helia: Helia; addresses(): string[] };

/**
 * Starts an IPFS node over a blockstore, without peers to look for, without a DHT, and fetching nothing: who wants a block dials it.
 * A module of its own, because what it loads takes as long as all the rest of a keeper.
 * @param listen Multiaddresses to serve blocks on by Bitswap.
 */
export async function startHelia(blockstore: Blockstore, listen: readonly string[]): Promise<HeliaNode> {
  const helia = withBitswap(
    withLibp2pLight(createHeliaLight({ blockstore }), {
      addresses: { listen: [...listen] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify(), ping: ping() },
    }),
  );
  await helia.start();
  return { helia, addresses: () => helia.libp2p.getMultiaddrs().map((address) => address.toString()) };
}
