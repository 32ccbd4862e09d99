import { type Address, encodeAbiParameters, type Hex, isAddressEqual, recoverTypedDataAddress } from "viem";
import type { Deployment } from "../deployments.ts";
import { ProtocolError } from "../errors.ts";
import { leafOf, rootOf } from "./tree.ts";

/** What an issuer signs or sends of a batch. `nonce` is its number, 64 bits; `expiresAt` in Unix seconds; `count` is how many invitations it has. */
export interface BatchTerms {
  issuer: Address;
  nonce: bigint;
  expiresAt: number;
  count: number;
  root: Hex;
}

/** One invitation of a batch, as it is handed over. */
export interface Invite extends Omit<BatchTerms, "root"> {
  /** From 1 to `count`. */
  index: number;
  /** The account that may enter, or that of `key`. */
  invitee: Address;
  /** Siblings in the batch's tree, from the leaves up. */
  proof: readonly Hex[];
  /** Of the issuer, over the batch; `0x` when the issuer, as a contract, sends the batch to the registry instead. */
  signature: Hex;
  /** Secret of an invitation for whoever holds it: it signs which account enters. */
  key?: Hex;
}

/** Whether an invitation is of a batch that its issuer sends, and does not sign. */
export function isSent({ signature }: Pick<Invite, "signature">): boolean {
  return signature === "0x";
}

/** The terms of the batch that an invitation claims to be of. */
export function termsOf({ issuer, nonce, expiresAt, count, index, invitee, proof }: Invite): BatchTerms {
  return { issuer, nonce, expiresAt, count, root: rootOf(leafOf(index, invitee), proof) };
}

/** The `InviteRegistry` of a deployment. */
export interface InviteDomain {
  chainId: number;
  address: Address;
}

export function inviteDomainOf({ chainId, contracts }: Deployment): InviteDomain {
  return { chainId, address: contracts.InviteRegistry };
}

function domainOf({ chainId, address }: InviteDomain) {
  return { name: "4EVER Invites", version: "1", chainId, verifyingContract: address } as const;
}

/** The typed data that an issuer signs for a batch. */
export function batchTypedData(registry: InviteDomain, terms: BatchTerms) {
  return {
    domain: domainOf(registry),
    primaryType: "InviteBatch",
    types: {
      InviteBatch: [
        { name: "issuer", type: "address" },
        { name: "nonce", type: "uint64" },
        { name: "expiresAt", type: "uint40" },
        { name: "count", type: "uint32" },
        { name: "root", type: "bytes32" },
      ],
    },
    message: terms,
  } as const;
}

/** The typed data by which an invitee says which account enters. */
export function claimTypedData(registry: InviteDomain, account: Address) {
  return {
    domain: domainOf(registry),
    primaryType: "InviteClaim",
    types: { InviteClaim: [{ name: "account", type: "address" }] },
    message: { account },
  } as const;
}

const INVITE_PARAMETERS = [
  {
    type: "tuple",
    components: [
      { name: "issuer", type: "address" },
      { name: "nonce", type: "uint64" },
      { name: "expiresAt", type: "uint40" },
      { name: "count", type: "uint32" },
      { name: "index", type: "uint32" },
      { name: "invitee", type: "address" },
      { name: "proof", type: "bytes32[]" },
      { name: "signature", type: "bytes" },
      { name: "claim", type: "bytes" },
    ],
  },
] as const;

/** An invitation as the contracts take it: `abi.encode(IInviteRegistry.Invite)`. */
export function encodeAdmission(invite: Invite, claim: Hex = "0x"): Hex {
  return encodeAbiParameters(INVITE_PARAMETERS, [{ ...invite, claim }]);
}

/** What `account` registers with. An invitation with a key signs for that account, and is of no use to any other. */
export async function admissionOf(registry: InviteDomain, invite: Invite, account: Address): Promise<Hex> {
  if (!invite.key || isAddressEqual(invite.invitee, account)) return encodeAdmission(invite);
  const { privateKeyToAccount } = await import("viem/accounts"); // curves: fetched when they are needed
  const claim = await privateKeyToAccount(invite.key).signTypedData(claimTypedData(registry, account));
  return encodeAdmission(invite, claim);
}

/** Throws `ProtocolError` when an invitation is not of this network, or not signed by who it says. */
export async function requireSigned(registry: InviteDomain, invite: Invite): Promise<void> {
  const { signature } = invite;
  const data = batchTypedData(registry, termsOf(invite));
  const signer = await recoverTypedDataAddress({ ...data, signature }).catch(() => undefined);
  // The contract takes no other last byte; viem also reads 0 and 1.
  if (signer !== invite.issuer || !/1[bc]$/.test(signature))
    throw inviteMalformed("The invitation is not signed by its issuer, or it is for another network.");
}

/** A text that is no invitation. */
export function inviteMalformed(message: string, cause?: unknown): ProtocolError {
  return new ProtocolError(
    "InviteMalformed",
    { message, hint: "Copy it again, whole, as it was given to you." },
    { cause },
  );
}
