import { isAddress, isHash } from "viem";
import * as z from "zod/mini";
import type { TransactionRecord } from "@/lib/transactions/types";

/** The part of localStorage that we use. */
export type KeyValue = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const KEPT = 20;
const hash = z.custom<`0x${string}`>((value) => typeof value === "string" && isHash(value));
const address = z.custom<`0x${string}`>((value) => typeof value === "string" && isAddress(value, { strict: false }));

/** What outlives the page: only transactions that have a hash, since everything earlier costs nothing to do again. */
const schema = z.array(
  z.object({
    id: z.string(),
    key: z.string(),
    title: z.string(),
    sentence: z.string(),
    account: address,
    chainId: z.number(),
    createdAtMs: z.number(),
    hashes: z.array(hash).check(z.minLength(1)),
    steps: z.array(z.object({ what: z.enum(["permit", "approval", "batch", "transaction"]), title: z.string() })),
    outcome: z.optional(z.object({ label: z.string(), href: z.string() })),
    isDone: z.boolean(),
  }),
);

const keyOf = (chainId: number) => `4ever.${chainId}.transactions`;

/** Records that an earlier visit left. What cannot be read is dropped: the chain still knows it. */
export function loadRecords(storage: KeyValue, chainId: number): TransactionRecord[] {
  let stored: unknown;
  try {
    stored = JSON.parse(storage.getItem(keyOf(chainId)) ?? "[]");
  } catch (error) {
    console.warn("Stored transactions could not be read", error);
    return [];
  }
  const parsed = schema.safeParse(stored);
  if (!parsed.success) return [];
  return parsed.data.map(({ isDone, outcome, ...record }) => {
    const last = record.hashes[record.hashes.length - 1];
    if (!last) throw new Error("unreachable: the schema asks for a hash");
    return {
      ...record,
      outcome,
      feeWei: undefined,
      stage: isDone ? { name: "done" } : { name: "confirming", step: record.steps.length - 1, hash: last },
    };
  });
}

/** Keeps what must survive leaving the page; newest first, at most twenty. */
export function saveRecords(storage: KeyValue, chainId: number, records: readonly TransactionRecord[]): void {
  const kept = records
    .filter(({ hashes, stage }) => hashes.length > 0 && stage.name !== "failed")
    .slice(0, KEPT)
    .map(({ stage, feeWei: _feeWei, ...record }) => ({ ...record, isDone: stage.name === "done" }));
  try {
    storage.setItem(keyOf(chainId), JSON.stringify(kept));
  } catch (error) {
    // A full or forbidden storage only costs the list after a reload.
    console.warn("Transactions could not be stored", error);
  }
}
