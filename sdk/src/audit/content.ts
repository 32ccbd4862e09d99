import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CID } from "multiformats/cid";
import { bytesToHex, type Hex } from "viem";
import { LEAF_BYTES } from "../pieces/batch-hasher.ts";
import { CAR_HEADER_BYTES, CID_BYTES, carHeader } from "../pieces/car-format.ts";
import { indexCar } from "../pieces/car-index.ts";
import { cidToDigest, digestToCid } from "../pieces/cid.ts";
import { isPieceError } from "../pieces/errors.ts";
import { depthOf, meetingLevel } from "../pieces/tree.ts";
import type { Findings } from "./difference.ts";
import type { Opening } from "./proof-checks.ts";

/** A piece as the chain names it. */
export interface ContentPiece {
  root: Hex;
  cidDigest: Hex;
  leafCount: number;
}

/** Bytes that claim to be a piece. */
export interface FoundContent {
  /** Where they are from. */
  source: string;
  bytes: AsyncIterable<Uint8Array>;
  /** Whether a cut may be the way's fault, not the source's. */
  mayBeCut: boolean;
}

/** Where the bytes of pieces are. */
export interface ContentSource {
  /** Candidates for a piece; a sentence when there is none. Throws only when `signal` aborts. */
  find(piece: ContentPiece, signal?: AbortSignal): Promise<FoundContent[] | { reason: string }>;
}

/** Time until a gateway begins to answer. */
const ANSWER_MS = 30_000;

/** Pieces of a gateway, by `/ipfs/<cid>?format=car`. */
export function gatewayContent(url: string, { fetch = globalThis.fetch } = {}): ContentSource {
  return {
    async find({ cidDigest }, signal) {
      const address = new URL(`/ipfs/${digestToCid(cidDigest)}?format=car`, url);
      const [started, limit] = [new AbortController(), setTimeout(() => started.abort(), ANSWER_MS)];
      try {
        const either = signal ? AbortSignal.any([signal, started.signal]) : started.signal;
        const answer = await fetch(address, { signal: either, headers: { accept: "application/vnd.ipld.car" } });
        if (!answer.ok || !answer.body) {
          await answer.body?.cancel();
          return { reason: `${address} answered HTTP ${answer.status}.` };
        }
        return [{ source: address.href, bytes: answer.body, mayBeCut: true }];
      } catch {
        signal?.throwIfAborted();
        return { reason: `${address} does not answer.` };
      } finally {
        clearTimeout(limit);
      }
    },
  };
}

/** Pieces in a folder of CARs, whatever their names: each is known by the CID in its header. Throws what the folder's reading throws. */
export async function folderContent(folder: string): Promise<ContentSource> {
  const files = new Map<Hex, string[]>();
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) continue;
    const digest = await digestIn(path);
    if (digest) files.set(digest, [...(files.get(digest) ?? []), path]);
  }
  return {
    async find({ cidDigest }) {
      const paths = files.get(cidDigest.toLowerCase() as Hex);
      if (!paths) return { reason: `No CAR in ${folder} names ${digestToCid(cidDigest)}.` };
      return paths.map((path) => ({ source: path, bytes: createReadStream(path), mayBeCut: false }));
    },
  };
}

/** Digest of the root that a CAR names; undefined for what is no piece. */
async function digestIn(path: string): Promise<Hex | undefined> {
  await using file = await open(path);
  const header = new Uint8Array(CAR_HEADER_BYTES);
  const { bytesRead } = await file.read(header, 0, header.length, 0);
  const start = CAR_HEADER_BYTES - CID_BYTES - carHeader(new Uint8Array(CID_BYTES)).subarray(-9).length;
  const cid = header.subarray(start, start + CID_BYTES);
  if (bytesRead < header.length || Buffer.compare(header, carHeader(cid)) !== 0) return undefined;
  try {
    return cidToDigest(CID.decode(cid));
  } catch {
    return undefined;
  }
}

/** What an audit of the content counted. */
export interface ContentCounts {
  /** Pieces whose root was rebuilt from their bytes. */
  pieces: number;
  bytes: bigint;
  /** Leaves that proofs opened and that are those of the content. */
  leaves: number;
}

/**
 * Rebuilds the root of a piece from its bytes, and compares each leaf that a proof opened with the bytes. Bytes that cannot be had are
 * unknown, never bad.
 */
