import { keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { ChannelStore } from "../../../sdk/src/channels/store.ts";
import { createVoucherBook, type SignedSum } from "../../../sdk/src/channels/voucher-book.ts";
import type { ChannelTerms } from "../../../sdk/src/channels/vouchers.ts";

export const TERMS: ChannelTerms = {
  chainId: 31337,
  channels: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  channelId: 7n,
  payee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  serviceId: keccak256(toHex("rpc")),
};

/** A payer's book with one key and cap, wherever it runs. */
export function bookOn(store: ChannelStore<SignedSum>) {
  const sessionKey = privateKeyToAccount(keccak256(toHex("session")));
  return createVoucherBook({ terms: TERMS, sessionKey, store, cap: 1_000_000n });
}
