import { dealMarketAbi, dealPaymentsAbi, possessionProofsAbi, randomBeaconAbi } from "@4ever/sdk/generated/abis";
import type { Abi, Address, Hex, PublicClient } from "viem";
import { decodeFunctionData } from "viem";
import type { BlockRef } from "./follow.ts";

/**
 * A nonce that the account has used and this database did not sign. `duty`: a call that only a keeper makes. `other`: anything else, as the
 * owner sends it by hand. `unknown`: the node no longer tells what it was.
 */
export type Foreign = { nonce: number; kind: "duty" | "other" | "unknown"; what: string };

/** What the database knows of an account's nonces. */
export type NonceBook = {
  /** Undefined before the account was ever used from here. */
  sender(): Promise<{ sinceNonce: number; adoptedAt: number | null } | undefined>;
  /** Nonces in [from, to) that nobody wrote down; the last ones first. */
  missing(from: number, to: number): Promise<number[]>;
  /** Remembers what was seen, so that it is told once. */
  writeForeign(foreign: readonly Foreign[]): Promise<void>;
  foreignCount(): Promise<number>;
  /** From now on this database answers for the account's nonces from `sinceNonce` on. `adoptedAt` in Unix seconds of the chain. */
  adopt(sinceNonce: number, adoptedAt: number | null): Promise<void>;
};

/** What a keeper calls by itself and nobody by hand. Settling, finishing and withdrawing an owner does in the dashboard, too. */
const ABIS = [dealMarketAbi, dealPaymentsAbi, possessionProofsAbi, randomBeaconAbi] as readonly Abi[];
const DUTIES = new Set([
  "accept",
  "addPieces",
  "endAbandoned",
  "expire",
  "openSet",
  "prove",
  "record",
  "reportMissed",
  "reuseSlot",
]);
/** Transactions that are looked up one by one; an account that many others used is none of ours anyway. */
const MOST_LOOKED_UP = 8;
/** A keeper that was away for longer comes back as one that arrives: another one may have taken its place. */
const ABSENCE_PERIODS = 2;
/** After an operator has said that no other keeper runs, one that does shows within so many periods. */
const PROBATION_PERIODS = 2;

type Options = {
  client: PublicClient;
  account: Address;
  book: NonceBook;
  /** Length of a period, in seconds. */
  periodSeconds: number;
  /** Somebody else uses the account, and this keeper goes on. */
  onForeign: (foreign: readonly Foreign[]) => void;
};

export type NonceVerdict = { may: true } | { may: false; reason: string };

/** What to do about somebody else's nonces. */
export const ADOPT_ADVICE =
  "Should another keeper run with this key, end it, or give this one a key of its own. When none does, or ever will again: 4ever-keeper adopt.";

/**
 * Keeps two databases from acting with one key. Calls of another keeper that are met on arrival, or soon after an operator vouched for the
 * account, mean that this keeper came second: it must not send. Met while it works they are told, and it goes on: whoever came second
 * stops by the same rule. What an owner sends by hand never stops a keeper.
 */
export function createNonceGuard({ client, account, book, periodSeconds, onForeign }: Options) {
  let clearedTo: number | undefined;
  let lookedAt: number | undefined;
  let refusal: string | undefined;

  async function judge(used: number, head: BlockRef): Promise<NonceVerdict> {
    const sender = await book.sender();
    if (!sender) {
      if (used > 0) return { may: false, reason: neverSeen(account, used) };
      await book.adopt(0, null);
      return { may: true };
    }
    const missing = await book.missing(Math.max(clearedTo ?? 0, sender.sinceNonce), used);
    if (missing.length === 0) return { may: true };
    const foreign = await identify(client, account, missing, head.number);
    const isArriving = lookedAt === undefined || head.at - lookedAt > ABSENCE_PERIODS * periodSeconds;
    const isOnProbation = sender.adoptedAt !== null && head.at - sender.adoptedAt < PROBATION_PERIODS * periodSeconds;
    const isHarmless = foreign.every(({ kind }) => kind === "other");
    if (!isHarmless && (isArriving || isOnProbation)) return { may: false, reason: seenElsewhere(account, foreign) };
    await book.writeForeign(foreign);
    onForeign(foreign);
    return { may: true };
  }

  return {
    /** Whether this keeper may send now. `used` is the account's transaction count at `head`. */
    async check(used: number, head: BlockRef): Promise<NonceVerdict> {
      if (
        refusal === undefined &&
        clearedTo === used &&
        lookedAt !== undefined &&
        head.at - lookedAt <= periodSeconds
      ) {
        lookedAt = head.at;
        return { may: true };
      }
      const verdict = await judge(used, head);
      refusal = verdict.may ? undefined : verdict.reason;
      if (verdict.may) {
        clearedTo = used;
        lookedAt = head.at;
      }
      return verdict;
    },
    /** A nonce that this database signed went to somebody else's transaction. */
    lost(nonce: number): void {
      if (clearedTo !== undefined) clearedTo = Math.min(clearedTo, nonce);
    },
    /** Whether it has found that it may send, and still may. */
    isCleared: () => clearedTo !== undefined && refusal === undefined,
    refusal: () => refusal,
  };
}

