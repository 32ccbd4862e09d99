import { type Address, encodeAbiParameters, type Hex, keccak256 } from "viem";

/** A sealed batch of bytes, as the contract knows it. */
export interface Piece {
  /** Merkle root over the leaves. */
  root: Hex;
  /** Real leaves of 128 bytes, rounded up. */
  leafCount: number;
  /** SHA2-256 digest of the CIDv1 (dag-pb) root that the piece's CAR names. */
  cidDigest: Hex;
}

/** EIP-712 types of `PossessionProofs.addPieces` and `reuseSlot`. */
export const PIECES_TYPES = {
  Pieces: [
    { name: "market", type: "address" },
    { name: "dealId", type: "uint256" },
    { name: "pieces", type: "Piece[]" },
    { name: "nonce", type: "uint256" },
  ],
  Piece: [
    { name: "root", type: "bytes32" },
    { name: "leafCount", type: "uint40" },
    { name: "cidDigest", type: "bytes32" },
  ],
} as const;

/**
 * What a deal's signer signs to let its provider add pieces: for `signTypedData`.
 * @param request.proofs Address of `PossessionProofs`.
 * @param request.nonce Rises with each signature of a deal; 0 is never signed.
 */
export function piecesTypedData({
  chainId,
  proofs,
  ...message
}: {
  chainId: number;
  proofs: Address;
  market: Address;
  dealId: bigint;
  pieces: readonly Piece[];
  nonce: bigint;
}) {
  return {
    domain: { name: "PossessionProofs", version: "1", chainId, verifyingContract: proofs },
    types: PIECES_TYPES,
    primaryType: "Pieces",
    message,
  } as const;
}

/** What a market keeps of a request's first piece: keccak256(abi.encode(piece)). */
export function hashFirstPiece({ root, leafCount, cidDigest }: Piece): Hex {
  const types = [{ type: "bytes32" }, { type: "uint40" }, { type: "bytes32" }] as const;
  return keccak256(encodeAbiParameters(types, [root, leafCount, cidDigest]));
}
