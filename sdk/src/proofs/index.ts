export { buildProof, challengedPieces, type PieceChallenge, type ReadPiece } from "./build.ts";
export {
  CHALLENGES,
  createDraw,
  type Draw,
  type DrawPosition,
  drawChallenges,
  drawPositions,
  type LineSlot,
  lineOf,
  MAX_DEAD_RANGES,
  type Question,
  type Range,
} from "./challenges.ts";
export { isProofError, ProofError, type ProofErrorDetails, type ProofErrorName } from "./errors.ts";
export { encodeHeader, type HeaderBlock } from "./header.ts";
export { commitmentOf, decodeMeta, encodeMeta, isLive, type Meta, type SlotRecord } from "./meta.ts";
export { hashFirstPiece, PIECES_TYPES, type Piece, piecesTypedData } from "./typed-data.ts";
export { type Verdict, verifyProof } from "./verify.ts";
