import { type Address, encodeAbiParameters, getAbiItem, type Hex, parseEventLogs, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import {
  type ActionOptions,
  addressOf,
  eventMissing,
  explained,
  logsOf,
  type ProtocolClient,
  type Sent,
  send,
} from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { contractError } from "../errors.ts";
import { usageChannelsAbi } from "../generated/abis.ts";
import { handOver, type PaymentOptions } from "../handovers.ts";
import { getToken } from "../tokens.ts";
import type { ChannelTerms, Voucher } from "./vouchers.ts";
import { CHANNEL_STATUSES, type ChannelStatus, REFUSALS, type Refusal } from "./words.ts";

/** A channel as the chain tells it. Token base units, gross; Unix seconds. */
export interface Channel {
  channelId: bigint;
  status: ChannelStatus;
  payer: Address;
  payee: Address;
  /** Account that redeeming pays. */
  payout: Address;
  serviceId: Hex;
  tokenId: number;
  sessionKey: Address;
  /** The cap: most that vouchers can claim in sum. */
  locked: bigint;
  redeemed: bigint;
  /** Basis points of what is redeemed. */
  feeBps: number;
  expiresAt: number;
  /** When the payer's wish to close takes effect; undefined when it has not asked. */
  closesAt: number | undefined;
}

/** This deployment is older than the channels. */
export class ChannelsMissing extends Error {
  override readonly name = "ChannelsMissing";
  constructor() {
    super("This deployment has no channels. Use one that has.");
  }
}

function contractOf({ contracts }: Deployment) {
  if (!contracts.UsageChannels) throw new ChannelsMissing();
  return { address: contracts.UsageChannels, abi: usageChannelsAbi } as const;
}

/** A channel. Throws `ProtocolError` when there is none of this number. */
export async function getChannel(
  client: ProtocolClient,
  { deployment, channelId }: { deployment: Deployment; channelId: bigint },
): Promise<Channel> {
  const found = await explained({}, () =>
    readContract(client, { ...contractOf(deployment), functionName: "channelOf", args: [channelId] }),
  );
  const status = CHANNEL_STATUSES[found.status];
  if (!status) throw contractError("ChannelsUnknown", { channelId });
  return { ...found, channelId, status, closesAt: found.closesAt === 0 ? undefined : found.closesAt };
}

/** What every voucher of a channel has in common. */
export function termsOf(
  deployment: Deployment,
  channel: Pick<Channel, "channelId" | "payee" | "serviceId">,
): ChannelTerms {
  const { channelId, payee, serviceId } = channel;
  return { chainId: deployment.chainId, channels: contractOf(deployment).address, channelId, payee, serviceId };
}

/** What a payer opens. */
export interface OpenChannelOptions extends ActionOptions, PaymentOptions {
  payee: Address;
  serviceId: Hex;
  tokenId: number;
  /** The cap. Token base units. */
  amount: bigint;
  /** Unix seconds. */
  expiresAt: number;
  /** Address of the key that will sign vouchers. */
  sessionKey: Address;
  /** A contract wallet that stands behind the key, and what it signed: `sessionKeyTypedData`. */
  keyOwner?: { address: Address; proof: Hex };
}

/** What the ledger hands to the channels: `IUsageChannels.Action`, then the arguments of the function that does the same. */
const ACTION = { type: "uint256" } as const;
const OPEN = [ACTION, ...getAbiItem({ abi: usageChannelsAbi, name: "open" }).inputs] as const;
const TOP_UP = [ACTION, ...getAbiItem({ abi: usageChannelsAbi, name: "topUp" }).inputs] as const;

/**
 * Locks a cap. The money that the ledger's balance lacks is taken by a permit signature within the same transaction. Throws
 * `ProtocolError`.
 */
export async function openChannel(
  client: ProtocolClient,
  options: OpenChannelOptions,
): Promise<Sent & { channelId: bigint }> {
  const { deployment, payee, serviceId, tokenId, amount, expiresAt, sessionKey, keyOwner } = options;
  const { address, abi } = contractOf(deployment);
  const token = await getToken(client, { deployment, tokenId });
  const opening = {
    payee,
    serviceId,
    tokenId,
    amount,
    expiresAt,
    sessionKey,
    keyOwner: keyOwner?.address ?? zeroAddress,
    keyProof: keyOwner?.proof ?? "0x",
  } as const;
  const data = encodeAbiParameters(OPEN, [0n, opening]);
  const sent = await handOver(client, { ...options, operator: address, agent: address, token, most: amount, data });
  const [event] = parseEventLogs({
    abi,
    eventName: "ChannelOpened",
    args: { payer: addressOf(client, options.account) },
    logs: logsOf(sent.receipt, address),
  });
  if (!event) throw eventMissing(sent.receipt, "ChannelOpened");
  return { ...sent, channelId: event.args.channelId };
}

/** Raises a channel's cap, and may move its expiry later. Throws `ProtocolError`. */
export async function topUpChannel(
  client: ProtocolClient,
  options: ActionOptions & PaymentOptions & { channelId: bigint; amount: bigint; expiresAt?: number },
): Promise<Sent> {
  const { deployment, channelId, amount, expiresAt = 0 } = options;
  const { address } = contractOf(deployment);
  const { tokenId } = await getChannel(client, { deployment, channelId });
  const token = await getToken(client, { deployment, tokenId });
  const data = encodeAbiParameters(TOP_UP, [1n, channelId, amount, expiresAt]);
  return handOver(client, { ...options, operator: address, agent: address, token, most: amount, data });
}

/**
 * Closes a channel: at once for its payee and, when it is over, for anybody; for its payer this begins the window, after which
 * somebody has to call again. Throws `ProtocolError`.
 */
export function closeChannel(client: ProtocolClient, options: ActionOptions & { channelId: bigint }): Promise<Sent> {
  const { deployment, channelId } = options;
  return send(client, { ...contractOf(deployment), functionName: "close", args: [channelId] }, options);
}

/** What a redemption did. */
export interface Redemption extends Sent {
  /** Token base units, net, by channel. */
  paid: { channelId: bigint; cumulative: bigint; paid: bigint }[];
  refused: { channelId: bigint; cumulative: bigint; reason: Refusal }[];
}

/** Redeems vouchers of any channels in one transaction; what is not paid is told with its reason. Throws `ProtocolError`. */
export async function redeemVouchers(
  client: ProtocolClient,
  options: ActionOptions & { vouchers: readonly Voucher[] },
): Promise<Redemption> {
  const { deployment, vouchers } = options;
  const contract = contractOf(deployment);
  const sent = await send(client, { ...contract, functionName: "redeemMany", args: [vouchers] }, options);
  const events = parseEventLogs({ abi: contract.abi, logs: logsOf(sent.receipt, contract.address) });
  const redemption: Redemption = { ...sent, paid: [], refused: [] };
  for (const { eventName, args } of events) {
    if (eventName === "VoucherRedeemed") {
      const { channelId, cumulative, paid } = args;
      redemption.paid.push({ channelId, cumulative, paid });
    } else if (eventName === "VoucherRefused") {
      const reason = REFUSALS[args.reason];
      if (reason) redemption.refused.push({ channelId: args.channelId, cumulative: args.cumulative, reason });
    }
  }
  return redemption;
}

/** Names the account that the caller's later channels pay, after the contract's delay. Throws `ProtocolError`. */
export function setPayout(client: ProtocolClient, options: ActionOptions & { payout: Address }): Promise<Sent> {
  const { deployment, payout } = options;
  return send(client, { ...contractOf(deployment), functionName: "setPayout", args: [payout] }, options);
}
