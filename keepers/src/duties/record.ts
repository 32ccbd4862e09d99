import { randomBeaconAbi } from "@4ever/sdk/generated/abis";
import { encodeHeader } from "@4ever/sdk/proofs";
import { type Block, encodeFunctionData } from "viem";
import { decideRecord } from "../domain/rounds.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** Finds the first block at or after a moment, and its parent. */
type FindBlock = (at: number) => Promise<{ block: Block; parent: Block } | undefined>;

/** Records the seed of the period that has just ended, when it is this keeper's turn. */
export function createRecord(findBlock: FindBlock): DutyHandler<{ kind: "record"; period: number }> {
  return async ({ period }, context, signal) => {
    const { clock, contracts, account, provider } = context;
    const [, dueAt] = await contracts.beacon.read.roundOf([BigInt(period)]);
    const decision = decideRecord({
      clock,
      period,
      nowAt: context.head().at,
      isRecorded: dueAt !== 0,
      isNeeded: await isNeeded(context, period),
      account,
      isWatcher: provider === undefined,
    });
    if (!decision.act) return idle(decision);

    const found = await findBlock(decision.boundaryAt);
    if (!found) return { status: "waiting", note: "no block has passed the boundary" };
    const args = [BigInt(period), encodeHeader(found.parent), encodeHeader(found.block)] as const;
    const data = encodeFunctionData({ abi: randomBeaconAbi, functionName: "record", args });
    // A boundary that was missed makes it another call: the block is another one.
    const key = `record:${period}:${decision.boundaryAt}`;
    const label = `record round ${period}`;
    const { notAfter } = decision;
    const to = context.addresses.RandomBeacon;
    const outcome = await context.submit({ key, to, data, label, priority: PRIORITY.record, notAfter }, signal);
    const isTaken = outcome.status === "refused" && outcome.error.startsWith("BeaconRoundKnown");
    return isTaken ? { status: "over", note: "somebody else recorded it" } : resultOf(outcome);
  };
}

async function isNeeded({ provider, store }: DutyContext, period: number): Promise<boolean> {
  if (!provider) return true;
  for (const { setId } of await store.setsOf(provider)) if (await store.liveSlot(setId, period)) return true;
  return false;
}
