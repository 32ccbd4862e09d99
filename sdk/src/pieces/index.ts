export { BATCH_LEAVES, HASH_BYTES, hashLeaf, hashNode, LEAF_BYTES, sharedBatchHasher } from "./batch-hasher.ts";
export { CID_BYTES, cidToDigest, digestToCid, parseRootCid } from "./cid.ts";
export { isPieceError, PieceError, type PieceErrorDetails, type PieceErrorName } from "./errors.ts";
export { createPieceHasher, type PieceHasher } from "./piece-hasher.ts";
export { type PathProof, type PieceReader, proveLeaves, provePath, verifyLeaves, verifyPath } from "./proof.ts";
export {
  DEFAULT_SUBTREE_LEAVES,
  depthOf,
  leafCountOf,
  type PieceTree,
  paddingHash,
  pieceTreeOf,
} from "./tree.ts";