export type NonceGuard = ReturnType<typeof createNonceGuard>;

/** What doctor and `adopt` tell of an account. Changes nothing. */
export async function surveyNonces({ client, account, book }: Pick<Options, "client" | "account" | "book">) {
  const head = await client.getBlock({ blockTag: "latest" });
  const used = await client.getTransactionCount({ address: account, blockNumber: head.number });
  const sender = await book.sender();
  const missing = used === 0 ? [] : await book.missing(sender?.sinceNonce ?? 0, used);
  const foreign = await identify(client, account, missing, Number(head.number));
  const isHarmless = (sender !== undefined || used === 0) && foreign.every(({ kind }) => kind === "other");
  const reason = isHarmless ? undefined : sender ? seenElsewhere(account, foreign) : neverSeen(account, used);
  return {
    used,
    at: Number(head.timestamp),
    isKnown: sender !== undefined,
    foreign,
    known: await book.foreignCount(),
    reason,
  };
}

function neverSeen(account: Address, used: number): string {
  return `${account} has sent ${used} transactions, and this database knows of none: another keeper may run with this key`;
}

function seenElsewhere(account: Address, foreign: readonly Foreign[]): string {
  const told = foreign.find(({ kind }) => kind === "duty") ?? foreign[0];
  return `${account} was used ${foreign.length} times by somebody else, last for ${told?.what ?? "nothing known"}: another keeper runs, or ran, with this key`;
}

async function identify(
  client: PublicClient,
  account: Address,
  nonces: readonly number[],
  headBlock: number,
): Promise<Foreign[]> {
  const found: Foreign[] = [];
  for (const [i, nonce] of nonces.entries()) {
    const isWorthIt = i < MOST_LOOKED_UP && !found.some(({ kind }) => kind === "duty");
    found.push(isWorthIt ? await lookUp(client, account, nonce, headBlock) : unknown(nonce));
  }
  return found;
}

const unknown = (nonce: number): Foreign => ({ nonce, kind: "unknown", what: `nonce ${nonce}` });

/** Finds the transaction that used a nonce. A node tells none by its nonce, so the block is searched in which the count passed it. */
async function lookUp(client: PublicClient, account: Address, nonce: number, headBlock: number): Promise<Foreign> {
  try {
    let [before, at] = [-1, headBlock];
    while (at - before > 1) {
      const middle = Math.floor((before + at) / 2);
      const used = await client.getTransactionCount({ address: account, blockNumber: BigInt(middle) });
      if (used > nonce) at = middle;
      else before = middle;
    }
    const { transactions } = await client.getBlock({ blockNumber: BigInt(at), includeTransactions: true });
    const isIt = (candidate: { from: Address; nonce: number }) =>
      candidate.from.toLowerCase() === account.toLowerCase() && candidate.nonce === nonce;
    const transaction = transactions.find(isIt);
    if (!transaction) return unknown(nonce);
    const name = functionOf(transaction.input);
    const what = `${name ?? "a transfer or an unknown call"} in block ${at} (${transaction.hash})`;
    return { nonce, kind: name !== undefined && DUTIES.has(name) ? "duty" : "other", what };
  } catch {
    return unknown(nonce); // most nodes forget old states
  }
}

function functionOf(data: Hex): string | undefined {
  for (const abi of ABIS) {
    try {
      return decodeFunctionData({ abi, data }).functionName;
    } catch {
      // not one of this contract's
    }
  }
  return undefined;
}
