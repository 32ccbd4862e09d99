const CHANNEL_FIELDS = /* GraphQL */ `
  fragment ChannelFields on Channel {
    id
    channelId
    status
    payer { id }
    payee { id }
    payout { id }
    service { id name }
    token { address symbol decimals tokenId }
    sessionKey
    feeBps
    locked
    redeemed
    paid
    refunded
    expiresAt
    closesAt
    openedAt
    closedAt
    transactionHash
  }
`;

export const CHANNELS = /* GraphQL */ `
  query Channels($where: Channel_filter!, $first: Int!) {
    channels(where: $where, first: $first, orderBy: channelId, orderDirection: desc) { ...ChannelFields }
  }
  ${CHANNEL_FIELDS}
`;

/** A channel by its number, with what was redeemed of it lately. */
export const CHANNEL = /* GraphQL */ `
  query Channel($channelId: BigInt!, $first: Int!) {
    channels(where: { channelId: $channelId }) {
      ...ChannelFields
      redemptions(first: $first, orderBy: cumulative, orderDirection: desc) {
        id cumulative amount paid usageRoot redeemedBy timestamp transactionHash
      }
    }
  }
  ${CHANNEL_FIELDS}
`;

/** Who can be paid, and for what. */
export const PAYEES = /* GraphQL */ `
  query Payees($first: Int!) {
    providers(where: { registeredAt_not: null }, first: $first, orderBy: registeredAt) { id name endpoint jailed }
    services(where: { active: true }, first: 100, orderBy: name) { id name feeBps }
  }
`;
