import { type Hex, isHex } from "viem";
import type { SignedSum } from "./voucher-book.ts";
import { decodeVoucher, encodeVoucher, type Voucher } from "./vouchers.ts";

/** How a store that outlives the process writes an entry: the same entry is always the same text. */
export interface EntryCodec<Entry> {
  encode(entry: Entry): string;
  /** Undefined when the text is no entry. */
  decode(text: string): Entry | undefined;
}

function isRoot(text: string): text is Hex {
  return isHex(text) && text.length === 66;
}

/** What a payer keeps. */
export const signedSums: EntryCodec<SignedSum> = {
  encode({ cumulative, usageRoot }) {
    if (usageRoot !== undefined && !isRoot(usageRoot)) throw new RangeError(`"${usageRoot}" is not 32 bytes in hex.`);
    return `${cumulative} ${usageRoot ?? "elsewhere"}`;
  },
  decode(text) {
    const [sum = "", use = "", ...rest] = text.split(" ");
    if (rest.length > 0 || !/^\d{1,78}$/.test(sum)) return undefined;
    if (use === "elsewhere") return { cumulative: BigInt(sum), usageRoot: undefined };
    return isRoot(use) ? { cumulative: BigInt(sum), usageRoot: use } : undefined;
  },
};

/** What a payee keeps. */
export const receivedVouchers: EntryCodec<Voucher> = { encode: encodeVoucher, decode: decodeVoucher };

/** What was stored cannot be read: never taken for nothing, since nothing would let a book sign again what it signed. */
export class ChannelStoreDamaged extends Error {
  override readonly name = "ChannelStoreDamaged";
}

/** Throws `ChannelStoreDamaged`. */
export function decodeEntry<Entry>(codec: EntryCodec<Entry>, key: string, text: string): Entry {
  const entry = codec.decode(text);
  if (entry === undefined) throw new ChannelStoreDamaged(`what is stored of the channel ${key} cannot be read`);
  return entry;
}
