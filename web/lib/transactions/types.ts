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

/** What the wallet is asked for, in order. A step is run again only when it is known that nothing came of it. */
export type PlanStep =
  | {
      kind: "sign";
      title: string;
      /** What is signed, in words: wallets show typed data, people read sentences. */
      facts: readonly SignedFact[];
      run: () => Promise<Hex>;
    }
  | {
      kind: "send";
      title: string;
      /** Contract that is called; recognises a transaction whose hash the wallet never told us. */
      to: Address;
      run: () => Promise<Hash>;
    };

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
  /** Where to go from here once it is done. */
  outcome?: { label: string; href: string };
  /** Called once, when the index shows the result. Pages use it to refresh or to go on. */
  onIndexed?: (receipts: readonly Receipt[]) => void;
  /** Called once, as soon as the last transaction is on chain. */
  onConfirmed?: (receipts: readonly Receipt[]) => void;
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

/** Why something did not work, for a person: what, why, what next. */
export interface Explanation {
  kind: "rejected" | "refused" | "unreachable" | "unknown";
  what: string;
  next: string;
}

/**
 * `uncertain`: the wallet failed while sending, so the transaction may or may not be out; it is looked for before anything is sent again.
 */
export type Stage =
  | { name: "review" }
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
  steps: readonly { kind: "sign" | "send"; title: string }[];
  outcome: { label: string; href: string } | undefined;
  /** Wei that the network took, once mined. */
  feeWei: bigint | undefined;
}

/** Whether something is still going on that leaving the page must not lose. */
export function isUnderWay({ stage }: TransactionRecord): boolean {
  return (
    stage.name === "asking" || stage.name === "confirming" || stage.name === "indexing" || stage.name === "looking"
  );
}
