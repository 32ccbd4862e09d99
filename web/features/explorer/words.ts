import type { TableName } from "@4ever/sdk/subgraph/tables/index";
import type { PaymentKind } from "@4ever/sdk/subgraph/tables/payments";
import type { LucideIcon } from "lucide-react";
import { BadgeX, CheckCheck, Coins, Dices, FileBox, Files, HardDrive, Layers, Mail } from "lucide-react";

/** What happened to an account's balance. */
export const PAYMENT_WORDS: Record<PaymentKind, string> = {
  DEPOSIT: "Deposit",
  WITHDRAWAL: "Withdrawal",
  LOCK: "Locked",
  LOCK_RAISE: "Added to a lock",
  PAYMENT: "Paid for proofs",
  FEE: "Protocol fee",
  REFUND: "Returned",
};

/** How a table is presented. */
export interface TableWords {
  title: string;
  /** In the row of links. */
  short: string;
  /** What a reader finds in it. */
  about: string;
  icon: LucideIcon;
  /** What fills it, while it is empty. */
  empty: string;
}

export const TABLE_WORDS: Record<TableName, TableWords> = {
  providers: {
    title: "Providers",
    short: "Providers",
    about: "Who provides: what they staked, what they hold under proof, what they proved and what they missed.",
    icon: HardDrive,
    empty: "A provider appears with its registration or its first stake.",
  },
  deals: {
    title: "Deals",
    short: "Deals",
    about: "Rented capacity: who pays whom for what, and what became of the money.",
    icon: Files,
    empty: "A deal appears as soon as somebody requests one.",
  },
  pieces: {
    title: "Pieces",
    short: "Pieces",
    about: "Sealed batches of bytes, each under one Merkle root; removed ones stay listed.",
    icon: FileBox,
    empty: "A piece appears when a provider puts it under proof.",
  },
  sets: {
    title: "Proving sets",
    short: "Proving sets",
    about: "A provider’s live pieces, proven as a whole once per period.",
    icon: Layers,
    empty: "A proving set appears when a provider’s keeper opens it.",
  },
  proofs: {
    title: "Proofs",
    short: "Proofs",
    about: "Periods in which a set was proven: five leaves that nobody could foresee, with their paths.",
    icon: CheckCheck,
    empty: "A proof appears when a provider has proven a set for a period.",
  },
  missed: {
    title: "Missed periods",
    short: "Missed",
    about: "Periods that went unproven and that somebody reported: unpaid, and a strike each.",
    icon: BadgeX,
    empty: "A missed period appears when somebody reports it. Unreported ones are unpaid all the same.",
  },
  rounds: {
    title: "Rounds",
    short: "Rounds",
    about: "The random seed of each period, the block that gave it, and what was proven with it.",
    icon: Dices,
    empty: "A round appears when the first period has ended and its seed was recorded.",
  },
  payments: {
    title: "Payments",
    short: "Payments",
    about: "Every movement in the ledger: the amounts of an account and token add up to its balance.",
    icon: Coins,
    empty: "A movement appears with the first deposit.",
  },
  invites: {
    title: "Invites",
    short: "Invites",
    about: "Used and revoked invitations. Unused ones are signatures that nobody can count.",
    icon: Mail,
    empty: "An invitation appears when a provider registers with it.",
  },
};

/** What a page about one thing says of itself before the thing is known. */
export const ITEM_ABOUT = "What the network’s events tell of it.";

/** Heights of the overview while it loads. */
export const OVERVIEW_HEIGHTS = ["h-52", "h-96"] as const;
/** Heights of a page about one thing while it loads. */
export const ITEM_HEIGHTS = ["h-24", "h-64"] as const;
