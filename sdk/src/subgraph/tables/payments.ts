import type { Address, Hex } from "viem";
import { moment, money, type SentToken, TOKEN_FIELDS, text } from "./columns.ts";
import { addressFilter, choiceFilter, lockFilter } from "./filters.ts";
import { documentOf, type Table } from "./table.ts";

/** Why a balance changed: `LedgerEntryKind` of the schema. */
export type PaymentKind = "DEPOSIT" | "WITHDRAWAL" | "LOCK" | "LOCK_RAISE" | "PAYMENT" | "FEE" | "REFUND";

/** A change of a balance in the ledger. `amount` is negative when the balance fell. */
export interface PaymentRow {
  id: Hex;
  kind: PaymentKind;
  account: { id: Address };
  amount: string;
  balance: string;
  token: SentToken;
  lock: { id: Hex; deal: { id: Hex; dealId: string; market: Address } | null } | null;
  blockNumber: string;
  logIndex: string;
  timestamp: string;
  transactionHash: Hex;
  position: string;
}

const kind = (value: PaymentKind, label: string) => ({ label, where: { kind: value } });

/** Every movement of money in the ledger: the amounts of an account and token add up to its balance. */
export const payments: Table<PaymentRow> = {
  name: "payments",
  document: documentOf(
    "payments",
    "LedgerEntry",
    "ledgerEntries",
    `id kind amount balance blockNumber logIndex timestamp transactionHash position
     account { id }
     ${TOKEN_FIELDS}
     lock { id deal { id dealId market } }`,
  ),
  sorts: {
    position: { label: "Time", field: "position", type: "BigInt", isUnique: true },
    amount: { label: "Amount", field: "amount", type: "BigInt" },
  },
  filters: {
    kind: choiceFilter("Kind", {
      deposit: kind("DEPOSIT", "Deposits"),
      lock: kind("LOCK", "Locked"),
      raise: kind("LOCK_RAISE", "Added to a lock"),
      payment: kind("PAYMENT", "Paid for proofs"),
      fee: kind("FEE", "Fees"),
      refund: kind("REFUND", "Returned"),
      withdrawal: kind("WITHDRAWAL", "Withdrawals"),
    }),
    account: addressFilter("Account", "account"),
    deal: lockFilter,
  },
  columns: [
    ...moment<PaymentRow>("time", ({ timestamp }) => timestamp),
    text("kind", (row) => row.kind),
    text("account", (row) => row.account.id),
    ...money<PaymentRow>([
      ["amount", ({ amount }) => amount],
      ["balance after it", ({ balance }) => balance],
    ]),
    text("deal", (row) => row.lock?.deal?.dealId ?? null),
    text("market", (row) => row.lock?.deal?.market ?? null),
    text("lock", (row) => row.lock?.id ?? null),
    text("block", (row) => row.blockNumber),
    text("log index", (row) => row.logIndex),
    text("transaction", (row) => row.transactionHash),
  ],
};
