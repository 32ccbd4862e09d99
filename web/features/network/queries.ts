/** The whole network in figures, and its latest periods, newest first. */
export const NETWORK = /* GraphQL */ `
  query Network($first: Int!) {
    network(id: "0x6e6574776f726b") {
      providerCount activeOfferCount offeredBytes freeBytes dealCount activeDealCount rentedBytes livePieceCount liveBytes
      activeStake proofCount missedCount
    }
    rounds(first: $first, orderBy: period, orderDirection: desc) { period proofCount missedCount }
  }
`;
