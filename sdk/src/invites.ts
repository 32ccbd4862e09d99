import {
  type Account,
  type Address,
  decodeAbiParameters,
  encodeAbiParameters,
  type Hex,
  isHex,
  recoverTypedDataAddress,
  toHex,
  type WalletClient,
  zeroAddress,
} from "viem";
import { signTypedData } from "viem/actions";
import { accountOf, addressOf, explained, type ProtocolClient } from "./client.ts";
import type { Deployment } from "./deployments.ts";

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

const INVITE_PARAMETERS = [
  { type: "tuple", components: [...INVITE_FIELDS, { name: "signature", type: "bytes" }] },
] as const;

/** The invitation as `ProviderRegistry.register` takes it: `abi.encode(IInviteRegistry.Invite)`. */
export function encodeInvite(invite: InviteTerms & { signature: Hex }): Hex {
  return encodeAbiParameters(INVITE_PARAMETERS, [invite]);
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

/** Who invites whom, and until when. */
export interface CreateInviteOptions {
  deployment: Deployment;
  /** The issuer; the client's account when absent. */
  account?: Account | Address;
  /** Whom it is for; whoever comes first when absent. */
  invitee?: Address;
  /** Unix seconds. */
  expiresAt: number;
}

/**
 * Makes an invitation: a signature of the issuer's wallet, no transaction. Gives one line of hex, which the invited passes to
 * `register`. Throws `ProtocolError`.
 */
export async function createInvite(client: ProtocolClient, options: CreateInviteOptions): Promise<Hex> {
  const { deployment, account, invitee = zeroAddress, expiresAt } = options;
  const nonce = BigInt(toHex(crypto.getRandomValues(new Uint8Array(16))));
  const terms: InviteTerms = { issuer: addressOf(client, account), invitee, nonce, expiresAt };
  return explained({}, async () => {
    const data = inviteTypedData(registryOf(deployment), terms);
    return encodeInvite({
      ...terms,
      signature: await signTypedData(client, { account: accountOf(client, account), ...data }),
    });
  });
}

/** A text is not an invitation, or not of who it says. The message is a sentence. */
export class InviteMalformed extends Error {
  override readonly name = "InviteMalformed";
}

/** Reads an invitation that somebody pasted. Throws {@link InviteMalformed}; whether it is still good, the registry knows. */
export async function decodeInvite(deployment: Deployment, text: string): Promise<InviteTerms & { signature: Hex }> {
  const hex = text.trim();
  if (!isHex(hex)) throw new InviteMalformed("This is not an invitation. Copy it again, whole, from 0x on.");
  let invite: InviteTerms & { signature: Hex };
  try {
    [invite] = decodeAbiParameters(INVITE_PARAMETERS, hex);
  } catch (cause) {
    throw new InviteMalformed("The invitation is incomplete. Copy it again, whole.", { cause });
  }
  const { signature, ...terms } = invite;
  const data = inviteTypedData(registryOf(deployment), terms);
  const signer = await recoverTypedDataAddress({ ...data, signature }).catch(() => undefined);
  if (signer !== invite.issuer)
    throw new InviteMalformed("The invitation is not signed by its issuer, or it is for another network.");
  return invite;
}

function registryOf({ chainId, contracts }: Deployment): { chainId: number; address: Address } {
  return { chainId, address: contracts.InviteRegistry };
}
