import type { Contracts } from "@4ever/sdk/deployments";
import type { CarIndex } from "@4ever/sdk/pieces";
import type { Piece, SlotRecord } from "@4ever/sdk/proofs";
import type { Address, Hex, PublicClient } from "viem";
import type { StorageAdapter } from "../adapters/storage/adapter.ts";
import type { Incoming } from "../adapters/storage/incoming.ts";
import type { BoundContracts } from "../chain/contracts.ts";
import type { BlockRef } from "../chain/follow.ts";
import type { Call } from "../chain/outbox.ts";
import type { Outcome } from "../chain/send.ts";
import type { AuctionPolicy } from "../domain/auctions.ts";
import type { Clock } from "../domain/clock.ts";
import type { AcceptPolicy } from "../domain/deals.ts";
import type { DutyResult } from "../domain/duty.ts";
import type { ExitPolicy } from "../domain/exits.ts";
import type { DueReward, PaidFees, RewardPolicy } from "../domain/rewards.ts";
import type { VoucherPolicy, WaitingVoucher } from "../domain/vouchers.ts";

/** What duties read and write in the database. */
export type DutyStore = {
  deal(dealId: bigint): Promise<
    | {
        dealKey: bigint;
        customer: Address;
        tokenId: number;
        capacityBytes: bigint;
        unitPrice: bigint;
        setId: number | null;
        firstPiece: Piece;
      }
    | undefined
  >;
  /** Sets of a provider, the newest first. */
  setsOf(provider: Address): Promise<{ setId: number; operator: Address; lastProvenPeriod: number | null }[]>;
  set(setId: number): Promise<{ operator: Address; lastProvenPeriod: number | null } | undefined>;
  slotsOf(setId: number): Promise<SlotRecord[]>;
  slot(setId: number, slot: number): Promise<(SlotRecord & { dealId: bigint; removedIn: number }) | undefined>;
  /** A slot that is under proof in `period`. */
  liveSlot(setId: number, period: number): Promise<SlotRecord | undefined>;
  /** The smallest range that fits `leafCount` leaves and whose piece is no part of a proof still to come. */
  freeSlot(setId: number, leafCount: number, currentPeriod: number): Promise<SlotRecord | undefined>;
  /** Whether a piece of the deal is in a set, or ever was. */
  hasPiece(dealId: bigint, root: Hex): Promise<boolean>;
  held(root: Hex): Promise<{ leafCount: number; cidDigest: Hex } | undefined>;
  /** Capacity of a provider's deals that run or wait, one left out. Bytes. */
  committedBytes(provider: Address, exceptDeal: bigint): Promise<bigint>;
  knowsSeeds(fromPeriod: number, toPeriod: number): Promise<boolean>;
  addition(dealId: bigint, nonce: number): Promise<{ pieces: Piece[]; signature: Hex; state: string } | undefined>;
  closeAddition(dealId: bigint, nonce: number, state: "added" | "refused", error?: string): Promise<void>;
  upload(dealId: bigint, root: Hex): Promise<{ sizeBytes: number; state: string } | undefined>;
  refuseUpload(dealId: bigint, root: Hex, error: { code: string; message: string; hint: string }): Promise<void>;
  /** Writes down a checked CAR and marks its uploads as held. */
  keep(dealId: bigint, index: CarIndex): Promise<void>;
  dropUpload(dealId: bigint, root: Hex): Promise<void>;
  /** Forgets a CAR; false when an upload of an open deal counts on it. */
  discard(root: Hex): Promise<boolean>;
  /** Whether a call waits in the outbox, or was sent and is not mined yet. */
  isUnderWay(key: string): Promise<boolean>;
  /** Whether any call whose key begins so waits, or was sent and is not mined yet. */
  isUnderWayBelow(prefix: string): Promise<boolean>;
  /** Vouchers that could be redeemed, of the channel that ends first before the others. */
  waitingVouchers(nowAt: number): Promise<WaitingVoucher[]>;
  /** Deals and channels that paid something whose fees were not found recorded yet, those with most first. */
  paidFees(provider: Address, limit: number): Promise<PaidFees[]>;
  noteRecorded(row: PaidFees & { blockNumber: number }): Promise<void>;
  /** Tokens in which the provider is or was paid. */
  feeTokens(provider: Address): Promise<number[]>;
  /** Writes down what can be claimed now. */
  setDueRewards(due: readonly DueReward[], runningEpoch: bigint): Promise<void>;
  /** Calls that were mined, of those whose keys begin so. */
  minedCalls(prefix: string): Promise<number>;
};

/** Everything that a duty may use; instances arrive as arguments. */
export type DutyContext = {
  chainId: number;
  client: PublicClient;
  addresses: Contracts;
  contracts: BoundContracts;
  clock: Clock;
  /** Undefined for a watcher. */
  provider: Address | undefined;
  account: Address;
  acceptPolicy: AcceptPolicy;
  settleEveryPeriods: number;
  /** Undefined when no vouchers are taken. */
  vouchers: VoucherPolicy | undefined;
  /** Undefined when no fees are bought. */
  auctions: AuctionPolicy | undefined;
  /** Undefined when no EVER is fetched for the provider. */
  rewards: RewardPolicy | undefined;
  /** Undefined when no bounties are earned. */
  exits: ExitPolicy | undefined;
  payout: { address: Address; thresholds: Readonly<Record<number, bigint>> } | undefined;
  store: DutyStore;
  incoming: Incoming;
  storage: StorageAdapter;
  submit(call: Call, signal: AbortSignal): Promise<Outcome>;
  /** Why the contract would refuse a call now; undefined when it would not. */
  preview(call: Pick<Call, "to" | "data">): Promise<string | undefined>;
  /** The newest block whose events are applied. */
  head(): BlockRef;
};

/** Does one duty. Throws what is unexpected, such as a node that does not answer: it is tried again. */
export type DutyHandler<D> = (duty: D, context: DutyContext, signal: AbortSignal) => Promise<DutyResult>;

/** What the chain says now of a deal and its payments. */
export async function streamFacts({ contracts, clock, head }: DutyContext, dealId: bigint, dealKey: bigint) {
  const [{ status }, stream] = await Promise.all([
    contracts.market.read.dealOf([dealId]),
    contracts.payments.read.streamOf([dealKey]),
  ]);
  return { ...stream, nowAt: head().at, clock, status };
}

/** Priorities of calls in the outbox. */
export const PRIORITY = { prove: 0, record: 0, answer: 2, add: 3, report: 5, settle: 6, clean: 7 } as const;

/** What the outcome of its only transaction means for a duty. */
export function resultOf(outcome: Outcome): DutyResult {
  switch (outcome.status) {
    case "mined":
      return { status: "done", note: `mined in block ${outcome.mined.blockNumber}` };
    case "late":
      return { status: "over", note: "its deadline passed" };
    case "reverted":
    case "refused":
      return { status: "refused", note: outcome.error };
  }
}

/** The result of a decision not to act. */
export function idle({ reason, isOver }: { reason: string; isOver: boolean }): DutyResult {
  return { status: isOver ? "over" : "waiting", note: reason };
}
