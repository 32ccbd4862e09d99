import { type Address, parseEventLogs } from "viem";
import { getGasPrice, readContract } from "viem/actions";
import {
  type ActionOptions,
  addressOf,
  eventMissing,
  explained,
  logsOf,
  type ProtocolClient,
  type Sent,
  send,
} from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { exitBountiesAbi } from "./generated/abis.ts";

/** Gas of a whole execution, one tranche and a first token of the owner's, with some room: `bench/gas.json`. */
const EXECUTION_GAS = 200_000n;
/** How many times today's gas is suggested: it may be dearer when the stake has thawed, and whoever executes wants to earn. */
const SUGGESTED_MULTIPLE = 3n;

/** This deployment is older than the bounties. */
export class ExitBountiesMissing extends Error {
  override readonly name = "ExitBountiesMissing";
  constructor() {
    super("This deployment has no bounties for exits. Withdraw what has thawed yourself.");
  }
}

function contractOf({ contracts }: Deployment) {
  if (!contracts.ExitBounties) throw new ExitBountiesMissing();
  return { address: contracts.ExitBounties, abi: exitBountiesAbi } as const;
}

/** What an account promises to whoever pays out what it thaws at a provider. */
export interface ExitBounty {
  /** Native coin. Wei; 0 when there is none. */
  amountWei: bigint;
  /** Number of the tranche that must be paid out. */
  tranche: number;
}

/** What an account promises for its exit from a provider. Throws `ExitBountiesMissing`, `ProtocolError`. */
export async function getExitBounty(
  client: ProtocolClient,
  { deployment, provider, account }: { deployment: Deployment; provider: Address; account: Address },
): Promise<ExitBounty> {
  const contract = contractOf(deployment);
  return explained({}, () =>
    readContract(client, { ...contract, functionName: "bountyOf", args: [provider, account] }),
  );
}

/** A bounty that pays for its execution a few times, at today's gas price. Wei. Throws `ProtocolError`. */
export async function suggestExitBounty(client: ProtocolClient): Promise<bigint> {
  return suggestedBounty(await explained({}, () => getGasPrice(client)));
}

/** A bounty that pays for its execution a few times at a gas price. Wei. */
export function suggestedBounty(gasPriceWei: bigint): bigint {
  return gasPriceWei * EXECUTION_GAS * SUGGESTED_MULTIPLE;
}

/**
 * Promises native coin to whoever pays out what the caller thaws at a provider, up to a tranche; adds to what it promised before. Returns
 * the bounty after it. Throws `ExitBountiesMissing`, `ProtocolError`.
 */
export async function offerExitBounty(
  client: ProtocolClient,
  options: ActionOptions & { provider: Address; tranche: number; amountWei: bigint },
): Promise<Sent & ExitBounty> {
  const { deployment, provider, tranche, amountWei } = options;
  const contract = contractOf(deployment);
  const call = { ...contract, functionName: "offer", args: [provider, tranche], value: amountWei } as const;
  const sent = await send(client, call, options);
  const logs = logsOf(sent.receipt, contract.address);
  const [event] = parseEventLogs({ abi: contract.abi, eventName: "BountyOffered", logs });
  if (!event) throw eventMissing(sent.receipt, "BountyOffered");
  return { ...sent, amountWei: event.args.amountWei, tranche: event.args.tranche };
}

/** Returns the caller's bounty for its exit from a provider. Wei. Throws `ExitBountiesMissing`, `ProtocolError`. */
export async function takeBackExitBounty(
  client: ProtocolClient,
  options: ActionOptions & { provider: Address },
): Promise<Sent & { amountWei: bigint }> {
  const contract = contractOf(options.deployment);
  const sent = await send(client, { ...contract, functionName: "takeBack", args: [options.provider] }, options);
  const logs = logsOf(sent.receipt, contract.address);
  const [event] = parseEventLogs({ abi: contract.abi, eventName: "BountyTakenBack", logs });
  if (!event) throw eventMissing(sent.receipt, "BountyTakenBack");
  return { ...sent, amountWei: event.args.amountWei };
}

/**
 * Pays out what an account has thawed at a provider, to that account, and earns its bounty: at least `leastWei`, by default what is promised
 * now. Returns wei. Throws `ExitBountiesMissing`, `ProtocolError`.
 */
export async function executeExit(
  client: ProtocolClient,
  options: ActionOptions & { provider: Address; owner?: Address; leastWei?: bigint },
): Promise<Sent & { amountWei: bigint }> {
  const { deployment, provider, owner = addressOf(client, options.account) } = options;
  const contract = contractOf(deployment);
  const leastWei =
    options.leastWei ?? (await getExitBounty(client, { deployment, provider, account: owner })).amountWei;
  const call = { ...contract, functionName: "execute", args: [provider, owner, leastWei] } as const;
  const sent = await send(client, call, options);
  const logs = logsOf(sent.receipt, contract.address);
  const [event] = parseEventLogs({ abi: contract.abi, eventName: "BountyPaid", logs });
  if (!event) throw eventMissing(sent.receipt, "BountyPaid");
  return { ...sent, amountWei: event.args.amountWei };
}
