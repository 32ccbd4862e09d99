import { type Address, bytesToHex, type Hex, hexToBytes, keccak256, numberToHex, parseEventLogs } from "viem";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { hashLeaf, hashNode, LEAF_BYTES } from "../../sdk/src/pieces/batch-hasher.ts";
import { createPieceHasher } from "../../sdk/src/pieces/piece-hasher.ts";
import { proveLeaves } from "../../sdk/src/pieces/proof.ts";
import { depthOf } from "../../sdk/src/pieces/tree.ts";
import { buildProof, type ReadPiece } from "../../sdk/src/proofs/build.ts";
import { encodeHeader, type HeaderBlock } from "../../sdk/src/proofs/header.ts";
import type { SlotRecord } from "../../sdk/src/proofs/meta.ts";
import { type Piece, piecesTypedData } from "../../sdk/src/proofs/typed-data.ts";
import type { Connection } from "./policy.ts";

/** Production's spans. Seconds. */
export const PERIOD_SECONDS = 86_400n;
export const PROOF_WINDOW_SECONDS = 21_600n;
export const RETRY_SECONDS = 2_400n;

/** A piece together with what it takes to open its leaves. */
export interface OpenablePiece extends Piece {
  /** What `proveLeaves` gives: leaves and siblings in the order in which the contract reads them. */
  open(indices: readonly number[]): Promise<Uint8Array>;
}

/**
 * A piece of any size that costs nothing to open: each leaf is the same, so that one hash per level is all there is to know. To the
 * contract it is like any other, and its proofs are as long and as dear.
 */
export function uniformPiece(leafCount: number, seed: string): OpenablePiece {
  const leaf = hexToBytes(
    `0x${[0, 1, 2, 3].map((i) => keccak256(bytesToHex(Buffer.from(`${seed}/${i}`))).slice(2)).join("")}`,
  );
  const levels = [hashLeaf(leaf)];
  for (let level = 0; level < depthOf(leafCount); level++)
    levels.push(hashNode(levels[level] as Uint8Array, levels[level] as Uint8Array));
  const root = bytesToHex(levels.at(-1) as Uint8Array);
  const open = async (indices: readonly number[]) => {
    const parts: Uint8Array[] = [];
    const waiting: number[] = [];
    for (const [i, index] of indices.entries()) {
      const next = indices[i + 1];
      const stop = next === undefined ? depthOf(leafCount) : meetingLevel(index, next);
      let level = 0;
      parts.push(leaf);
      const climbTo = (top: number) => {
        for (; level < top; level++) parts.push(levels[level] as Uint8Array);
      };
      for (let meet = waiting.at(-1); meet !== undefined && meet < stop; meet = waiting.at(-1)) {
        climbTo(meet);
        waiting.pop();
        level++;
      }
      climbTo(stop);
      waiting.push(stop);
    }
    return Buffer.concat(parts);
  };
  return { root, leafCount, cidDigest: keccak256(root), open };
}

/** A piece over these very bytes, opened by the piece library. */
export function bytesPiece(bytes: Uint8Array): OpenablePiece {
  const hasher = createPieceHasher({ subtreeLeaves: 4 });
  hasher.update(bytes);
  const tree = hasher.finish();
  const readBytes = (start: number, length: number) => bytes.subarray(start, start + length);
  const open = (indices: readonly number[]) => proveLeaves({ tree, readBytes, indices });
  return { root: tree.root, leafCount: tree.leafCount, cidDigest: keccak256(tree.root), open };
}

/** A piece of `leafCount` leaves full of bytes that repeat from run to run. */
export function randomPiece(leafCount: number, random: (limit: number) => number): OpenablePiece {
  return bytesPiece(Uint8Array.from({ length: leafCount * LEAF_BYTES - random(LEAF_BYTES) }, () => random(256)));
}

/** What the contract takes of a piece. */
export function pieceOf({ root, leafCount, cidDigest }: Piece): Piece {
  return { root, leafCount, cidDigest };
}

/** Opens whichever of these pieces a slot holds. */
export function readerOf(pieces: readonly OpenablePiece[]): ReadPiece {
  const byRoot = new Map(pieces.map((piece) => [piece.root, piece]));
  return ({ root, indices }) => {
    const piece = byRoot.get(root);
    if (piece === undefined) throw new Error(`no piece has the root ${root}`);
    return piece.open(indices);
  };
}

/** The slots of a set as its events tell them, as an auditor or a keeper learns of them. */
export async function slotsOf({ viem }: Connection, proofs: Address, setId: bigint): Promise<SlotRecord[]> {
  const client = await viem.getPublicClient();
  const logs = await client.getLogs({ address: proofs, fromBlock: 0n });
  const events = parseEventLogs({ abi: possessionProofsAbi, logs, eventName: ["PieceAdded", "PieceRemoved"] });
  const slots = new Map<number, SlotRecord>();
  for (const { eventName, args } of events) {
    if (args.setId !== setId) continue;
    const slot = Number(args.slot);
    const known = slots.get(slot);
    if (eventName === "PieceAdded") slots.set(slot, { slot, root: args.root, meta: args.meta });
    else if (known) slots.set(slot, { ...known, meta: args.meta | (args.period << 56n) });
  }
  return [...slots.values()];
}

/** The proof of a period, built like a keeper does it: from events, the round and the pieces. */
export async function proofOf(
  connection: Connection,
  {
    proofs,
    setId,
    period,
    seed,
    total,
    pieces,
  }: { proofs: Address; setId: bigint; period: bigint; seed: Hex; total: bigint; pieces: readonly OpenablePiece[] },
): Promise<Hex> {
  const slots = await slotsOf(connection, proofs, setId);
  return buildProof({ seed, setId, period: Number(period), total, slots, readPiece: readerOf(pieces) });
}

/** Signs pieces with an account that the chain's client holds. */
export async function signPieces(
  { viem }: Connection,
  signer: Address,
  request: { proofs: Address; market: Address; dealId: bigint; pieces: readonly Piece[]; nonce: bigint },
): Promise<Hex> {
  const wallet = await viem.getWalletClient(signer);
  const chainId = await wallet.getChainId();
  return wallet.signTypedData(piecesTypedData({ ...request, chainId, pieces: request.pieces.map(pieceOf) }));
}

/** A block as the node tells it. */
export async function rpcBlock({ provider }: Connection, number: bigint | "latest"): Promise<HeaderBlock> {
  const tag = number === "latest" ? number : numberToHex(number);
  return (await provider.request({ method: "eth_getBlockByNumber", params: [tag, false] })) as HeaderBlock;
}

/** RLP of a block's header and of its parent's, in the order in which `record` takes them: parent first. */
export async function headersOf(connection: Connection, number: bigint): Promise<[parent: Hex, header: Hex]> {
  return [encodeHeader(await rpcBlock(connection, number - 1n)), encodeHeader(await rpcBlock(connection, number))];
}

/** Mines the first block at or after a moment, unless there is one, and tells its number. */
export async function boundaryBlock({ viem, networkHelpers }: Connection, boundaryAt: bigint): Promise<bigint> {
  const client = await viem.getPublicClient();
  if (BigInt(await networkHelpers.time.latest()) < boundaryAt) await networkHelpers.time.increaseTo(boundaryAt);
  let number = await client.getBlockNumber({ cacheTime: 0 });
  while (number > 0n && (await client.getBlock({ blockNumber: number - 1n })).timestamp >= boundaryAt) number--;
  return number;
}

function meetingLevel(left: number, right: number): number {
  return 31 - Math.clz32(left ^ right);
}
