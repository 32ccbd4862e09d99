import type { Address, Hex, LocalAccount } from "viem";
import {
  admissionOf,
  batchTypedData,
  claimTypedData,
  encodeAdmission,
  type Invite,
  type InviteDomain,
} from "../../sdk/src/invites/invite.ts";
import { type Invitee, issue } from "../../sdk/src/invites/issuing.ts";

/** A wallet client of the chain under test. */
export interface Issuer {
  account: { address: Address };
  // biome-ignore lint/suspicious/noExplicitAny: viem's own type is generic over the data
  signTypedData(data: any): Promise<Hex>;
}

/** A signed batch for `invitees`. */
export function batchOf(
  issuer: Issuer,
  registry: InviteDomain,
  terms: { nonce: bigint; expiresAt: number },
  invitees: readonly Invitee[],
): Promise<Invite[]> {
  return issue({ issuer: issuer.account.address, ...terms }, invitees, (batch) =>
    issuer.signTypedData(batchTypedData(registry, batch)),
  );
}

/** An invitation for one account, as the contracts take it. */
export async function admissionFor(
  issuer: Issuer,
  registry: InviteDomain,
  terms: { nonce: bigint; expiresAt: number },
  account: Address,
): Promise<Hex> {
  const [invite] = await batchOf(issuer, registry, terms, [account]);
  return admissionOf(registry, invite as Invite, account);
}

/** An invitation with the claim of a key, for whichever account. */
export async function claimedBy(
  key: Pick<LocalAccount, "signTypedData">,
  registry: InviteDomain,
  invite: Invite,
  account: Address,
): Promise<Hex> {
  return encodeAdmission(invite, await key.signTypedData(claimTypedData(registry, account)));
}
