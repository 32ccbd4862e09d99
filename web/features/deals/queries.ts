/** Everything that a list shows of a deal. */
const DEAL_FIELDS = /* GraphQL */ `
  fragment DealFields on Deal {
    id
    dealId
    dealKey
    market
    status
    cid
    customer { id }
    provider { id name endpoint jailed }
    offer { offerId active unitPrice }
    token { address symbol decimals tokenId }
    unitPrice
    feeBps
    capacityBytes
    liveBytes
    termPeriods
    acceptBy
    fromPeriod
    termEndPeriod
    endPeriod
    endReason
    settledPeriod
    provenPeriods
    pieceCount
    locked
    earned
    released
    paid
    fee
    refunded
    sessionKey
    firstPieceRoot
    firstPieceLeafCount
    requestedAt
    acceptedAt
    endingAt
    closedAt
    requestTransactionHash
    provingSet { id setId proofCount missedCount lastProvenPeriod }
    lock { left expiresAt }
    newestPieces: pieces(first: 1, where: { removedIn: null }, orderBy: addedAt, orderDirection: desc) { cid }
  }
`;

export const DEALS = /* GraphQL */ `
  query Deals($where: Deal_filter!, $first: Int!) {
    deals(where: $where, first: $first, orderBy: requestedAt, orderDirection: desc) { ...DealFields }
  }
  ${DEAL_FIELDS}
`;

export const DEAL = /* GraphQL */ `
  query Deal($id: ID!) {
    deal(id: $id) {
      ...DealFields
      pieces(first: 1000, orderBy: addedAt) { id cid root slot meta sizeBytes addedIn removedIn addedAt transactionHash }
      rateChanges(first: 1000, orderBy: blockNumber) { fromPeriod liveBytes unitPrice blockNumber logIndex }
    }
  }
  ${DEAL_FIELDS}
`;

export const DEAL_EVENTS = /* GraphQL */ `
  query DealEvents($deal: String!, $fromBlock: BigInt!, $first: Int!) {
    dealEvents(
      where: { deal: $deal, blockNumber_gte: $fromBlock }
      first: $first
      orderBy: blockNumber
    ) {
      id kind actor amount bytes unitPrice period provenPeriods endReason sessionKey
      piece { cid }
      blockNumber timestamp transactionHash logIndex
    }
  }
`;

/** Periods that a set was proven in. */
export const PROVEN_PERIODS = /* GraphQL */ `
  query ProvenPeriods($set: String!, $after: Int!, $until: Int!, $first: Int!) {
    proofs(where: { provingSet: $set, period_gt: $after, period_lt: $until }, first: $first, orderBy: period) { period }
  }
`;

/** Periods that had a seed; without one nobody can prove a period, and nobody is at fault. */
export const SEEDED_PERIODS = /* GraphQL */ `
  query SeededPeriods($after: Int!, $until: Int!, $first: Int!) {
    rounds(where: { period_gt: $after, period_lt: $until }, first: $first, orderBy: period) { period }
  }
`;
