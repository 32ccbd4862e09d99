/** Offers that take new deals of a service. Prices differ from token to token, so they are sorted by whoever shows them. */
export const LIVE_OFFERS = /* GraphQL */ `
  query LiveOffers($first: Int!) {
    offers(
      where: { active: true, provider_: { jailed: false }, service_: { active: true, proofClass: 1 }, token_: { listed: true } }
      first: $first
      orderBy: unitPrice
    ) {
      offerId
      unitPrice
      capacityBytes
      freeBytes
      minTermPeriods
      region
      dealCount
      service { id name stakePerUnit unitBytes feeBps maxTermPeriods }
      token { address symbol decimals tokenId }
      provider {
        id name endpoint registeredAt activeDealCount proofCount missedCount activeStake
        allocations(first: 100) { serviceId amount reserved }
      }
    }
  }
`;

/** Whether a provider has accepted a deal and put its piece under proof. */
export const ACCEPTANCE = /* GraphQL */ `
  query Acceptance($id: ID!) {
    deal(id: $id) { status pieceCount }
  }
`;
