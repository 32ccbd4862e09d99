/** Fees of each token: what is for sale, what was sold lately, and what was burned for them. */
export const AUCTIONS = /* GraphQL */ `
  query Auctions($first: Int!) {
    feeAuctions(first: 100, orderBy: id) {
      id waiting collected insured sold burned
      token { address symbol decimals tokenId }
      lot { lotId amount startPrice openedAt }
    }
    feeLots(first: $first, where: { soldAt_not: null }, orderBy: soldAt, orderDirection: desc) {
      id lotId amount startPrice openedAt price buyer soldAt saleTransactionHash
      auction { token { address symbol decimals tokenId } }
    }
  }
`;
