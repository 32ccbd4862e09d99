import { parseInvite } from "@4ever/sdk/invites/code";
import type { InviteState } from "@4ever/sdk/invites/issuing";
import type { Address, Hash } from "viem";
import type { IssuedBatch } from "@/features/invites/issued";

/** What the index says of an issuer. */
export interface IssuerOnChain {
  /** Providers that it may still let in. */
  quota: bigint;
  /** Batches of a lower number are void. */
  revokedBelow: bigint;
  redeemedCount: number;
  batches: readonly { nonce: bigint; count: number | undefined; redeemedCount: number; isRevoked: boolean }[];
  invites: readonly {
    nonce: bigint;
    index: number;
    isUsed: boolean;
    account: Address | undefined;
    at: number;
    hash: Hash;
  }[];
}

/** One invitation, as far as this browser and the chain know it. */
export interface Invitation {
  nonce: bigint;
  index: number;
  /** Undefined when only the chain knows it, and nobody entered with its batch. */
  count: number | undefined;
  state: InviteState;
  /** The rest is known where it was issued. */
  code?: string;
  /** Undefined for one that lets in whoever has its link. */
  invitee?: Address;
  isOpen?: boolean;
  expiresAt?: number;
  issuedAt?: number;
  /** Of what became of it. */
  usedBy?: Address;
  at?: number;
  hash?: Hash;
}

const keyOf = (nonce: bigint, index: number) => `${nonce}/${index}`;

/** All invitations of an issuer that are known, newest first. `nowAt` in Unix seconds of the chain. */
export function invitationsOf(
  issued: readonly IssuedBatch[],
  { quota, revokedBelow, batches, invites }: IssuerOnChain,
  nowAt: number | undefined,
): Invitation[] {
  const traces = new Map(invites.map((trace) => [keyOf(trace.nonce, trace.index), trace]));
  const void_ = new Set(batches.filter(({ isRevoked }) => isRevoked).map(({ nonce }) => nonce));
  const found: Invitation[] = [];
  for (const { codes, issuedAt } of issued) {
    for (const code of codes) {
      const invite = readable(code);
      if (!invite) continue;
      const { nonce, index, count, expiresAt, invitee, key } = invite;
      const trace = traces.get(keyOf(nonce, index));
      traces.delete(keyOf(nonce, index));
      const isRevoked = trace !== undefined || nonce < revokedBelow || void_.has(nonce);
      const isOver = nowAt !== undefined && nowAt >= expiresAt;
      const left = quota === 0n ? "stopped" : "unused";
      const state = trace?.isUsed ? "used" : isRevoked ? "revoked" : isOver ? "expired" : left;
      const known = { nonce, index, count, state, code, expiresAt, issuedAt, isOpen: key !== undefined } as const;
      found.push({ ...known, ...(key ? {} : { invitee }), ...(trace && outcomeOf(trace)) });
    }
  }
  const counts = new Map(batches.map(({ nonce, count }) => [nonce, count]));
  for (const trace of traces.values()) {
    const { nonce, index, isUsed } = trace;
    const count = counts.get(nonce);
    found.push({ nonce, index, count, state: isUsed ? "used" : "revoked", ...outcomeOf(trace) });
  }
  return found.sort((one, other) =>
    one.nonce === other.nonce ? one.index - other.index : one.nonce > other.nonce ? -1 : 1,
  );
}

function outcomeOf({ account, at, hash }: IssuerOnChain["invites"][number]) {
  return { at, hash, ...(account && { usedBy: account }) };
}

/** What somebody else wrote into the storage is no reason to show nothing. */
function readable(code: string) {
  try {
    return parseInvite(code);
  } catch {
    return undefined;
  }
}

/** Invitations that were signed together. */
export interface Batch {
  nonce: bigint;
  count: number;
  used: number;
  /** Those that can still be used. */
  open: number;
  issuedAt: number;
  expiresAt: number;
  codes: readonly string[];
}

/** Batches of more than one that were issued here, newest first. */
export function batchesOf(invitations: readonly Invitation[]): Batch[] {
  const batches = new Map<bigint, Batch>();
  for (const { nonce, count, state, code, expiresAt, issuedAt } of invitations) {
    if (!code || count === undefined || count < 2 || expiresAt === undefined || issuedAt === undefined) continue;
    const before = batches.get(nonce) ?? { nonce, count, used: 0, open: 0, issuedAt, expiresAt, codes: [] };
    batches.set(nonce, {
      ...before,
      used: before.used + (state === "used" ? 1 : 0),
      open: before.open + (state === "unused" || state === "stopped" ? 1 : 0),
      codes: [...before.codes, code],
    });
  }
  return [...batches.values()];
}

/** A table for whoever hands the links out: RFC 4180. */
export function csvOf(batch: Pick<Batch, "codes">, linkOf: (code: string) => string): string {
  const lines = batch.codes.map((code) => {
    const { index, invitee, key } = parseInvite(code);
    return `${index},${key ? "whoever has the link" : invitee},${linkOf(code)}`;
  });
  return `${["invitation,for,link", ...lines].join("\r\n")}\r\n`;
}
