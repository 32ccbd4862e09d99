import { possessionProofsAbi } from "@4ever/sdk/generated/abis";
import type { Piece } from "@4ever/sdk/proofs";
import { encodeFunctionData, type Hex } from "viem";
import type { Outcome } from "../chain/send.ts";
import { periodAt } from "../domain/clock.ts";
import { decideRemove, isRunning } from "../domain/deals.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf, streamFacts } from "./context.ts";

/** Another piece took the slot that was chosen, or a reorganisation changed it: no fault of the customer's, the next try chooses anew. */
const SLOT_TAKEN = /^ProofsSlot(Mismatch|Unavailable)\b/;

/** Puts the piece that the request carried under proof; it needs no signature. */
export const addFirst: DutyHandler<{ kind: "add-first"; dealId: bigint }> = async ({ dealId }, context, signal) => {
  const { contracts, store } = context;
  const deal = await store.deal(dealId);
  if (!deal) return { status: "over", note: "the deal is unknown" };
  const [{ status }, stream] = await Promise.all([
    contracts.market.read.dealOf([dealId]),
    contracts.payments.read.streamOf([deal.dealKey]),
  ]);
  if (!isRunning(status)) return { status: "waiting", note: "the deal does not run" };
  if (await store.hasPiece(dealId, deal.firstPiece.root)) return { status: "over", note: "it is under proof" };
  if (!(await store.held(deal.firstPiece.root))) return { status: "waiting", note: "the piece is not here" };
  const addition = { dealId, nonce: 0, pieces: [deal.firstPiece], signature: "0x" as const };
  return resultOf(await add({ ...addition, setId: stream.setId }, context, signal));
};

/** Puts later pieces under proof, as the session key signed them. */
export const addLater: DutyHandler<{ kind: "add"; dealId: bigint; nonce: number }> = async (
  { dealId, nonce },
  context,
  signal,
) => {
  const { contracts, store } = context;
  const [deal, addition] = await Promise.all([store.deal(dealId), store.addition(dealId, nonce)]);
  if (!deal || addition?.state !== "pending") return { status: "over", note: "nothing is pending" };
  const stream = await contracts.payments.read.streamOf([deal.dealKey]);
  const { pieces } = addition;
  if (stream.nonce === nonce) {
    await store.closeAddition(dealId, nonce, "added");
    return { status: "done", note: "it is under proof" };
  }
  if (stream.nonce > nonce) {
    const note = `nonce ${stream.nonce} was used meanwhile: sign the pieces again with a higher one`;
    await store.closeAddition(dealId, nonce, "refused", note);
    return { status: "refused", note };
  }
  if (stream.nonce === 0 && !(await store.hasPiece(dealId, deal.firstPiece.root))) {
    return { status: "waiting", note: "the first piece comes first" }; // a higher nonce would lock it out
  }
  for (const { root } of pieces) {
    if (!(await store.held(root))) return { status: "waiting", note: `piece ${root} is not here` };
  }
  const outcome = await add(
    { dealId, nonce, pieces, signature: addition.signature, setId: stream.setId },
    context,
    signal,
  );
  // One that was mined is closed by the nonce that the chain then shows, one that reverted is simulated again.
  const isFinal = outcome.status === "refused" && !SLOT_TAKEN.test(outcome.error);
  if (isFinal) await store.closeAddition(dealId, nonce, "refused", outcome.error);
  return resultOf(outcome);
};

async function add(
  addition: { dealId: bigint; nonce: number; pieces: Piece[]; signature: Hex; setId: number },
  context: DutyContext,
  signal: AbortSignal,
): Promise<Outcome> {
  const { dealId, nonce, pieces, signature, setId } = addition;
  const [piece] = pieces;
  if (!piece) return { status: "refused", error: "there is no piece" };
  const current = periodAt(context.clock, context.head().at);
  const free = pieces.length === 1 ? await context.store.freeSlot(setId, piece.leafCount, current) : undefined;
  const [id, n] = [BigInt(setId), BigInt(nonce)];
  // A dead range costs challenges that have to be drawn again: a piece that fits goes there first.
  const data = free
    ? encodeFunctionData({
        abi: possessionProofsAbi,
        functionName: "reuseSlot",
        args: [id, BigInt(free.slot), free.root, free.meta, dealId, piece, n, signature],
      })
    : encodeFunctionData({
        abi: possessionProofsAbi,
        functionName: "addPieces",
        args: [id, dealId, pieces, n, signature],
      });
  const call = { key: `add:${dealId}:${nonce}`, to: context.addresses.PossessionProofs, data };
  const label = `put ${pieces.length} piece(s) of deal ${dealId} under proof`;
  return await context.submit({ ...call, label, priority: PRIORITY.add }, signal);
}

/** Takes a piece out of proof whose deal is over: it earns nothing, and would still have to be proven. */
export const remove: DutyHandler<{ kind: "remove"; setId: number; slot: number }> = async (
  { setId, slot },
  context,
  signal,
) => {
  const { store, addresses } = context;
  const record = await store.slot(setId, slot);
  if (record?.removedIn !== 0) return { status: "over", note: "it is removed" };
  // Since this was planned, a reorganisation may have put another deal's piece there.
  const deal = await store.deal(record.dealId);
  if (!deal) return { status: "waiting", note: "the deal is unknown" };
  const decision = decideRemove(await streamFacts(context, record.dealId, deal.dealKey));
  if (!decision.act) return idle(decision);
  const args = [BigInt(setId), BigInt(slot), record.root, record.meta] as const;
  const data = encodeFunctionData({ abi: possessionProofsAbi, functionName: "removePiece", args });
  const call = {
    key: `remove:${setId}:${slot}:${record.meta}`, // the word tells deal and period: the slot may be used again for the same piece
    to: addresses.PossessionProofs,
    data,
  };
  const label = `remove slot ${slot} of set ${setId}`;
  return resultOf(await context.submit({ ...call, label, priority: PRIORITY.clean }, signal));
};

/** Lets a set follow the operator key that the registry names. */
export const syncOperator: DutyHandler<{ kind: "sync-operator"; setId: number }> = async (
  { setId },
  context,
  signal,
) => {
  const { contracts, provider, account } = context;
  if (!provider) return { status: "over", note: "a watcher has no sets" };
  const operator = await contracts.registry.read.operatorOf([provider]);
  if (operator.toLowerCase() !== account.toLowerCase()) {
    return { status: "waiting", note: `the registry names ${operator} as operator, our key is ${account}` };
  }
  const data = encodeFunctionData({ abi: possessionProofsAbi, functionName: "syncOperator", args: [BigInt(setId)] });
  const call = { key: `sync-operator:${setId}:${account.toLowerCase()}`, to: context.addresses.PossessionProofs, data };
  return resultOf(
    await context.submit({ ...call, label: `take over set ${setId}`, priority: PRIORITY.answer }, signal),
  );
};
