import { possessionProofsAbi } from "@4ever/sdk/generated/abis";
import { proveLeaves } from "@4ever/sdk/pieces";
import { buildProof } from "@4ever/sdk/proofs";
import { encodeFunctionData } from "viem";
import { periodAt } from "../domain/clock.ts";
import { decideProve } from "../domain/proving.ts";
import { type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** A piece under proof is not in the storage: the period cannot be proven, and somebody must look. */
class PieceLost extends Error {
  override readonly name = "PieceLost";
}

/** Proves one period of one of our sets from the kept pieces. */
export const prove: DutyHandler<{ kind: "prove"; setId: number; period: number }> = async (
  { setId, period },
  context,
  signal,
) => {
  const { contracts, store, storage, account, clock } = context;
  const [id, q] = [BigInt(setId), BigInt(period)];
  const [[seed, dueAt], isProven, total, set, live] = await Promise.all([
    contracts.beacon.read.roundOf([q]),
    contracts.proofs.read.isProven([id, q]),
    contracts.proofs.read.totalAt([id, q]),
    store.set(setId),
    store.liveSlot(setId, period),
  ]);
  const nowAt = context.head().at;
  const decision = decideProve({
    nowAt,
    period,
    currentPeriod: periodAt(clock, nowAt),
    dueAt,
    isProven,
    totalLeaves: total,
    hasLivePiece: live !== undefined,
    lastProvenPeriod: set?.lastProvenPeriod ?? null,
    operator: set?.operator ?? account,
    account,
  });
  if (!decision.act) return idle(decision);

  const proof = await buildProof({
    seed,
    setId: id,
    period,
    total,
    slots: await store.slotsOf(setId),
    readPiece: async ({ root, indices }) => {
      const opened = await storage.open(root, signal);
      if (opened.found === "missing") throw new PieceLost(opened.reason);
      if (opened.found === "unknown")
        throw new Error(`the storage could not be asked for the piece ${root}`, { cause: opened.cause });
      await using piece = opened.piece;
      const readBytes = (from: number, length: number) => piece.readBytes(from, length, signal);
      return await proveLeaves({ tree: piece.index, readBytes, indices });
    },
  });
  signal.throwIfAborted();
  const data = encodeFunctionData({ abi: possessionProofsAbi, functionName: "prove", args: [id, q, proof] });
  const { notAfter } = decision;
  const call = { key: `prove:${setId}:${period}`, to: context.addresses.PossessionProofs, data, notAfter };
  return resultOf(
    await context.submit(
      { ...call, label: `prove period ${period} of set ${setId}`, priority: PRIORITY.prove },
      signal,
    ),
  );
};
