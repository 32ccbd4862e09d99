import type { Hex } from "viem";
import { type ActionOptions, type ProtocolClient, type Sent, send } from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { possessionProofsAbi } from "./generated/abis.ts";
import { type Piece, piecesTypedData } from "./proofs/typed-data.ts";

/** Where a piece stands in a proving set, as the event that added it tells. */
export interface PiecePlace {
  setId: number;
  slot: number;
  root: Hex;
  /** The slot's packed word; see `decodeMeta`. */
  meta: bigint;
}

/**
 * The customer, or anyone once the deal is over: takes a piece out of its deal. It is proven and earns until the present period ends;
 * its room is free at once. Throws `ProtocolError`.
 */
export function removePiece(client: ProtocolClient, options: ActionOptions & PiecePlace): Promise<Sent> {
  const { deployment, setId, slot, root, meta } = options;
  return send(
    client,
    {
      address: deployment.contracts.PossessionProofs,
      abi: possessionProofsAbi,
      functionName: "removePiece",
      args: [BigInt(setId), BigInt(slot), root, meta],
    },
    options,
  );
}

/** Anything that signs EIP-712 data: a viem local account, or a wallet wrapped in one function. */
export type PiecesSigner = { signTypedData(data: ReturnType<typeof piecesTypedData>): Promise<Hex> };

/**
 * Signs with a deal's session key that its provider may add these pieces.
 * @param request.nonce Above the deal's last one; each signature of a deal takes a higher one.
 */
export function signPieces(
  signer: PiecesSigner,
  { deployment, ...request }: { deployment: Deployment; dealId: bigint; pieces: readonly Piece[]; nonce: number },
): Promise<Hex> {
  const { chainId, contracts } = deployment;
  return signer.signTypedData(
    piecesTypedData({
      chainId,
      proofs: contracts.PossessionProofs,
      market: contracts.DealMarket,
      ...request,
      nonce: BigInt(request.nonce),
    }),
  );
}
