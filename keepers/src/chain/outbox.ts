import type { Address, Hex } from "viem";

/** A transaction that a duty asks for. The same `key` happens once, whatever crashes or asks again. */
export type Call = {
  key: string;
  to: Address;
  data: Hex;
  /** For people: what it does. */
  label: string;
  /** Smaller goes first: 0 has a deadline of seconds, 9 can wait. */
  priority: number;
  /** Unix seconds in chain time after which sending makes no sense. */
  notAfter?: number;
};

export type OutboxStatus = "queued" | "sent" | "mined" | "reverted" | "refused" | "late";

export type OutboxRow = Omit<Call, "notAfter"> & {
  id: number;
  status: OutboxStatus;
  notAfter: number | null;
  nonce: number | null;
  gas: number | null;
  hash: Hex | null;
  blockNumber: number | null;
  gasUsed: number | null;
  error: string | null;
};

/** One signed try. Fees in wei per gas. */
export type Attempt = {
  hash: Hex;
  raw: Hex;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  signedAtBlock: number;
};

export type SentRow = OutboxRow & { nonce: number; gas: number; attempts: Attempt[] };

export type Mined = { hash: Hex; blockNumber: number; gasUsed: number };

/** Where transactions wait and are remembered. Every call is one database transaction. */
export type Outbox = {
  /** Adds a call, joins the one under way, or opens again one that was refused, reverted or late. */
  enqueue(call: Call): Promise<OutboxRow>;
  find(key: string): Promise<OutboxRow | undefined>;
  /** Most urgent first. */
  queued(): Promise<OutboxRow[]>;
  /** By nonce. */
  sent(): Promise<SentRow[]>;
  /** Fixes nonce and signed bytes before anything is sent. Throws when the nonce is taken, or the call no longer waits. */
  sign(id: number, nonce: number, gas: number, attempt: Attempt): Promise<void>;
  addAttempt(id: number, attempt: Attempt): Promise<void>;
  finish(id: number, status: "mined" | "reverted", mined: Mined, error?: string): Promise<void>;
  close(id: number, status: "refused" | "late", error: string): Promise<void>;
  /** Its nonce went to another transaction: back to the queue, without nonce and attempts. */
  requeue(id: number): Promise<void>;
  /** What was mined after `blockNumber` is under way again. */
  rewind(blockNumber: number): Promise<void>;
};
