import { shouldRedeem } from "@4ever/sdk/channels/accumulator";
import type { Voucher } from "@4ever/sdk/channels/vouchers";
import type { Address, Hex } from "viem";

export type KeptVoucher = Voucher;

/** A channel that pays this keeper's provider, as the followed events tell it. Token base units, gross; Unix seconds. */
export type PayingChannel = {
  channelId: bigint;
  payer: Address;
  serviceId: Hex;
  sessionKey: Address;
  tokenId: number;
  feeBps: number;
  locked: bigint;
  redeemed: bigint;
  /** First moment at which nothing is paid any more. */
  endsAt: number;
  isClosed: boolean;
};

/** A voucher that could be redeemed now. */
export type WaitingVoucher = {
  channel: PayingChannel;
  voucher: KeptVoucher;
  /** What redeeming would pay: token base units, net of the fee. */
  due: bigint;
};

/** What the ingest writes of vouchers. */
export type VoucherStore = {
  channel(channelId: bigint): Promise<PayingChannel | undefined>;
  /** Most that is kept or was redeemed of a channel, within its cap. */
  kept(channel: PayingChannel): Promise<bigint>;
  /** Keeps a voucher whose signature was checked; undefined when its channel is gone or its cap smaller by now. */
  keep(voucher: KeptVoucher): Promise<{ kept: bigint; added: bigint } | undefined>;
  waiting(nowAt: number): Promise<WaitingVoucher[]>;
};

/** What an operator takes, and when it redeems. */
export type VoucherPolicy = {
  /** By token number: base units that one native coin (10^18 wei) is worth to the operator. Other tokens are not taken. */
  coinPrices: Readonly<Record<number, bigint>>;
  /** How many times its gas a voucher must pay in ordinary times. */
  worth: number;
  /** How long before a channel's end whatever is more than its gas is redeemed. Seconds. */
  marginSeconds: number;
};

/** Most vouchers of one transaction: some one and a half million gas. */
export const BATCH_VOUCHERS = 50;
/** Gas of a transaction of `n` vouchers: measured, `bench/gas.json`. */
const BATCH_GAS = { base: 33_000n, each: 29_000n };

/** What one of `count` vouchers costs to redeem together. Base units of a token of which one coin is worth `coinPrice`; rounded up. */
export function redemptionCost(count: number, gasPriceWei: bigint, coinPrice: bigint): bigint {
  const gas = BATCH_GAS.each + BATCH_GAS.base / BigInt(Math.max(1, count));
  return (gas * gasPriceWei * coinPrice + 10n ** 18n - 1n) / 10n ** 18n;
}

/**
 * Which vouchers to redeem now, in one transaction, of those that end first. Each is the cheaper the more there are: so it begins with what would be
 * worth its share of a full one, and leaves out until those that are left are worth theirs.
 */
export function chooseVouchers(
  waiting: readonly WaitingVoucher[],
  { coinPrices, worth, marginSeconds }: VoucherPolicy,
  { gasPriceWei, nowAt }: { gasPriceWei: bigint; nowAt: number },
): WaitingVoucher[] {
  const worthIn = (count: number, { channel, voucher }: WaitingVoucher) => {
    const coinPrice = coinPrices[channel.tokenId];
    if (coinPrice === undefined) return false;
    const gasCost = redemptionCost(count, gasPriceWei, coinPrice);
    const { isClosed, endsAt, ...rest } = channel;
    const state = { ...rest, status: isClosed ? "closed" : "open", expiresAt: endsAt, closesAt: undefined } as const;
    return shouldRedeem(voucher, state, { gasCost, nowAt, marginSeconds, worth: BigInt(worth) });
  };
  let chosen = waiting.filter((each) => worthIn(BATCH_VOUCHERS, each)).slice(0, BATCH_VOUCHERS);
  for (;;) {
    const { length } = chosen;
    chosen = chosen.filter((each) => worthIn(length, each));
    if (chosen.length === length) return chosen;
  }
}
