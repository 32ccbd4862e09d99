import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { withBitswap } from "@helia/bitswap";
import { withLibp2pLight } from "@helia/libp2p";
import { identify } from "@libp2p/identify";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { createHeliaLight, type Helia } from "helia";
import { sha256 } from "multiformats/hashes/sha2";
import type { Hex } from "viem";
import type { AdapterStatus, ProbeResult, StorageAdapter } from "./adapter.ts";
import { createCarBlockstore, type FindRoots } from "./blockstore.ts";
import type { CarStore } from "./car-store.ts";

type Options = {
  cars: CarStore;
  findRoots: FindRoots;
  /** Multiaddresses to serve blocks on by Bitswap. Without any there is no network at all. */
  listen: readonly string[];
};

/**
 * IPFS, embedded: Helia serves the blocks of kept CARs out of the files themselves. It looks for no peers, joins no DHT and fetches
 * nothing: who wants a block dials this node.
 */
export async function createHeliaAdapter({
  cars,
  findRoots,
  listen,
}: Options): Promise<StorageAdapter & { helia: Helia }> {
  const light = createHeliaLight({ blockstore: createCarBlockstore(cars, findRoots) });
  const node =
    listen.length === 0
      ? undefined
      : withBitswap(
          withLibp2pLight(light, {
            addresses: { listen: [...listen] },
            transports: [tcp()],
            connectionEncrypters: [noise()],
            streamMuxers: [yamux()],
            services: { identify: identify(), ping: ping() },
          }),
        );
  const helia: Helia = node ?? light;
  await helia.start();

  let status: AdapterStatus = { state: "unverified", probedAtMs: undefined, detail: "no probe was made yet" };

  async function read(root: Hex, signal: AbortSignal): Promise<ProbeResult> {
    const startedAt = performance.now();
    const { blocks } = await cars.indexOf(root);
    const all = [...blocks];
    const chosen = all[Math.floor(Math.random() * all.length)];
    if (!chosen) return { verdict: "missing", reason: `the piece ${root} has no blocks` };
    const parts: Uint8Array[] = [];
    for await (const part of helia.blockstore.get(chosen.cid, { offline: true, signal })) parts.push(part);
    const { digest } = await sha256.digest(Buffer.concat(parts));
    const isSame = Buffer.compare(digest, chosen.cid.multihash.digest) === 0;
    if (!isSame) return { verdict: "missing", reason: `the block ${chosen.cid} is damaged` };
    return { verdict: "held", latencyMs: Math.round(performance.now() - startedAt) };
  }

  return {
    network: "ipfs",
    helia,
    capabilities: {
      servesBlocks: node !== undefined,
      get addresses() {
        return node?.libp2p.getMultiaddrs().map((address) => address.toString()) ?? [];
      },
    },
    status: () => status,

    async probe(root, signal) {
      if (root === undefined) return { verdict: "unknown", cause: new Error("no piece is held") };
      let result: ProbeResult;
      try {
        result = await read(root, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const isGone = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
        result = isGone
          ? { verdict: "missing", reason: `a file of the piece ${root} is gone` }
          : { verdict: "unknown", cause };
      }
      const isHeld = result.verdict === "held";
      const detail =
        result.verdict === "held"
          ? `a random block of ${root} in ${result.latencyMs} ms`
          : result.verdict === "missing"
            ? result.reason
            : String(result.cause);
      status = { state: isHeld ? "active" : "degraded", probedAtMs: Date.now(), detail };
      return result;
    },

    async stop() {
      await helia.stop();
    },
  };
}
