import type { BatchName, SendStep } from "@4ever/sdk/client";
import type { Address, Hash, Hex } from "viem";
import type { TokenUnit } from "@/lib/format/money";

/** One line of what a transaction costs or moves. */
export interface CostLine {
  label: string;
  /** Base units of `token`. */
  amount: bigint;
  token: TokenUnit;
  /** What becomes of it: "Locked; what is not earned comes back." */
  note?: string;
}

/** One fact that a signature is about, in words. */
export interface SignedFact {
  label: string;
  value: string;
}

/**
 * What the wallet is asked for, in the order in which the action reports it. A permit is a signature and costs nothing; a batch is an
 * approval and what it is for, which the wallet carries out as one.
 */
export interface PlanStep {
  what: "permit" | "approval" | "batch" | "transaction";
  title: string;
  /** What is signed, in words: wallets show typed data, people read sentences. */
  facts?: readonly SignedFact[];
}

export interface RunOptions {
  /** How a batch is named to the wallet, so that it is never sent twice. */
  batch: BatchName;
  onStep: (step: SendStep) => void;
  signal: AbortSignal;
}

export interface TransactionPlan {
  /** Names what is done, e.g. `deal/end/12`: while one with this key is under way, opening it again shows that one. */
  key: string;
  title: string;
  /** What will happen, in one sentence. */
  sentence: string;
  costs: readonly CostLine[];
  /** Gas units at most, for the network's fee; undefined where only the wallet can tell. */
  gasLimit?: bigint;
  /** What can be undone, and what cannot. */
  undo: string;
  /** Word on the button: a verb. */
  action: string;
  steps: readonly PlanStep[];
  /** Contract that the last transaction calls; recognises one whose hash the wallet never told us. */
  to: Address;
  /**
   * An action of the SDK: asks the wallet, sends, and waits. Reports as it goes on. It is run again only when it is certain that
   * nothing came of the attempt before, and skips approvals that are there.
   */
  run: (options: RunOptions) => Promise<unknown>;
  /** Where to go from here once it is done. */
  outcome?: { label: string; href: string };
  /** Closes the drawer once all is on chain, because the page behind it goes on. */
  closesOnConfirm?: boolean;
  /** Called once, as soon as all is on chain. */
  onConfirmed?: (receipts: readonly Receipt[]) => void;
  /** Called once, when the index shows the result. */
  onIndexed?: (receipts: readonly Receipt[]) => void;
}

/** What the store needs of a mined transaction. */
export interface Receipt {
  hash: Hash;
  blockNumber: number;
  blockHash: Hash;
  succeeded: boolean;
  gasUsed: bigint;
  /** Wei per gas that was paid. */
  gasPriceWei: bigint;
  logs: readonly { address: Address; topics: readonly Hex[]; data: Hex }[];
}

/** Why something did not work, for a person: what, why, what next. `refused` and `rejected`: nothing was sent. */
export interface Explanation {
  kind: "rejected" | "refused" | "unreachable" | "unknown";
  what: string;
  next: string;
}

/**
 * `preparing`: the chain is asked whether it would go through. `uncertain`: the wallet failed while sending, so the transaction may
 * or may not be out; it is looked for (`looking`) before anything is sent again. `step` counts the plan's steps.
 */
export type Stage =
  | { name: "review" }
  | { name: "preparing"; step: number }
  | { name: "asking"; step: number }
  | { name: "confirming"; step: number; hash: Hash }
  | { name: "indexing"; blockNumber: number; indexedBlock: number | undefined }
  | { name: "done" }
  | { name: "failed"; step: number; explanation: Explanation; resume: "ask" | "wait"; hash: Hash | undefined }
  | { name: "uncertain"; step: number; nonce: number; fromBlock: number; explanation: Explanation }
  | { name: "looking"; step: number };

export interface TransactionRecord {
  id: string;
  key: string;
  title: string;
  sentence: string;
  account: Address;
  chainId: number;
  createdAtMs: number;
  stage: Stage;
  /** Hashes of the transactions that were sent, in order. */
  hashes: readonly Hash[];
  /** Steps as they are shown; kept so that a reload can still show them. */
  steps: readonly Pick<PlanStep, "what" | "title">[];
  outcome: { label: string; href: string } | undefined;
  /** Wei that the network took, once mined. */
  feeWei: bigint | undefined;
}

const UNDER_WAY: ReadonlySet<Stage["name"]> = new Set(["preparing", "asking", "confirming", "indexing", "looking"]);

/** Whether something is going on that leaving the page must not lose. */
export function isUnderWay({ stage }: TransactionRecord): boolean {
  return UNDER_WAY.has(stage.name);
}
