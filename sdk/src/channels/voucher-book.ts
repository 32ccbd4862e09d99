import type { Hex, LocalAccount } from "viem";
import { type ChannelStore, channelKey } from "./store.ts";
import { type ChannelTerms, type Claim, signVoucher, type Voucher } from "./vouchers.ts";

/** What signing gave: a voucher, or why there is none. Token base units. */
export type Signing =
  | { voucher: Voucher; refused?: undefined }
  /** More than the cap in sum. */
  | { refused: "cap"; signed: bigint; cap: bigint }
  /** Less than was signed before, or as much for another use. */
  | { refused: "lower"; signed: bigint };

/** What a payer's store keeps of a channel. */
export interface SignedSum {
  /** Most that was signed. Token base units, gross. */
  cumulative: bigint;
  /** What it was for; undefined for a sum that was signed elsewhere, or for the zero of a channel that was just opened. */
  usageRoot: Hex | undefined;
}

/** The payer's side of a channel. */
export interface VoucherBook {
  /** Most that was signed, as far as the store knows; undefined when it does not know the channel. Token base units, gross. */
  signed(): Promise<bigint | undefined>;
  /**
   * Counts `cumulative` as signed elsewhere: zero for a channel that was just opened, what the payee has for one whose store was lost.
   * Changes nothing when as much is known. Resolves to what is known then. Token base units, gross.
   */
  startFrom(cumulative: bigint): Promise<bigint>;
  /** Signs `amount` more than before. Token base units, gross, more than zero. */
  add(amount: bigint, usageRoot: Hex): Promise<Signing>;
  /** Signs a sum that the payee told. The same sum for the same use gives the same voucher. */
  signTo(claim: Claim): Promise<Signing>;
  /** The highest voucher so far, once more; undefined when the store does not know of one. */
  latest(): Promise<Voucher | undefined>;
}

/**
 * Signs a channel's vouchers: never less than before, never more than `cap`, and only what the store already holds. A crash after
 * that loses the voucher, not the memory of it: `latest` signs it again. Two books on one store agree, too.
 * @param options.cap Most that is ever signed. Token base units; at most what the channel locks.
 */
export function createVoucherBook({
  terms,
  sessionKey,
  store,
  cap,
}: {
  terms: ChannelTerms;
  sessionKey: Pick<LocalAccount, "signTypedData">;
  store: ChannelStore<SignedSum>;
  cap: bigint;
}): VoucherBook {
  const key = channelKey(terms);
  const sign = (claim: Claim) => signVoucher(sessionKey, terms, claim);

  /** Writes what `nextOf` wants and signs it; begins anew when somebody else wrote meanwhile. */
  async function advance(nextOf: (signed: bigint) => Claim): Promise<Signing> {
    for (;;) {
      const before = await store.read(key);
      const signed = before?.cumulative ?? 0n;
      const next = nextOf(signed);
      if (next.cumulative > cap) return { refused: "cap", signed, cap };
      if (next.cumulative === before?.cumulative && next.usageRoot === before.usageRoot)
        return { voucher: await sign(next) };
      if (next.cumulative <= signed) return { refused: "lower", signed };
      if (await store.replace(key, before, next)) return { voucher: await sign(next) };
    }
  }

  return {
    async signed() {
      return (await store.read(key))?.cumulative;
    },
    async startFrom(cumulative) {
      if (cumulative < 0n) throw new RangeError(`Nobody can have signed ${cumulative}.`);
      for (;;) {
        const before = await store.read(key);
        if (before && before.cumulative >= cumulative) return before.cumulative;
        if (await store.replace(key, before, { cumulative, usageRoot: undefined })) return cumulative;
      }
    },
    async add(amount, usageRoot) {
      if (amount <= 0n) throw new RangeError(`A voucher must add more than zero, not ${amount}.`);
      return advance((signed) => ({ cumulative: signed + amount, usageRoot }));
    },
    signTo: ({ cumulative, usageRoot }) => advance(() => ({ cumulative, usageRoot })),
    async latest() {
      const { cumulative, usageRoot } = (await store.read(key)) ?? {};
      return cumulative === undefined || usageRoot === undefined ? undefined : sign({ cumulative, usageRoot });
    },
  };
}
