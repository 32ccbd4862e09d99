import { type Account, type Address, bytesToBigInt, encodeFunctionData, type Hex, hashTypedData } from "viem";
import { readContract, signTypedData } from "viem/actions";
import {
  type ActionOptions,
  accountOf,
  addressOf,
  explained,
  type ProtocolClient,
  type Sent,
  send,
} from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { inviteRegistryAbi } from "../generated/abis.ts";
import { encodeInvite } from "./code.ts";
import { type BatchTerms, batchTypedData, type Invite, inviteDomainOf, isSent, termsOf } from "./invite.ts";
import { leafOf, treeOf } from "./tree.ts";

/** Most invitations of one batch that are made here. */
export const MAX_BATCH = 10_000;

/** Whom invitations are for: an account, or whoever holds the link. */
export type Invitee = Address | "anybody";

/** Makes the invitations of one batch; `sign` gives the issuer's signature over it, `0x` for an issuer that sends it. */
export async function issue(
  { issuer, nonce, expiresAt }: Omit<BatchTerms, "count" | "root">,
  invitees: readonly Invitee[],
  sign: (terms: BatchTerms) => Promise<Hex>,
): Promise<Invite[]> {
  if (invitees.length === 0 || invitees.length > MAX_BATCH)
    throw new RangeError(`A batch has 1 to ${MAX_BATCH} invitations.`);
  const { generatePrivateKey, privateKeyToAddress } = await import("viem/accounts"); // curves: fetched when they are needed
  const seats = invitees.map((invitee) => {
    if (invitee !== "anybody") return { invitee };
    const key = generatePrivateKey();
    return { invitee: privateKeyToAddress(key), key };
  });
  const { root, proofs } = treeOf(seats.map(({ invitee }, i) => leafOf(i + 1, invitee)));
  const count = seats.length;
  const signature = await sign({ issuer, nonce, expiresAt, count, root });
  return seats.map((seat, i) => {
    const proof = proofs[i] ?? [];
    return { issuer, nonce, expiresAt, count, index: i + 1, proof, signature, ...seat };
  });
}

/** A number that no batch before has: the second in which it is made, then 32 random bits. So "all before a moment" is a number, too. */
export function nextNonce(nowMs = Date.now()): bigint {
  return nonceAt(Math.floor(nowMs / 1_000)) | bytesToBigInt(crypto.getRandomValues(new Uint8Array(4)));
}

/** The least number of a batch that is made in a second. Unix seconds. */
export function nonceAt(at: number): bigint {
  return BigInt(at) << 32n;
}

/** Who invites whom, and until when. */
export interface CreateInviteOptions {
  deployment: Deployment;
  /** The issuer; the client's account when absent. */
  account?: Account | Address;
  /** Whom it is for; anybody who holds it when absent. */
  invitee?: Invitee;
  /** Unix seconds. */
  expiresAt: number;
}

/**
 * Makes an invitation: a signature of the issuer's wallet, no transaction. Gives its code, which the invited passes to `register`.
 * Throws `ProtocolError`.
 */
export async function createInvite(
  client: ProtocolClient,
  { invitee = "anybody", ...options }: CreateInviteOptions,
): Promise<string> {
  const [invite] = await createInvites(client, { ...options, invitees: [invitee] });
  return invite as string;
}

/** Makes a batch by one signature, up to {@link MAX_BATCH}: a code for each invitee, in their order. Throws `ProtocolError`. */
export async function createInvites(
  client: ProtocolClient,
  options: Omit<CreateInviteOptions, "invitee"> & { invitees: readonly Invitee[] },
): Promise<string[]> {
  const { deployment, account, invitees, expiresAt } = options;
  const terms = { issuer: addressOf(client, account), nonce: nextNonce(), expiresAt };
  const invites = await explained({}, () =>
    issue(terms, invitees, (batch) =>
      signTypedData(client, {
        account: accountOf(client, account),
        ...batchTypedData(inviteDomainOf(deployment), batch),
      }),
    ),
  );
  return invites.map(encodeInvite);
}

function registryOf({ contracts }: Deployment) {
  return { address: contracts.InviteRegistry, abi: inviteRegistryAbi } as const;
}

