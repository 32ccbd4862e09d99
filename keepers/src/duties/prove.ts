import { possessionProofsAbi } from "@4ever/sdk/generated/abis";
import { proveLeaves } from "@4ever/sdk/pieces";
import { buildProof } from "@4ever/sdk/proofs";
import { encodeFunctionData } from "viem";
import { periodAt } from "../domain/clock.ts";
import { decideProve } from "../domain/proving.ts";
import { type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** Proves one period of one of our sets from the kept CARs. */
export const prove: DutyHandler<{ kind: "prove"; setId: number; period: number }> = async (
  { setId, period },
  context,
  signal,
) => {
  const { contracts, store, cars, account, clock } = context;
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
      await using car = await cars.open(root);
      return await proveLeaves({ tree: car.index, readBytes: car.readBytes, indices });
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
