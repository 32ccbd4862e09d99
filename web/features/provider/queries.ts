/** Everything that the pages of a provider show of it. */
export const OWN_PROVIDER = /* GraphQL */ `
  query OwnProvider($id: ID!, $account: Bytes!) {
    provider(id: $id) {
      id name endpoint operator group registeredAt jailed
      activeStake allocatedStake capacityStake thawingStake delegatedStake slashedStake frozenStake ownThawingIndex ownThawingEpoch
      delegatedThawingStake rewardedStake rewardedDelegation cutBps nextCutBps cutChangesAt
      dealCount activeDealCount liveBytes proofCount missedCount
      offers(first: 100, orderBy: offerId) {
        offerId unitPrice capacityBytes freeBytes minTermPeriods region active dealCount
        service { id name }
        token { address symbol decimals tokenId }
      }
      tranches(first: 16, where: { isOwn: true, shares_gt: 0 }, orderBy: number) { number shares epoch thawsAt }
      allocations(first: 100) { serviceId amount reserved service { id name stakePerUnit unitBytes } }
      provingSets(first: 100, orderBy: setId) { id setId operator liveBytes livePieceCount proofCount missedCount lastProvenPeriod lastMissedPeriod }
      earnings(first: 20) { id token { address symbol decimals tokenId } earned paid fees }
    }
    operated: providers(where: { operator: $account }, first: 20, orderBy: registeredAt) { id name operator endpoint }
    network(id: "0x6e6574776f726b") { phase }
    services(first: 100, where: { active: true, proofClass: 1 }, orderBy: name) { id name unitBytes stakePerUnit feeBps maxTermPeriods }
    tokens(first: 100, where: { listed: true }, orderBy: tokenId) { address symbol decimals tokenId }
  }
`;

/**
 * What a provider did and missed lately, newest first, which periods had a seed, and whether anything was under proof in the last
 * ended one, `judged`.
 */
export const RECENT_DUTIES = /* GraphQL */ `
  query RecentDuties($provider: String!, $from: Int!, $judged: Int!, $first: Int!) {
    proofs(where: { provider: $provider, period_gte: $from }, first: $first, orderBy: period, orderDirection: desc) {
      period timestamp transactionHash provingSet { setId }
    }
    missedPeriods(where: { provider: $provider, period_gte: $from }, first: $first, orderBy: period, orderDirection: desc) {
      period strikes reportedBy timestamp transactionHash provingSet { setId }
    }
    pieces(
      where: { and: [{ provider: $provider }, { addedIn_lt: $judged }, { or: [{ removedIn: null }, { removedIn_gte: $judged }] }] }
      first: 1
    ) { id }
    rounds(where: { period_gte: $from }, first: $first, orderBy: period, orderDirection: desc) { period dueAt }
  }
`;

/** Deals of a provider in some states, newest first, with what is to be done about them. */
export const PROVIDER_DEALS = /* GraphQL */ `
  query ProviderDeals($provider: String!, $statuses: [DealStatus!]!, $first: Int!) {
    deals(where: { provider: $provider, status_in: $statuses }, first: $first, orderBy: requestedAt, orderDirection: desc) {
      id dealId status cid customer { id } token { symbol decimals }
      unitPrice capacityBytes liveBytes acceptBy fromPeriod termEndPeriod endPeriod settledPeriod provenPeriods closedAt
      provingSet { lastProvenPeriod }
    }
  }
`;

/** Deals of a provider with the money in them. */
export const EARNING_DEALS = /* GraphQL */ `
  query EarningDeals($provider: String!, $first: Int!) {
    deals(where: { provider: $provider, status_in: [ACTIVE, ENDING, FINISHED] }, first: $first, orderBy: requestedAt, orderDirection: desc) {
      id dealId dealKey market status cid
      token { address symbol decimals tokenId }
      locked earned released paid fee settledPeriod endPeriod fromPeriod provenPeriods
    }
  }
`;

/** What settling paid to a provider, oldest first, from a moment on. */
export const PAYMENTS = /* GraphQL */ `
  query Payments($provider: String!, $after: BigInt!, $first: Int!) {
    settlements(where: { deal_: { provider: $provider }, timestamp_gt: $after, paid_gt: "0" }, first: $first, orderBy: timestamp) {
      id paid timestamp
      deal { dealId token { address symbol decimals tokenId } }
    }
  }
`;
