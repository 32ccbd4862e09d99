import { type Account, type Address, encodeAbiParameters, type Hex, type WalletClient } from "viem";

/** What an issuer signs. `invitee` zero is for whoever comes first; `expiresAt` in Unix seconds. */
export interface InviteTerms {
  issuer: Address;
  invitee: Address;
  nonce: bigint;
  expiresAt: number;
}

/** EIP-712 fields of an invitation, as `InviteRegistry` hashes them. */
export const INVITE_FIELDS = [
  { name: "issuer", type: "address" },
  { name: "invitee", type: "address" },
  { name: "nonce", type: "uint256" },
  { name: "expiresAt", type: "uint40" },
] as const;

/** The typed data that an issuer signs for one `InviteRegistry`. */
export function inviteTypedData(registry: { chainId: number; address: Address }, terms: InviteTerms) {
  return {
    domain: { name: "4EVER Invites", version: "1", chainId: registry.chainId, verifyingContract: registry.address },
    primaryType: "Invite",
    types: { Invite: INVITE_FIELDS },
    message: terms,
  } as const;
}

/** The invitation as `ProviderRegistry.register` takes it: `abi.encode(IInviteRegistry.Invite)`. */
export function encodeInvite(invite: InviteTerms & { signature: Hex }): Hex {
  const components = [...INVITE_FIELDS, { name: "signature", type: "bytes" }] as const;
  return encodeAbiParameters([{ type: "tuple", components }], [invite]);
}

/** Signs an invitation with the wallet's account and encodes it. Throws what the wallet throws when it refuses. */
export async function signInvite(
  wallet: Pick<WalletClient, "signTypedData"> & { account: Account },
  registry: { chainId: number; address: Address },
  terms: InviteTerms,
): Promise<Hex> {
  const signature = await wallet.signTypedData({ account: wallet.account, ...inviteTypedData(registry, terms) });
  return encodeInvite({ ...terms, signature });
}