export async function checkContent(
  piece: ContentPiece,
  openings: readonly Opening[],
  {
    source,
    findings,
    block,
    signal,
  }: { source: ContentSource; findings: Findings; block: bigint; signal?: AbortSignal | undefined },
  counts: ContentCounts,
): Promise<void> {
  const subject = `piece ${piece.root}`;
  const found = await source.find(piece, signal);
  if ("reason" in found) return findings.unknown({ subject, reason: found.reason });
  let problem: { kind: "unknown" | "differs"; source: string; found: string } | undefined;
  for (const candidate of found) {
    const leaves = new LeafCatcher(openings.flatMap(({ indices }) => indices));
    const outcome = await rootOf(piece, candidate, leaves, signal);
    if (outcome.kind !== "root" || outcome.root !== piece.root.toLowerCase()) {
      problem ??= { ...explained(outcome), source: candidate.source };
      continue;
    }
    counts.pieces++;
    counts.bytes += outcome.sizeBytes;
    const place = { kind: "content", source: candidate.source } as const;
    findings.compare({ subject, place, block }, "Merkle root of the bytes", piece.root, outcome.root);
    for (const opening of openings) {
      const { setId, period, transaction } = opening;
      for (const { index, leaf } of leavesOf(opening)) {
        const where = { subject: `period ${period} of set ${setId}`, place, block: opening.block, transaction };
        if (findings.compare(where, `leaf ${index} of ${subject}`, leaves.get(index), leaf)) counts.leaves++;
      }
    }
    return;
  }
  if (problem?.kind === "differs") {
    const place = { kind: "content", source: problem.source } as const;
    findings.compare({ subject, place, block }, "Merkle root of the bytes", piece.root, problem.found);
  } else if (problem) findings.unknown({ subject, reason: `${problem.source}: ${problem.found}` });
}

type Outcome = { kind: "root"; root: Hex; sizeBytes: bigint } | { kind: "unknown" | "differs"; found: string };

function explained(outcome: Outcome): { kind: "unknown" | "differs"; found: string } {
  if (outcome.kind !== "root") return outcome;
  // Another order of the blocks is another piece of the same content, and nobody promised this one here.
  const found = `a sound CAR of the same CID whose root is ${outcome.root}: its blocks stand in another order`;
  return { kind: "unknown", found };
}

async function rootOf(
  { leafCount, cidDigest }: ContentPiece,
  { bytes, mayBeCut }: FoundContent,
  leaves: LeafCatcher,
  signal?: AbortSignal,
): Promise<Outcome> {
  try {
    const limits = { maxSizeBytes: leafCount * LEAF_BYTES, ...(signal && { signal }) };
    const { root, rootCid, sizeBytes } = await indexCar(leaves.watch(bytes), limits);
    if (cidToDigest(rootCid) !== cidDigest.toLowerCase()) return { kind: "differs", found: `a CAR of ${rootCid}` };
    return { kind: "root", root, sizeBytes: BigInt(sizeBytes) };
  } catch (cause) {
    signal?.throwIfAborted();
    if (isPieceError(cause)) {
      const kind = mayBeCut && cause.name === "CarTruncated" ? "unknown" : "differs";
      return { kind, found: `no CAR of this piece: ${cause.message}` };
    }
    return { kind: "unknown", found: `The bytes could not be read: ${(cause as Error).message}.` };
  }
}

/** Keeps some leaves of a stream of bytes as it passes. */
class LeafCatcher {
  readonly #wanted: number[];
  readonly #leaves = new Map<number, Hex>();

  constructor(indices: readonly number[]) {
    this.#wanted = [...new Set(indices)].sort((a, b) => a - b);
  }

  get(index: number): Hex | undefined {
    return this.#leaves.get(index);
  }

  async *watch(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let [at, next] = [0, 0];
    let leaf = new Uint8Array(LEAF_BYTES);
    let filled = 0;
    for await (const chunk of bytes) {
      yield chunk;
      for (let index = this.#wanted[next]; index !== undefined; index = this.#wanted[next]) {
        const from = index * LEAF_BYTES + filled - at;
        if (from >= chunk.length) break;
        const part = chunk.subarray(from, from + LEAF_BYTES - filled);
        leaf.set(part, filled);
        filled += part.length;
        if (filled < LEAF_BYTES) break;
        this.#leaves.set(index, bytesToHex(leaf));
        [leaf, filled] = [new Uint8Array(LEAF_BYTES), 0];
        next++;
      }
      at += chunk.length;
    }
    // The last leaf of a piece is filled up with zeros.
    const last = this.#wanted[next];
    if (last !== undefined && filled > 0) this.#leaves.set(last, bytesToHex(leaf));
  }
}

/** The leaves in an opening: each is followed by the siblings that it needs on its way to where it meets its right neighbour. */
function* leavesOf({ indices, leafCount, bytes }: Opening): Generator<{ index: number; leaf: Hex }> {
  const depth = depthOf(leafCount);
  const waiting: number[] = [];
  let at = 2;
  for (const [i, index] of indices.entries()) {
    yield { index, leaf: `0x${bytes.slice(at, at + 2 * LEAF_BYTES)}` };
    const next = indices[i + 1];
    const stop = next === undefined ? depth : meetingLevel(index, next);
    let siblings = stop;
    for (let meet = waiting.at(-1); meet !== undefined && meet < stop; meet = waiting.at(-1)) {
      waiting.pop();
      siblings--;
    }
    waiting.push(stop);
    at += 2 * (LEAF_BYTES + 32 * siblings);
  }
}
