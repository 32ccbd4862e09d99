import type { Address, Hex } from "viem";
import { keccak256, numberToHex } from "viem";
import { buildProof } from "../../sdk/src/proofs/build.ts";
import { hashFirstPiece, type Piece } from "../../sdk/src/proofs/typed-data.ts";
import type { Connection } from "./policy.ts";
import {
  type OpenablePiece,
  PERIOD_SECONDS,
  PROOF_WINDOW_SECONDS,
  pieceOf,
  readerOf,
  signPieces,
  slotsOf,
} from "./proofs.ts";

export const DEAL_ID = 7n;
/** The period in which each fixture begins: not the first one, and in the middle of a word of 224. */
export const FIRST_PERIOD = 300n;

/** Proofs between doubles: seeds are chosen, and payments, registry and market answer whatever the test sets. One set is open. */
export async function deployPossession(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const [provider, operator, customer, stranger, signer] = await viem.getWalletClients();
  if (!provider || !operator || !customer || !stranger || !signer) throw new Error("too few accounts");
  const originAt = BigInt(await networkHelpers.time.latest()) + 1_000n - FIRST_PERIOD * PERIOD_SECONDS;
  const beacon = await viem.deployContract("BeaconDouble", [originAt, PERIOD_SECONDS]);
  const deals = await viem.deployContract("DealDouble");
  const proofs = await viem.deployContract("PossessionProofs", [
    beacon.address,
    deals.address,
    deals.address,
    deals.address,
  ]);
  const answers = {
    signer: signer.account.address as Address,
    payer: customer.account.address as Address,
    endPeriod: 10_000,
    firstPieceHash: `0x${"00".repeat(32)}` as Hex,
  };
  const by = {
    operator: { account: operator.account },
    customer: { account: customer.account },
    stranger: { account: stranger.account },
  };
  await deals.write.setAnswers([answers]);
  await deals.write.setOperator([provider.account.address, operator.account.address]);
  await networkHelpers.time.increaseTo(originAt + FIRST_PERIOD * PERIOD_SECONDS);
  await proofs.write.openSet([provider.account.address, deals.address], by.operator);
  const setId = 1n;

  /** Signs the pieces of a deal with the deal's key, or with another one. */
  const sign = (pieces: readonly Piece[], signed: { nonce: bigint; dealId?: bigint; signer?: Address }) =>
    signPieces(connection, signed.signer ?? signer.account.address, {
      proofs: proofs.address,
      market: deals.address,
      dealId: signed.dealId ?? DEAL_ID,
      pieces,
      nonce: signed.nonce,
    });

  const reach = async (at: bigint) => {
    if (BigInt(await networkHelpers.time.latest()) < at) await networkHelpers.time.increaseTo(at);
  };

  return {
    provider,
    operator,
    customer,
    stranger,
    signer,
    by,
    beacon,
    deals,
    proofs,
    setId,
    originAt,
    answers,
    dealKey: (BigInt(deals.address) << 96n) | DEAL_ID,
    sign,
    slots: () => slotsOf(connection, proofs.address, setId),
    /** Adds pieces under a signature of the deal's key. The double takes any nonce twice. */
    async add(pieces: readonly OpenablePiece[], { dealId = DEAL_ID, nonce = 1n } = {}) {
      const signature = await sign(pieces, { nonce, dealId });
      return proofs.write.addPieces([setId, dealId, pieces.map(pieceOf), nonce, signature], by.operator);
    },
    /** Adds the piece that the request carried. */
    async addFirst(piece: OpenablePiece) {
      await deals.write.setAnswers([{ ...answers, firstPieceHash: hashFirstPiece(piece) }]);
      return proofs.write.addPieces([setId, DEAL_ID, [pieceOf(piece)], 0n, "0x"], by.operator);
    },
    /** Goes to the beginning of a period, unless it has begun. */
    enter: (period: bigint) => reach(originAt + period * PERIOD_SECONDS),
    /** Goes to the period after `period` and gives that one a seed; `seedOf` chooses which. */
    async close(period: bigint, seed: Hex = seedOf(period)) {
      await reach(originAt + (period + 1n) * PERIOD_SECONDS);
      const dueAt = BigInt(await networkHelpers.time.latest()) + PROOF_WINDOW_SECONDS;
      await beacon.write.setRound([period, seed, Number(dueAt)]);
      return { seed, dueAt };
    },
    /** What `prove` would do, without a transaction; rejects as it would. */
    async tryProve(period: bigint, proof: Hex, set = setId) {
      const client = await viem.getPublicClient();
      const { address, abi } = proofs;
      const call = { address, abi, functionName: "prove", args: [set, period, proof], ...by.operator } as const;
      await client.simulateContract(call);
      return "0x" as const;
    },
    /** Builds the proof of a closed period. */
    async build(period: bigint, pieces: readonly OpenablePiece[]) {
      const [seed] = await beacon.read.roundOf([period]);
      const total = await proofs.read.totalAt([setId, period]);
      const slots = await slotsOf(connection, proofs.address, setId);
      return buildProof({ seed, setId, period: Number(period), total, slots, readPiece: readerOf(pieces) });
    },
  };
}

/** A seed as a beacon gives it: 27 bytes, then zeros. */
export function seedOf(number: bigint): Hex {
  return `${keccak256(numberToHex(number)).slice(0, 56)}0000000000` as Hex;
}