/** Takes invitations of the caller back before they are used: those of `indexes`, or all of the batch. Throws `ProtocolError`. */
export function revokeInvites(
  client: ProtocolClient,
  options: ActionOptions & { nonce: bigint; indexes?: readonly number[] },
): Promise<Sent> {
  const { deployment, nonce, indexes } = options;
  const registry = registryOf(deployment);
  if (!indexes) return send(client, { ...registry, functionName: "revokeBatch", args: [nonce] }, options);
  return send(client, { ...registry, functionName: "revoke", args: [nonce, [...indexes]] }, options);
}

/** Takes all of the caller's batches of a lower number back; there is no way back. See {@link nonceAt}. Throws `ProtocolError`. */
export function revokeInvitesBelow(client: ProtocolClient, options: ActionOptions & { nonce: bigint }): Promise<Sent> {
  const { deployment, nonce } = options;
  return send(client, { ...registryOf(deployment), functionName: "revokeBelow", args: [nonce] }, options);
}

/** A call of the registry that an issuer which is a contract, such as a Safe, sends itself. */
export interface IssuerCall {
  to: Address;
  data: Hex;
}

/** Makes a batch for an issuer that cannot sign: its codes, which are of use once the issuer has sent `call`. */
export async function prepareInvites(
  options: Required<Omit<CreateInviteOptions, "account" | "invitee">> & {
    issuer: Address;
    invitees: readonly Invitee[];
  },
): Promise<{ codes: string[]; call: IssuerCall }> {
  const { deployment, issuer, invitees, expiresAt } = options;
  const { address: to, abi } = registryOf(deployment);
  const invites = await issue({ issuer, nonce: nextNonce(), expiresAt }, invitees, async () => "0x");
  const [first] = invites;
  if (!first) throw new RangeError("A batch has at least one invitation.");
  const { nonce, count, root } = termsOf(first);
  const data = encodeFunctionData({ abi, functionName: "issueBatch", args: [nonce, expiresAt, count, root] });
  return { codes: invites.map(encodeInvite), call: { to, data } };
}

/** What `revokeInvites`, or with `below` `revokeInvitesBelow`, does, as a call that its issuer sends. */
export function prepareRevocation(
  deployment: Deployment,
  what: { nonce: bigint; indexes?: readonly number[] } | { below: bigint },
): IssuerCall {
  const { address: to, abi } = registryOf(deployment);
  if ("below" in what)
    return { to, data: encodeFunctionData({ abi, functionName: "revokeBelow", args: [what.below] }) };
  const { nonce, indexes } = what;
  if (!indexes) return { to, data: encodeFunctionData({ abi, functionName: "revokeBatch", args: [nonce] }) };
  return { to, data: encodeFunctionData({ abi, functionName: "revoke", args: [nonce, [...indexes]] }) };
}

/** What an account may do as an issuer. `quota` is how many providers it may still let in. Throws `ProtocolError`. */
export function getIssuer(
  client: ProtocolClient,
  { deployment, account }: { deployment: Deployment; account: Address },
): Promise<{ quota: number; revokedBelow: bigint }> {
  return explained({}, () =>
    readContract(client, { ...registryOf(deployment), functionName: "issuerOf", args: [account] }),
  );
}

/**
 * How an invitation stands. `stopped` is one whose issuer may let nobody in, now; `waiting` one of a batch that its issuer, a contract, has
 * not sent yet.
 */
export type InviteState = "unused" | "used" | "revoked" | "expired" | "stopped" | "waiting";

/** How an invitation stands at a moment, in Unix seconds of the chain. Throws `ProtocolError`. */
export async function getInviteState(
  client: ProtocolClient,
  { deployment, invite, nowAt }: { deployment: Deployment; invite: Invite; nowAt: number },
): Promise<InviteState> {
  const registry = registryOf(deployment);
  const args = [invite.issuer, invite.nonce, invite.index] as const;
  const [isUsed, isRevoked, { quota }, batch] = await explained({}, () =>
    Promise.all([
      readContract(client, { ...registry, functionName: "isUsed", args }),
      readContract(client, { ...registry, functionName: "isRevoked", args }),
      getIssuer(client, { deployment, account: invite.issuer }),
      isSent(invite)
        ? readContract(client, { ...registry, functionName: "batchOf", args: [invite.issuer, invite.nonce] })
        : undefined,
    ]),
  );
  if (isUsed) return "used";
  if (isRevoked) return "revoked";
  if (nowAt >= invite.expiresAt) return "expired";
  if (quota === 0) return "stopped";
  if (batch === undefined) return "unused";
  return batch === hashTypedData(batchTypedData(inviteDomainOf(deployment), termsOf(invite))) ? "unused" : "waiting";
}
