// All that the index has of one transaction.
import type { Address, Hex } from "viem";
import type { Query, Subgraph } from "./client.ts";
import type { SentToken } from "./tables/columns.ts";
import type { MissedRow, PaymentRow, ProofRow } from "./tables/index.ts";

interface Amount {
  id: Hex;
  provider: { id: Address };
  amount: string;
}

/** What a transaction left in the index, by kind. Money in base units of its token, stake in EVER base units. */
export interface TransactionRecord {
  payments: Omit<PaymentRow, "position" | "blockNumber" | "timestamp" | "transactionHash">[];
  dealEvents: {
    id: Hex;
    kind: string;
    deal: { dealId: string; market: Address; token: SentToken };
    amount: string | null;
    bytes: string | null;
    period: number | null;
    logIndex: string;
  }[];
  proofs: Pick<ProofRow, "id" | "period" | "provingSet" | "provider">[];
  missed: Pick<MissedRow, "id" | "period" | "provingSet" | "provider" | "strikes">[];
  rounds: { id: Hex; period: number }[];
  sets: { id: Hex; setId: string; provider: { id: Address } }[];
  added: { id: Hex; cid: string; sizeBytes: string; deal: { dealId: string } }[];
  removed: { id: Hex; cid: string; sizeBytes: string; deal: { dealId: string } }[];
  offers: { id: Hex; offerId: string; provider: { id: Address } }[];
  providers: { id: Address; name: string }[];
  invites: { id: Hex; status: "USED" | "REVOKED"; account: Address | null; issuer: { id: Address } }[];
  stakeDeposits: Amount[];
  thaws: Amount[];
  stakeWithdrawals: Amount[];
  slashes: {
    id: Hex;
    provider: { id: Address };
    fromActive: string;
    fromThawing: string;
    fromDelegated: string;
    fromDelegatedThawing: string;
    recipient: Address;
  }[];
  rewards: { id: Hex; provider: { id: Address }; toOwn: string; toPool: string }[];
  phases: { id: Hex; phase: string }[];
  approvals: { id: Hex; account: { id: Address }; operator: Address; agent: Address; most: string }[];
}

/** Reads it. Empty lists when the index knows nothing of the transaction, which says nothing about the chain. */
export async function getTransactionRecord(
  subgraph: Subgraph,
  hash: Hex,
  signal?: AbortSignal,
): Promise<{ record: TransactionRecord; block: number }> {
  const { _meta, ...record } = await subgraph.ask(TRANSACTION, { hash }, signal);
  return { record, block: _meta.block.number };
}

/** The question of {@link getTransactionRecord}. */
export const TRANSACTION: Query<{ hash: Hex }, TransactionRecord & { _meta: { block: { number: number } } }> = {
  document: `query Transaction($hash: Bytes!) {
  _meta { block { number } }
  payments: ledgerEntries(first: 1000, where: { transactionHash: $hash }, orderBy: logIndex) {
    id kind amount balance logIndex
    account { id }
    token { tokenId symbol decimals }
    lock { id deal { id dealId market } }
  }
  dealEvents(first: 1000, where: { transactionHash: $hash }, orderBy: logIndex) {
    id kind amount bytes period logIndex
    deal { dealId market token { tokenId symbol decimals } }
  }
  proofs(first: 1000, where: { transactionHash: $hash }) { id period provingSet { id setId } provider { id name } }
  missed: missedPeriods(first: 1000, where: { transactionHash: $hash }) {
    id period strikes provingSet { id setId } provider { id name }
  }
  rounds(first: 1000, where: { transactionHash: $hash }) { id period }
  sets: provingSets(first: 1000, where: { transactionHash: $hash }) { id setId provider { id } }
  added: pieces(first: 1000, where: { transactionHash: $hash }) { id cid sizeBytes deal { dealId } }
  removed: pieces(first: 1000, where: { removalTransactionHash: $hash }) { id cid sizeBytes deal { dealId } }
  offers(first: 1000, where: { publicationTransactionHash: $hash }) { id offerId provider { id } }
  providers(first: 1000, where: { registrationTransactionHash: $hash }) { id name }
  invites(first: 1000, where: { transactionHash: $hash }) { id status account issuer { id } }
  stakeDeposits(first: 1000, where: { transactionHash: $hash }) { id amount provider { id } }
  thaws(first: 1000, where: { transactionHash: $hash }) { id amount provider { id } }
  stakeWithdrawals(first: 1000, where: { transactionHash: $hash }) { id amount provider { id } }
  slashes(first: 1000, where: { transactionHash: $hash }) {
    id fromActive fromThawing fromDelegated fromDelegatedThawing recipient provider { id }
  }
  rewards(first: 1000, where: { transactionHash: $hash }) { id toOwn toPool provider { id } }
  phases: phaseChanges(first: 1000, where: { transactionHash: $hash }) { id phase }
  approvals: operatorApprovals(first: 1000, where: { transactionHash: $hash }) {
    id operator agent most account { id }
  }
}
`,
};
