import { type Address, getAddress, type Hex } from "viem";
import type { TokenUnit } from "@/lib/format/money";

/** A channel as the index tells it. Money is base units of `token`, gross; moments are Unix seconds. */
export interface Channel {
  id: Hex;
  channelId: bigint;
  status: "OPEN" | "CLOSING" | "CLOSED";
  payer: Address;
  payee: Address;
  payout: Address;
  service: { id: Hex; name: string };
  token: TokenUnit & { address: Address; tokenId: number };
  sessionKey: Address;
  feeBps: number;
  locked: bigint;
  redeemed: bigint;
  /** Net of the fee. */
  paid: bigint;
  refunded: bigint | undefined;
  expiresAt: number;
  closesAt: number | undefined;
  openedAt: number;
  closedAt: number | undefined;
  hash: Hex;
}

export interface ChannelRow {
  id: Hex;
  channelId: string;
  status: Channel["status"];
  payer: { id: Hex };
  payee: { id: Hex };
  payout: { id: Hex };
  service: { id: Hex; name: string };
  token: { address: Hex; symbol: string; decimals: number; tokenId: string };
  sessionKey: Hex;
  feeBps: number;
  locked: string;
  redeemed: string;
  paid: string;
  refunded: string | null;
  expiresAt: string;
  closesAt: string | null;
  openedAt: string;
  closedAt: string | null;
  transactionHash: Hex;
}

const momentOf = (text: string | null) => (text === null ? undefined : Number(text));

export function channelFrom(row: ChannelRow): Channel {
  return {
    id: row.id,
    channelId: BigInt(row.channelId),
    status: row.status,
    payer: getAddress(row.payer.id),
    payee: getAddress(row.payee.id),
    payout: getAddress(row.payout.id),
    service: row.service,
    token: { ...row.token, address: getAddress(row.token.address), tokenId: Number(row.token.tokenId) },
    sessionKey: getAddress(row.sessionKey),
    feeBps: row.feeBps,
    locked: BigInt(row.locked),
    redeemed: BigInt(row.redeemed),
    paid: BigInt(row.paid),
    refunded: row.refunded === null ? undefined : BigInt(row.refunded),
    expiresAt: Number(row.expiresAt),
    closesAt: momentOf(row.closesAt),
    openedAt: Number(row.openedAt),
    closedAt: momentOf(row.closedAt),
    hash: row.transactionHash,
  };
}

/** Where a channel stands now. `over`: nothing is paid any more, and nobody has closed it yet. */
export type ChannelPhase = "open" | "closing" | "over" | "closed";

/** First moment at which nothing is paid any more. Unix seconds. */
export function endOf({ closesAt, expiresAt }: Pick<Channel, "closesAt" | "expiresAt">): number {
  return closesAt ?? expiresAt;
}

/** @param nowAt Unix seconds; undefined before a block was seen, when the index is believed. */
export function phaseOf(
  channel: Pick<Channel, "status" | "closesAt" | "expiresAt">,
  nowAt: number | undefined,
): ChannelPhase {
  if (channel.status === "CLOSED") return "closed";
  if (nowAt !== undefined && nowAt >= endOf(channel)) return "over";
  return channel.status === "CLOSING" ? "closing" : "open";
}

/** Whether no voucher is paid any more, whoever signed how much. */
export function isOver(channel: Parameters<typeof phaseOf>[0], nowAt: number | undefined): boolean {
  return ["over", "closed"].includes(phaseOf(channel, nowAt));
}

/** How a cap is shared out, as far as this side knows. Token base units. */
export interface Shares {
  redeemed: bigint;
  /** Signed and not redeemed: it can leave at any time, and is lost to the payee when the channel ends before. */
  waiting: bigint;
  /** Neither signed nor redeemed. */
  unsigned: bigint;
}

/** @param signed Highest sum that was signed; undefined when that is not known: then nothing is said of it. */
export function sharesOf(
  { locked, redeemed }: Pick<Channel, "locked" | "redeemed">,
  signed: bigint | undefined,
): Shares | undefined {
  if (signed === undefined) return undefined;
  const most = signed > redeemed ? signed : redeemed;
  const capped = most > locked ? locked : most;
  return { redeemed, waiting: capped - redeemed, unsigned: locked - capped };
}
