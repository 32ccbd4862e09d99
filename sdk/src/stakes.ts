import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { type ActionOptions, explained, type ProtocolClient, type Sent, send } from "./client.ts";
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
  const { EverToken, StakeVault } = options.deployment.contracts;
  const permit = await allow(client, { ...options, token: EverToken, spender: StakeVault }, EVER);
  const vault = { address: StakeVault, abi: stakeVaultAbi } as const;
  if (permit.deadline === 0n)
    return send(client, { ...vault, functionName: "stake", args: [options.amount] }, options, EVER);
  return send(client, { ...vault, functionName: "stakeWithPermit", args: [options.amount, permit] }, options, EVER);
}

/** Sets how much of the caller's stake backs a service. EVER base units. Throws `ProtocolError`. */
export async function allocate(
  client: ProtocolClient,
  options: ActionOptions & { serviceId: Hex; amount: bigint },
): Promise<Sent> {
  return send(
    client,
    {
      address: options.deployment.contracts.StakeVault,
      abi: stakeVaultAbi,
      functionName: "allocate",
      args: [options.serviceId, options.amount],
    },
    options,
    EVER,
  );
}

/** Starts the unbonding of unallocated stake; a second thaw starts it again for all that thaws. EVER base units. Throws `ProtocolError`. */
export async function thaw(client: ProtocolClient, options: ActionOptions & { amount: bigint }): Promise<Sent> {
  return send(
    client,
    {
      address: options.deployment.contracts.StakeVault,
      abi: stakeVaultAbi,
      functionName: "thaw",
      args: [options.amount],
    },
    options,
    EVER,
  );
}

/** Takes out all stake whose unbonding has ended. Throws `ProtocolError`. */
export async function withdrawStake(client: ProtocolClient, options: ActionOptions): Promise<Sent> {
  return send(
    client,
    { address: options.deployment.contracts.StakeVault, abi: stakeVaultAbi, functionName: "withdraw", args: [] },
    options,
    EVER,
  );
}

/** Stake of a provider, and, with a service, its part in that. EVER base units; Unix seconds. */
export async function getStake(
  client: ProtocolClient,
  { deployment, provider, serviceId }: { deployment: Deployment; provider: Address; serviceId?: Hex },
) {
  const vault = { address: deployment.contracts.StakeVault, abi: stakeVaultAbi } as const;
  return explained({}, async () => {
    const [held, allocation] = await Promise.all([
      readContract(client, { ...vault, functionName: "stakeOf", args: [provider] }),
      serviceId && readContract(client, { ...vault, functionName: "allocationOf", args: [provider, serviceId] }),
    ]);
    return { ...held, allocation };
  });
}
