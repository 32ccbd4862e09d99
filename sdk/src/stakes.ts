import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { type ActionOptions, addressOf, explained, type ProtocolClient, type Sent, send } from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { stakeVaultAbi } from "./generated/abis.ts";
import { allow } from "./permits.ts";
import { formatEver } from "./units.ts";

const EVER = { money: formatEver };

/** What is pledged, and how. */
export interface StakeOptions extends ActionOptions {
  /** EVER base units. */
  amount: bigint;
  /** `never` sends an approval instead of asking for a signature. */
  permit?: "auto" | "never";
}

/** Pledges EVER of the caller: with one signature and one transaction. Throws `ProtocolError`. */
export async function stake(client: ProtocolClient, options: StakeOptions): Promise<Sent> {
  const permit = await allowVault(client, options);
  if (permit.deadline === 0n)
    return send(
      client,
      { ...vaultOf(options.deployment), functionName: "stake", args: [options.amount] },
      options,
      EVER,
    );
  return send(
    client,
    { ...vaultOf(options.deployment), functionName: "stakeWithPermit", args: [options.amount, permit] },
    options,
    EVER,
  );
}

/** Delegates EVER of the caller to a provider: with one signature and one transaction. Throws `ProtocolError`. */
export async function delegate(client: ProtocolClient, options: StakeOptions & { provider: Address }): Promise<Sent> {
  const { provider, amount } = options;
  const permit = await allowVault(client, options);
  if (permit.deadline === 0n)
    return send(
      client,
      { ...vaultOf(options.deployment), functionName: "delegate", args: [provider, amount] },
      options,
      EVER,
    );
  return send(
    client,
    { ...vaultOf(options.deployment), functionName: "delegateWithPermit", args: [provider, amount, permit] },
    options,
    EVER,
  );
}

/** Sets how much of the caller's capacity backs a service. EVER base units. Throws `ProtocolError`. */
export async function allocate(
  client: ProtocolClient,
  options: ActionOptions & { serviceId: Hex; amount: bigint },
): Promise<Sent> {
  return send(
    client,
    { ...vaultOf(options.deployment), functionName: "allocate", args: [options.serviceId, options.amount] },
    options,
    EVER,
  );
}

/** Starts the unbonding of own stake that no allocation needs, in a tranche of its own. EVER base units. Throws `ProtocolError`. */
export async function thaw(client: ProtocolClient, options: ActionOptions & { amount: bigint }): Promise<Sent> {
  return send(client, { ...vaultOf(options.deployment), functionName: "thaw", args: [options.amount] }, options, EVER);
}

/** Starts the unbonding of shares that the caller holds of a provider's pool: see `getDelegation`. Throws `ProtocolError`. */
export async function undelegate(
  client: ProtocolClient,
  options: ActionOptions & { provider: Address; shares: bigint },
): Promise<Sent> {
  return send(
    client,
    { ...vaultOf(options.deployment), functionName: "undelegate", args: [options.provider, options.shares] },
    options,
    EVER,
  );
}

/**
 * Pays what an account has thawed at a provider to that account: the provider's own stake when they are the same, else delegated.
 * The caller's own stake unless `provider` or `owner` say otherwise. Whoever sends it pays the gas and gets nothing. Throws
 * `ProtocolError`.
 */
export async function withdrawStake(
  client: ProtocolClient,
  options: ActionOptions & { provider?: Address; owner?: Address },
): Promise<Sent> {
  const sender = addressOf(client, options.account);
  const { provider = sender, owner = sender } = options;
  return send(
    client,
    { ...vaultOf(options.deployment), functionName: "withdraw", args: [provider, owner] },
    options,
    EVER,
  );
}

/** Sets the caller's cut of its delegators' rewards. Basis points; a rise holds after its notice. Throws `ProtocolError`. */
export async function setCut(client: ProtocolClient, options: ActionOptions & { cutBps: number }): Promise<Sent> {
  return send(
    client,
    { ...vaultOf(options.deployment), functionName: "setCut", args: [options.cutBps] },
    options,
    EVER,
  );
}

/** Stake behind a provider, and, with a service, its part in that. EVER base units. */
export async function getStake(
  client: ProtocolClient,
  { deployment, provider, serviceId }: { deployment: Deployment; provider: Address; serviceId?: Hex },
) {
  const vault = vaultOf(deployment);
  return explained({}, async () => {
    const [held, allocation] = await Promise.all([
      readContract(client, { ...vault, functionName: "stakeOf", args: [provider] }),
      serviceId && readContract(client, { ...vault, functionName: "allocationOf", args: [provider, serviceId] }),
    ]);
    return { ...held, allocation };
  });
}

/** What an account has delegated to a provider: shares of its pool, and what they are worth in EVER base units. */
export async function getDelegation(
  client: ProtocolClient,
  { deployment, provider, delegator }: { deployment: Deployment; provider: Address; delegator: Address },
): Promise<{ shares: bigint; amount: bigint }> {
  return explained({}, async () => {
    const [shares, amount] = await readContract(client, {
      ...vaultOf(deployment),
      functionName: "delegationOf",
      args: [provider, delegator],
    });
    return { shares, amount };
  });
}

/** A provider's cut of its delegators' rewards, and the rise that it announced. Basis points; Unix seconds. */
export async function getCut(
  client: ProtocolClient,
  { deployment, provider }: { deployment: Deployment; provider: Address },
): Promise<{ bps: number; rise?: { bps: number; at: number } }> {
  return explained({}, async () => {
    const [bps, nextBps, at] = await readContract(client, {
      ...vaultOf(deployment),
      functionName: "cutOf",
      args: [provider],
    });
    return at === 0 ? { bps } : { bps, rise: { bps: nextBps, at } };
  });
}

/** What an account thaws at a provider, oldest first. EVER base units; Unix seconds from which each can be withdrawn. */
export async function listTranches(
  client: ProtocolClient,
  { deployment, provider, account }: { deployment: Deployment; provider: Address; account: Address },
) {
  return explained({}, () =>
    readContract(client, { ...vaultOf(deployment), functionName: "tranchesOf", args: [provider, account] }),
  );
}

function vaultOf({ contracts }: Deployment) {
  return { address: contracts.StakeVault, abi: stakeVaultAbi } as const;
}

function allowVault(client: ProtocolClient, options: StakeOptions) {
  const { EverToken, StakeVault } = options.deployment.contracts;
  return allow(client, { ...options, token: EverToken, spender: StakeVault }, EVER);
}
