/** What went wrong with a piece, by name, with the values that explain it. Paths are relative to the chosen directory. */
export interface PieceErrorDetails {
  /** There is nothing to host: no bytes, or no file left after hidden entries and links were skipped. */
  PieceEmpty: { skipped: number };
  /** The chosen directory does not exist or is no directory. */
  PieceSourceInvalid: { path: string };
  /** The CAR would be written into the very directory that it is made from. */
  PieceOutputInside: { path: string };
  /** A name which a site's address cannot carry, or which UnixFS would read as a different path. */
  PiecePathInvalid: { path: string; problem: string };
  /** Two files claim one path, or one path is a file and a directory at once. */
  PiecePathTwice: { path: string };
  /** A file or directory cannot be opened or read. */
  PieceFileUnreadable: { path: string };
  /** A file is no longer what it was when the directory was listed. */
  PieceFileChanged: { path: string };
  /** The disk, or the browser's storage for this site, is full. */
  PieceStorageFull: { writtenBytes: number };
  PieceTooLarge: { sizeBytes: number; maxBytes: number };
  PieceTooManyBlocks: { blocks: number; maxBlocks: number };
  PieceBlockTooLarge: { sizeBytes: number; maxBytes: number; offset: number };
  /** Not a CARv1: another version, a CARv2, or no CAR at all. */
  CarNotV1: { problem: string };
  CarRootsNotOne: { roots: number };
  /** The bytes ended inside the header or inside a block. */
  CarTruncated: { offset: number; missingBytes: number };
  CarMalformed: { offset: number; problem: string };
  CarBlockWrongHash: { cid: string; offset: number };
  /** Links point to blocks that the CAR does not hold; `cid` is one of them. */
  CarBlockMissing: { cid: string; missing: number };
  /** The sidecar of a CAR is not one of ours, or is damaged: index the CAR again. */
  CarIndexInvalid: { problem: string };
  /** Not a CIDv1 with sha2-256 and a codec that fits here. */
  CidUnsupported: { cid: string; problem: string };
  ProofIndexInvalid: { index: number; leafCount: number };
  /** The bytes under a proof are not those that were hashed: the disk lost or changed them. */
  PieceBytesChanged: { startByte: number; lengthBytes: number };
}

/** Name of a {@link PieceError}. */
export type PieceErrorName = keyof PieceErrorDetails;

const MESSAGES: { [Name in PieceErrorName]: (details: PieceErrorDetails[Name]) => string } = {
  PieceEmpty: ({ skipped }) => `There is no file to host${skipped > 0 ? ` (${skipped} entries were skipped)` : ""}.`,
  PieceSourceInvalid: ({ path }) => `"${path}" is not a directory that can be read.`,
  PieceOutputInside: ({ path }) => `The CAR file "${path}" would lie inside the directory that it is made from.`,
  PiecePathInvalid: ({ path, problem }) => `"${path}" cannot be hosted: ${problem}.`,
  PiecePathTwice: ({ path }) => `"${path}" appears twice.`,
  PieceFileUnreadable: ({ path }) => `"${path}" cannot be read: it may have been moved, changed or locked.`,
  PieceFileChanged: ({ path }) => `"${path}" changed while it was read.`,
  PieceStorageFull: ({ writtenBytes }) => `No space is left after ${writtenBytes} bytes of the piece.`,
  PieceTooLarge: ({ sizeBytes, maxBytes }) => `The piece has ${sizeBytes} bytes or more; at most ${maxBytes} fit.`,
  PieceTooManyBlocks: ({ blocks, maxBlocks }) => `The piece has ${blocks} blocks or more; at most ${maxBlocks} fit.`,
  PieceBlockTooLarge: ({ sizeBytes, maxBytes, offset }) =>
    `The block at byte ${offset} has ${sizeBytes} bytes; at most ${maxBytes} fit.`,
  CarNotV1: ({ problem }) => `Not a CARv1: ${problem}.`,
  CarRootsNotOne: ({ roots }) => `The CAR names ${roots} roots; a piece has exactly one.`,
  CarTruncated: ({ offset, missingBytes }) => `The CAR ends at byte ${offset}, ${missingBytes} bytes too early.`,
  CarMalformed: ({ offset, problem }) => `The CAR is malformed at byte ${offset}: ${problem}.`,
  CarBlockWrongHash: ({ cid, offset }) => `The block at byte ${offset} does not hash to its CID ${cid}.`,
  CarBlockMissing: ({ cid, missing }) => `The CAR lacks ${missing} linked block(s), one of them ${cid}.`,
  CarIndexInvalid: ({ problem }) => `The index of the CAR cannot be used: ${problem}.`,
  CidUnsupported: ({ cid, problem }) => `The CID "${cid}" cannot be used here: ${problem}.`,
  ProofIndexInvalid: ({ index, leafCount }) => `Leaf ${index} cannot be proved: the piece has ${leafCount} leaves.`,
  PieceBytesChanged: ({ startByte, lengthBytes }) =>
    `The ${lengthBytes} bytes from byte ${startByte} are not those that were hashed.`,
};

/** Thrown by everything in this folder for problems of a piece; `name` says which, `details` carries the values. */
export class PieceError<Name extends PieceErrorName = PieceErrorName> extends Error {
  override readonly name: Name;
  readonly details: PieceErrorDetails[Name];

  constructor(name: Name, details: PieceErrorDetails[Name], options?: ErrorOptions) {
    super(MESSAGES[name](details), options);
    this.name = name;
    this.details = details;
  }
}

/** Whether `error` is a piece error, of the given name when there is one. */
export function isPieceError<Name extends PieceErrorName>(error: unknown, name?: Name): error is PieceError<Name> {
  return error instanceof PieceError && (name === undefined || error.name === name);
}
