import { type Address, isAddressEqual } from "viem";
import { netOf } from "../units.ts";
import type { Channel } from "./channels.ts";
import { type ChannelStore, channelKey } from "./store.ts";
import { type ChannelTerms, type Voucher, voucherSigner } from "./vouchers.ts";
import type { Refusal } from "./words.ts";

/** What became of a voucher: how much more it is worth than the one before, or why it is worth nothing. Token base units, gross. */
export type Acceptance =
  | { added: bigint; refused?: undefined }
  | { refused: Extract<Refusal, "not-higher" | "cap-exceeded" | "signature-invalid"> };

/** The payee's side of a channel. */
export interface VoucherAccumulator {
  /** Takes a voucher from a payer. It is kept, durably, when this resolves with `added`. Never throws for what a payer sent. */
  accept(voucher: Voucher): Promise<Acceptance>;
  /** The highest valid voucher. */
  highest(): Promise<Voucher | undefined>;
}

/**
 * Keeps a channel's highest voucher, and no other: an earlier one is worth nothing beside it.
 * @param options.locked The channel's cap as of now. Token base units.
 */
export function createVoucherAccumulator({
  terms,
  sessionKey,
  locked,
  store,
}: {
  terms: ChannelTerms;
  sessionKey: Address;
  locked: () => bigint;
  store: ChannelStore<Voucher>;
}): VoucherAccumulator {
  const key = channelKey(terms);
  return {
    async accept({ channelId, cumulative, usageRoot, r, vs }) {
      const voucher = { channelId, cumulative, usageRoot, r, vs };
      if (cumulative > locked()) return { refused: "cap-exceeded" };
      const signer = await voucherSigner(terms, voucher);
      if (!signer || !isAddressEqual(signer, sessionKey)) return { refused: "signature-invalid" };
      for (;;) {
        const before = await store.read(key);
        const kept = before?.cumulative ?? 0n;
        if (cumulative <= kept) return { refused: "not-higher" };
        if (await store.replace(key, before, voucher)) return { added: cumulative - kept };
      }
    },
    highest: () => store.read(key),
  };
}

/**
 * Whether a voucher should be redeemed now: when what it pays is `worth` times the gas, or, soon before the channel ends, when it is
 * more than the gas.
 * @param options.gasCost What redeeming costs. Base units of the channel's token.
 * @param options.nowAt Unix seconds.
 * @param options.marginSeconds How long before the end is soon: a multiple of the time after which the payee looks again.
 * @param options.worth How many times the gas it must pay in ordinary times.
 */
export function shouldRedeem(
  voucher: Pick<Voucher, "cumulative">,
  channel: Pick<Channel, "status" | "redeemed" | "locked" | "feeBps" | "expiresAt" | "closesAt">,
  {
    gasCost,
    nowAt,
    marginSeconds,
    worth = 20n,
  }: { gasCost: bigint; nowAt: number; marginSeconds: number; worth?: bigint },
): boolean {
  const { status, redeemed, locked, feeBps, expiresAt, closesAt = expiresAt } = channel;
  if ((status !== "open" && status !== "closing") || nowAt >= closesAt) return false;
  if (voucher.cumulative <= redeemed || voucher.cumulative > locked) return false;
  const due = netOf(voucher.cumulative, BigInt(feeBps)) - netOf(redeemed, BigInt(feeBps));
  return nowAt + marginSeconds >= closesAt ? due > gasCost : due > 0n && due >= worth * gasCost;
}
