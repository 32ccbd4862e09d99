// One account, provider, proving set, piece or round, as the explorer's pages show it.
import type { Address, Hex } from "viem";
import type { Query } from "./client.ts";
import { NETWORK_ID } from "./ids.ts";
import type { SentToken } from "./tables/columns.ts";
import type { PieceRow, ProviderRow, RoundRow, SetRow } from "./tables/index.ts";

/** What the index says, and at which height. */
type At<Result> = Result & { _meta: { block: { number: number } } };

/** An offer of a provider. Price in token base units per GiB and 30 periods. */
export interface SentOffer {
  id: Hex;
  offerId: string;
  active: boolean;
  service: { name: string };
  token: SentToken;
  unitPrice: string;
  capacityBytes: string;
  freeBytes: string;
  region: string;
  publicationTransactionHash: Hex;
}

/** A provider with its stake, its earnings and its offers. */
export type ProviderDetail = ProviderRow & {
  frozenStake: string;
  cutBps: number;
  nextCutBps: number;
  cutChangesAt: string;
  earnings: { token: SentToken; earned: string; paid: string; fees: string }[];
  offers: SentOffer[];
};

/** One provider, by its address in lower case. */
export const PROVIDER: Query<{ id: Address }, At<{ provider: ProviderDetail | null }>> = {
  document: `query Provider($id: ID!) {
  _meta { block { number } }
  provider(id: $id) {
    id name endpoint operator group jailed activeStake allocatedStake thawingStake delegatedStake delegatedThawingStake slashedStake
    frozenStake cutBps nextCutBps cutChangesAt
    dealCount activeDealCount liveBytes proofCount missedCount registeredAt registrationTransactionHash
    earnings { earned paid fees token { tokenId symbol decimals } }
    offers(first: 1000, orderBy: offerId) {
      id offerId active unitPrice capacityBytes freeBytes region publicationTransactionHash
      service { name }
      token { tokenId symbol decimals }
    }
  }
}
`,
};

/** An account with its balances and approvals. Token base units; Unix seconds. */
export interface AccountDetail {
  id: Address;
  dealCount: number;
  balances: { token: SentToken; available: string; locked: string }[];
  approvals: {
    id: Hex;
    operator: Address;
    agent: Address;
    tokenId: string;
    token: SentToken | null;
    most: string;
    expiresAt: string;
    transactionHash: Hex;
  }[];
}

/** One account, whether it is a provider, and whose operator it is. */
export const ACCOUNT: Query<
  { id: Address; address: Address },
  At<{
    account: AccountDetail | null;
    provider: { name: string } | null;
    operated: { id: Address; name: string }[];
  }>
> = {
  document: `query Account($id: ID!, $address: Bytes!) {
  _meta { block { number } }
  account(id: $id) {
    id dealCount
    balances { available locked token { tokenId symbol decimals } }
    approvals(first: 1000) {
      id operator agent tokenId most expiresAt transactionHash
      token { tokenId symbol decimals }
    }
  }
  provider(id: $id) { name }
  operated: providers(where: { operator: $address }) { id name }
}
`,
};

/** One proving set, by its id. */
export const PROVING_SET: Query<{ id: Hex }, At<{ provingSet: SetRow | null }>> = {
  document: `query ProvingSet($id: ID!) {
  _meta { block { number } }
  provingSet(id: $id) {
    id setId verifier operator market livePieceCount pieceCount liveBytes proofCount missedCount
    lastProvenPeriod lastMissedPeriod openedAt transactionHash position
    provider { id name }
  }
}
`,
};

/** One piece, by its id. */
export const PIECE: Query<{ id: Hex }, At<{ piece: (PieceRow & { startLeaf: string; cidDigest: Hex }) | null }>> = {
  document: `query Piece($id: ID!) {
  _meta { block { number } }
  piece(id: $id) {
    id root cid cidDigest slot startLeaf leafCount sizeBytes addedIn removedIn addedAt removedAt
    transactionHash removalTransactionHash position
    provider { id name }
    provingSet { id setId }
    deal { id dealId market }
  }
}
`,
};

/** One round, by its id. */
export const ROUND: Query<{ id: Hex }, At<{ round: RoundRow | null }>> = {
  document: `query Round($id: ID!) {
  _meta { block { number } }
  round(id: $id) {
    id period seed seedBlock dueAt recordedBy proofCount missedCount blockNumber timestamp transactionHash
  }
}
`,
};

/** The whole network and its tokens. Sizes in bytes, stake in EVER base units, money in base units of each token. */
export interface NetworkTotals {
  network: {
    providerCount: number;
    activeOfferCount: number;
    offeredBytes: string;
    freeBytes: string;
    rentedBytes: string;
    liveBytes: string;
    livePieceCount: number;
    provingSetCount: number;
    dealCount: number;
    activeDealCount: number;
    activeStake: string;
    thawingStake: string;
    slashedStake: string;
    proofCount: number;
    missedCount: number;
    roundCount: number;
  } | null;
  tokens: (SentToken & {
    listed: boolean;
    address: Address;
    deposited: string;
    withdrawn: string;
    locked: string;
    earned: string;
    paid: string;
    fees: string;
    refunded: string;
  })[];
}

/** The network's totals, and those of each listed token. */
export const TOTALS: Query<object, At<NetworkTotals>> = {
  document: `query Totals {
  _meta { block { number } }
  network(id: "${NETWORK_ID}") {
    providerCount activeOfferCount offeredBytes freeBytes rentedBytes liveBytes livePieceCount provingSetCount
    dealCount activeDealCount activeStake thawingStake slashedStake proofCount missedCount roundCount
  }
  tokens(where: { listed: true }, orderBy: tokenId) {
    tokenId symbol decimals listed address deposited withdrawn locked earned paid fees refunded
  }
}
`,
};
