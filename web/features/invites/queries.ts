/** What the chain knows of an issuer's invitations: how many it may still use, and which were used or revoked. */
export const ISSUER = /* GraphQL */ `
  query InviteIssuer($id: ID!, $first: Int!) {
    network(id: "0x6e6574776f726b") { phase }
    issuer(id: $id) {
      quota revokedBelow redeemedCount
      batches(first: $first, orderBy: nonce, orderDirection: desc) { nonce count redeemedCount revokedAt }
      invites(first: $first, orderBy: position, orderDirection: desc) {
        id index status account timestamp transactionHash
        batch { nonce }
      }
    }
  }
`;
