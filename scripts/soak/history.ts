// All that happened on the chain, read from its events alone, up to one block: what the audit adds up.
import { type Address, type Hex, type Log, parseEventLogs } from "viem";
import {
  dealMarketAbi,
  dealPaymentsAbi,
  ledgerAbi,
  possessionProofsAbi,
  randomBeaconAbi,
} from "../../sdk/src/generated/abis.ts";
import { decodeMeta } from "../../sdk/src/proofs/meta.ts";
import type { SoakNetwork } from "./network.ts";

const ABI = [...ledgerAbi, ...dealPaymentsAbi, ...dealMarketAbi, ...possessionProofsAbi, ...randomBeaconAbi] as const;
const RANGE_BLOCKS = 1_000n;

/** A piece in a proving set. Periods; `removedIn` undefined while it stays. */
export type PieceLife = {
  setId: number;
  slot: number;
  dealKey: bigint;
  root: Hex;
  bytes: bigint;
  addedIn: number;
  removedIn?: number;
};

/** A deal from its request to its end. Money in token base units. */
export type DealLife = {
  dealId: bigint;
  dealKey: bigint;
  customer: Address;
  provider: Address;
  firstRoot: Hex;
  unitPrice: bigint;
  setId?: number;
};

export type LockLife = {
  operator: Address;
  lockId: bigint;
  payer: Address;
  tokenId: number;
  in: bigint;
  paid: bigint;
  fee: bigint;
  refunded: bigint;
};

export type History = {
  block: { number: bigint; hash: Hex; timestamp: bigint };
  deals: Map<bigint, DealLife>;
  pieces: PieceLife[];
  /** Periods proven, by set. */
  proven: Map<number, Set<number>>;
  /** How often each set's period was proven: more than once would be paid twice. */
  proofs: { setId: number; period: number }[];
  /** Periods with a seed. */
  rounds: Set<number>;
  setProviders: Map<number, Address>;
  locks: Map<bigint, LockLife>;
  /** Balances of one token, by account, as the events add up. */
  balances: Map<Address, bigint>;
  deposited: Map<Address, bigint>;
  withdrawn: Map<Address, bigint>;
  /** Payments of deals, by the period up to which they paid. */
  settlements: { dealKey: bigint; settledPeriod: number }[];
};

export async function readHistory(
  { client, deployment }: SoakNetwork,
  tokenId: number,
  feeRecipient: Address,
): Promise<History> {
  const block = await client.getBlock();
  const { Ledger, DealPayments, DealMarket, PossessionProofs, RandomBeacon } = deployment.contracts;
  const address = [Ledger, DealPayments, DealMarket, PossessionProofs, RandomBeacon];
  const logs: Log<bigint, number, false>[] = [];
  for (let from = BigInt(deployment.startBlock); from <= block.number; from += RANGE_BLOCKS) {
    const last = from + RANGE_BLOCKS - 1n;
    logs.push(
      ...(await client.getLogs({ address, fromBlock: from, toBlock: last < block.number ? last : block.number })),
    );
  }
  const events = parseEventLogs({ abi: ABI, logs, strict: true });
  const history: History = {
    block,
    deals: new Map(),
    pieces: [],
    proven: new Map(),
    proofs: [],
    rounds: new Set(),
    setProviders: new Map(),
    locks: new Map(),
    balances: new Map(),
    deposited: new Map(),
    withdrawn: new Map(),
    settlements: [],
  };
  const add = (map: Map<Address, bigint>, account: Address, amount: bigint) =>
    void map.set(account, (map.get(account) ?? 0n) + amount);
  const move = (token: number, account: Address, amount: bigint) => {
    if (token === tokenId) add(history.balances, account, amount);
  };
  const lockOf = (lockId: bigint): LockLife => {
    const lock = history.locks.get(lockId);
    if (!lock) throw new Error(`the lock ${lockId} was never made`);
    return lock;
  };
  for (const { eventName, args } of events) {
    switch (eventName) {
      case "Deposited":
        move(args.tokenId, args.account, args.amount);
        if (args.tokenId === tokenId) add(history.deposited, args.account, args.amount);
        break;
      case "Withdrawn":
        move(args.tokenId, args.account, -args.amount);
        if (args.tokenId === tokenId) add(history.withdrawn, args.account, args.amount);
        break;
      case "Locked":
        move(args.tokenId, args.payer, -args.amount);
        history.locks.set(args.lockId, { ...args, in: args.amount, paid: 0n, fee: 0n, refunded: 0n });
        break;
      case "LockRaised": {
        const lock = lockOf(args.lockId);
        move(lock.tokenId, lock.payer, -args.amount);
        lock.in += args.amount;
        break;
      }
      case "Paid":
        move(lockOf(args.lockId).tokenId, args.payee, args.amount);
        lockOf(args.lockId).paid += args.amount;
        break;
      case "FeePaid":
        move(lockOf(args.lockId).tokenId, feeRecipient, args.amount);
        lockOf(args.lockId).fee += args.amount;
        break;
      case "Refunded":
        move(lockOf(args.lockId).tokenId, args.payer, args.amount);
        lockOf(args.lockId).refunded += args.amount;
        break;
      case "DealRequested": {
        const { dealId, dealKey, customer, provider, request, unitPrice } = args;
        const life = { dealId, dealKey, customer, provider, firstRoot: request.firstPiece.root, unitPrice };
        history.deals.set(dealKey, life);
        break;
      }
      case "StreamStarted": {
        const deal = history.deals.get(args.dealKey);
        if (deal) deal.setId = args.setId;
        break;
      }
      case "Settled":
        // A rate that changes only counts what was earned so far; whoever settles next pays it.
        if (args.paid > 0n) history.settlements.push({ dealKey: args.dealKey, settledPeriod: args.settledPeriod });
        break;
      case "SetOpened":
        history.setProviders.set(Number(args.setId), args.provider);
        break;
      case "PieceAdded": {
        const { leafCount, addedIn } = decodeMeta(args.meta);
        const place = { setId: Number(args.setId), slot: Number(args.slot), dealKey: args.dealKey, root: args.root };
        history.pieces.push({ ...place, bytes: BigInt(leafCount) * 128n, addedIn });
        break;
      }
      case "PieceRemoved": {
        const isIt = ({ setId, slot, removedIn }: PieceLife) =>
          setId === Number(args.setId) && slot === Number(args.slot) && removedIn === undefined;
        const piece = history.pieces.find(isIt);
        if (piece) piece.removedIn = Number(args.period);
        break;
      }
      case "PeriodProven": {
        const [setId, period] = [Number(args.setId), Number(args.period)];
        history.proofs.push({ setId, period });
        history.proven.set(setId, (history.proven.get(setId) ?? new Set()).add(period));
        break;
      }
      case "RoundRecorded":
        history.rounds.add(Number(args.period));
        break;
    }
  }
  return history;
}

/** Whether a piece is part of the proof of a period. */
export function isLiveIn({ addedIn, removedIn }: PieceLife, period: number): boolean {
  return addedIn < period && (removedIn === undefined || removedIn >= period);
}
