import type { Address } from "viem";
import { readContract } from "viem/actions";
import { type ActionOptions, addressOf, explained, type ProtocolClient, type Sent, send } from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { inviteRegistryAbi, possessionProofsAbi, providerRegistryAbi } from "./generated/abis.ts";
import { decodeInvite } from "./invites/code.ts";
import { admissionOf, inviteDomainOf } from "./invites/invite.ts";

/** What a provider says of itself when it enters. */
export interface RegisterOptions extends ActionOptions {
  /** Key of the provider's keeper. */
  operator: Address;
  /** Operator group: providers run by the same people share it. */
  group: number;
  /** URL at which the keeper is reached. */
  endpoint: string;
  /** What the provider calls itself: at most 64 bytes. */
  name: string;
  /** Code or link of an invitation; needed while the network is by invitation: see {@link getPhase}. */
  invite?: string;
}

/** Registers the caller as a provider. Throws `ProtocolError`. */
export async function register(client: ProtocolClient, options: RegisterOptions): Promise<Sent> {
  const { deployment, account, operator, group, endpoint, name, invite } = options;
  const admission =
    invite &&
    (await admissionOf(inviteDomainOf(deployment), await decodeInvite(deployment, invite), addressOf(client, account)));
  return send(
    client,
    {
      address: deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "register",
      args: [operator, group, endpoint, name, admission || "0x"],
    },
    options,
  );
}

/**
 * Changes the key of the caller's keeper. It accepts and opens sets from now on; sets that are open go on with the key before until
 * {@link syncOperator} hands each over. Throws `ProtocolError`.
 */
export async function setOperator(
  client: ProtocolClient,
  options: ActionOptions & { operator: Address },
): Promise<Sent> {
  return send(
    client,
    {
      address: options.deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "setOperator",
      args: [options.operator],
    },
    options,
  );
}

/** Anyone: hands a proving set over to the operator that the registry names; nothing happens when it has it. Throws `ProtocolError`. */
export async function syncOperator(client: ProtocolClient, options: ActionOptions & { setId: bigint }): Promise<Sent> {
  return send(
    client,
    {
      address: options.deployment.contracts.PossessionProofs,
      abi: possessionProofsAbi,
      functionName: "syncOperator",
      args: [options.setId],
    },
    options,
  );
}

/** Changes the operator group of the caller: 0 to 2^32 - 1. Throws `ProtocolError`. */
export async function setGroup(client: ProtocolClient, options: ActionOptions & { group: number }): Promise<Sent> {
  return send(
    client,
    {
      address: options.deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "setGroup",
      args: [options.group],
    },
    options,
  );
}

/** Changes where the caller's keeper is reached and what the provider is called. Throws `ProtocolError`. */
export async function setEndpoint(
  client: ProtocolClient,
  options: ActionOptions & { endpoint: string; name: string },
): Promise<Sent> {
  return send(
    client,
    {
      address: options.deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "setEndpoint",
      args: [options.endpoint, options.name],
    },
    options,
  );
}

/** A provider; undefined when the account is not registered. */
export async function getProvider(
  client: ProtocolClient,
  { deployment, provider }: { deployment: Deployment; provider: Address },
): Promise<{ operator: Address; group: number; registeredAt: number; jailed: boolean } | undefined> {
  const found = await explained({}, () =>
    readContract(client, {
      address: deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "providerOf",
      args: [provider],
    }),
  );
  return found.registeredAt === 0 ? undefined : found;
}

/** How far the network is open for new providers. */
export type Phase = "closed" | "invite" | "open";
const PHASES: readonly Phase[] = ["closed", "invite", "open"];

/** Who may register now. */
export async function getPhase(client: ProtocolClient, { deployment }: { deployment: Deployment }): Promise<Phase> {
  const phase = await explained({}, () =>
    readContract(client, {
      address: deployment.contracts.InviteRegistry,
      abi: inviteRegistryAbi,
      functionName: "phase",
    }),
  );
  return PHASES[phase] ?? "closed";
}
