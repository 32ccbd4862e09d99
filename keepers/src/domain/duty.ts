import type { Hex } from "viem";

/** Something that a keeper may have to do now. Its key makes it happen once at a time. */
export type Duty =
  /** Record the seed of a period. */
  | { kind: "record"; period: number }
  /** Prove a set's period. */
  | { kind: "prove"; setId: number; period: number }
  /** Accept a requested deal whose first piece is held, or decline one that does not fit. */
  | { kind: "answer"; dealId: bigint; isHeld: boolean }
  /** Put the piece that the request carried under proof. */
  | { kind: "add-first"; dealId: bigint }
  /** Put later pieces under proof, with the session key's signature. */
  | { kind: "add"; dealId: bigint; nonce: number }
  /** Take pieces out of proof whose deal is over. */
  | { kind: "remove"; setId: number; slot: number }
  /** Take over the provider's new operator key. */
  | { kind: "sync-operator"; setId: number }
  | { kind: "settle"; dealId: bigint; toPeriod: number }
  | { kind: "finish"; dealId: bigint }
  /** Give everything back of a deal that nobody accepted in time. */
  | { kind: "expire"; dealId: bigint }
  /** End a deal whose provider missed three periods in a row. */
  | { kind: "abandon"; dealId: bigint }
  | { kind: "report"; setId: number; period: number }
  /** Take earnings out of the ledger. */
  | { kind: "withdraw"; tokenId: number; period: number }
  /** Redeem vouchers of channels that pay this provider. */
  | { kind: "redeem" }
  /** Buy the fees in a token. */
  | { kind: "bid"; tokenId: number }
  /** Record the fees that the provider's deals and channels paid. */
  | { kind: "record-fees" }
  /** Claim rewards of ended epochs. */
  | { kind: "claim" }
  /** Pay out stake at the provider that has thawed. */
  | { kind: "withdraw-stake" }
  /** Pay out anybody's thawed stake for the bounty that its owner promised. */
  | { kind: "execute-exits" }
  /** Check an upload whose parts are all there. */
  | { kind: "verify"; dealId: bigint; root: Hex }
  /** Drop an upload whose deal is closed. */
  | { kind: "forget"; dealId: bigint; root: Hex }
  /** Delete bytes that no deal needs. */
  | { kind: "discard"; root: Hex };

export type DutyKind = Duty["kind"];

/** Name of a duty in queue and logs, such as `prove:3:1200`. */
export function dutyKey(duty: Duty): string {
  const { kind } = duty;
  switch (kind) {
    case "record":
      return `${kind}:${duty.period}`;
    case "prove":
    case "report":
      return `${kind}:${duty.setId}:${duty.period}`;
    case "answer":
      return `${kind}:${duty.dealId}${duty.isHeld ? ":held" : ""}`;
    case "add":
      return `${kind}:${duty.dealId}:${duty.nonce}`;
    case "remove":
      return `${kind}:${duty.setId}:${duty.slot}`;
    case "sync-operator":
      return `${kind}:${duty.setId}`;
    case "settle":
      return `${kind}:${duty.dealId}:${duty.toPeriod}`;
    case "withdraw":
      return `${kind}:${duty.tokenId}:${duty.period}`;
    case "verify":
    case "forget":
      return `${kind}:${duty.dealId}:${duty.root}`;
    case "discard":
      return `${kind}:${duty.root}`;
    case "redeem":
    case "record-fees":
    case "claim":
    case "withdraw-stake":
    case "execute-exits":
      return kind;
    case "bid":
      return `${kind}:${duty.tokenId}`;
    default:
      return `${kind}:${duty.dealId}`;
  }
}

/** What became of a duty. `waiting` and `refused` come again, `done` and `over` do not. */
export type DutyResult = { status: "done" | "over" | "waiting" | "refused"; note: string };

/** What to do about a duty: act, or leave it for a reason. `isOver` says that it will never have to be done any more. */
export type Decision<Action = object> = ({ act: true } & Action) | { act: false; reason: string; isOver: boolean };

/** Not now; it may become due. */
export function wait(reason: string): Extract<Decision, { act: false }> {
  return { act: false, reason, isOver: false };
}

/** Never any more. */
export function over(reason: string): Extract<Decision, { act: false }> {
  return { act: false, reason, isOver: true };
}
