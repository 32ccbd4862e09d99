import type { CID } from "multiformats/cid";
import type { Hex } from "viem";
import type { StorageAdapter } from "../../adapters/storage/adapter.ts";
import { readerOf } from "../../adapters/storage/blockstore.ts";
import { type Clock, periodAt } from "../../domain/clock.ts";
import type { ContentStore } from "../../store/content.ts";
import { PathInvalid, parseCid, segmentsOf } from "./address.ts";
import { ContentInvalid } from "./content.ts";
import { extentsOf } from "./extents.ts";
import { findInSite } from "./site.ts";
import { typeOf } from "./types.ts";

/** All that is needed to answer for one file of a site out of its CAR. Plain data: it crosses threads. */
export type FilePlan = {
  root: Hex;
  /** Path of the CAR. */
  car: string;
  /** From `extentsOf`. */
  extents: Float64Array;
  sizeBytes: number;
  /** CID of the file, which is its entity tag. */
  cid: string;
  siteCid: string;
  type: string;
  /** Path as in the answer's `x-ipfs-path`. */
  ipfsPath: string;
};

/** `same`: what was known is still so. `none`: the path has another answer than a file, or one that is not in a local CAR. */
export type Planned = { plan: FilePlan } | "same" | "none";

/** Longest time that an answer about what is served is taken as known, in a process that does not act itself. */
export const KNOWN_MS = 1_000;
const MAX_KNOWN = 10_000;

/** Rises when what is served may have changed; shared with threads. */
export type Epoch = Int32Array<SharedArrayBuffer>;

type Options = {
  content: ContentStore;
  storage: Pick<StorageAdapter, "open">;
  clock: Clock;
  nowAt: () => number;
  epoch: Epoch;
};

/** Finds out what is served, and where its bytes lie. */
export function createPlanner({ content, storage, clock, nowAt, epoch }: Options) {
  let known = new Map<string, Promise<Hex | undefined>>();
  let knownIn = -1;
  let knownAtMs = 0;

  /** A piece of a running deal that holds the block; asked once for each state of the chain. */
  function servedRoot(cid: CID): Promise<Hex | undefined> {
    const now = Atomics.load(epoch, 0);
    if (now !== knownIn || performance.now() - knownAtMs > KNOWN_MS || known.size > MAX_KNOWN) {
      [known, knownIn, knownAtMs] = [new Map(), now, performance.now()];
    }
    const mine = known;
    const key = cid.toString();
    const root = mine.get(key) ?? content.servedRoot(cid.multihash.digest, periodAt(clock, nowAt()));
    mine.set(key, root);
    root.catch(() => mine.delete(key));
    return root;
  }

  return {
    servedRoot,

    /** The plan for a path of a site, named by the label of its host; `knownRoot` is the piece of a plan that the caller has. */
    async plan(label: string, path: string, knownRoot?: Hex): Promise<Planned> {
      const cid = parseCid(label);
      const root = cid && (await servedRoot(cid));
      if (!cid || !root) return "none";
      if (root === knownRoot) return "same";
      const opened = await storage.open(root);
      if (opened.found !== "held") return "none";
      await using piece = opened.piece;
      if (piece.file === undefined) return "none";
      try {
        const found = await findInSite(readerOf(piece), cid, segmentsOf(path), AbortSignal.timeout(10_000));
        if (found.kind !== "file") return "none";
        const { cid: fileCid, sizeBytes, name } = found.file;
        const extents = await extentsOf(piece, fileCid, sizeBytes);
        if (!extents) return "none";
        const ipfsPath = encodeURI(`/ipfs/${cid}${decodeURI(path)}`);
        const names = { cid: fileCid.toString(), siteCid: cid.toString(), type: typeOf(name), ipfsPath };
        return { plan: { root, car: piece.file, extents, sizeBytes, ...names } };
      } catch (error) {
        if (error instanceof PathInvalid || error instanceof ContentInvalid || error instanceof URIError) return "none";
        throw error;
      }
    },
  };
}

export type Planner = ReturnType<typeof createPlanner>;
