import {
  type Address,
  concat,
  type Hex,
  hashTypedData,
  type LocalAccount,
  recoverTypedDataAddress,
  slice,
  toHex,
} from "viem";
import { compactSignature, expandedSignature } from "../signature.ts";

/** EIP-712 types of what a channel's session key signs, and of what a contract that owns such a key is asked once. */
export const VOUCHER_TYPES = {
  Voucher: [
    { name: "channelId", type: "uint256" },
    { name: "payee", type: "address" },
    { name: "serviceId", type: "bytes32" },
    { name: "cumulative", type: "uint256" },
    { name: "usageRoot", type: "bytes32" },
  ],
} as const;
export const SESSION_KEY_TYPES = {
  SessionKey: [
    { name: "key", type: "address" },
    { name: "payer", type: "address" },
    { name: "payee", type: "address" },
    { name: "serviceId", type: "bytes32" },
    { name: "expiresAt", type: "uint256" },
  ],
} as const;

/** What every voucher of a channel has in common. */
export interface ChannelTerms {
  chainId: number;
  /** Address of `UsageChannels`. */
  channels: Address;
  channelId: bigint;
  payee: Address;
  serviceId: Hex;
}

/** What a voucher claims. */
export interface Claim {
  /** Token base units, gross, since the opening. */
  cumulative: bigint;
  /** Commits to what was used; its meaning is the service's. */
  usageRoot: Hex;
}

/** A signed claim as `UsageChannels.redeem` takes it: the signature in its one short form (EIP-2098). */
export interface Voucher extends Claim {
  channelId: bigint;
  r: Hex;
  vs: Hex;
}

function domainOf({ chainId, channels }: Pick<ChannelTerms, "chainId" | "channels">) {
  return { name: "4EVER Channels", version: "1", chainId, verifyingContract: channels } as const;
}

/** What the session key signs: for `signTypedData`. */
export function voucherTypedData(terms: ChannelTerms, { cumulative, usageRoot }: Claim) {
  const { channelId, payee, serviceId } = terms;
  return {
    domain: domainOf(terms),
    types: VOUCHER_TYPES,
    primaryType: "Voucher",
    message: { channelId, payee, serviceId, cumulative, usageRoot },
  } as const;
}

/** What a session key's owner is asked once, at the opening. `expiresAt` in Unix seconds. */
export function sessionKeyTypedData(
  contract: Pick<ChannelTerms, "chainId" | "channels">,
  message: { key: Address; payer: Address; payee: Address; serviceId: Hex; expiresAt: bigint },
) {
  return { domain: domainOf(contract), types: SESSION_KEY_TYPES, primaryType: "SessionKey", message } as const;
}

/** The EIP-712 digest of a voucher, as `UsageChannels.voucherDigestOf` tells it. */
export function voucherDigest(terms: ChannelTerms, claim: Claim): Hex {
  return hashTypedData(voucherTypedData(terms, claim));
}

/** A session key gave what is no signature of 65 bytes, so that no channel would take it. */
export class VoucherUnsigned extends Error {
  override readonly name = "VoucherUnsigned";
  constructor() {
    super("The session key’s signature has no form that a channel takes.");
  }
}

/** Signs a claim with a session key. Whoever signs should ask a voucher book what may be signed. Throws {@link VoucherUnsigned}. */
export async function signVoucher(
  sessionKey: Pick<LocalAccount, "signTypedData">,
  terms: ChannelTerms,
  claim: Claim,
): Promise<Voucher> {
  const signature = await sessionKey.signTypedData(voucherTypedData(terms, claim));
  const compact = compactSignature(signature);
  if (!compact) throw new VoucherUnsigned();
  return { channelId: terms.channelId, ...claim, ...compact };
}

const VOUCHER_BYTES = 160;

/** A voucher on its way from payer to payee: its five words, 160 bytes in hex. */
export function encodeVoucher({ channelId, cumulative, usageRoot, r, vs }: Voucher): Hex {
  return concat([toHex(channelId, { size: 32 }), toHex(cumulative, { size: 32 }), usageRoot, r, vs]);
}

/** Reads what a stranger sent. Undefined when it is no voucher; one that it reads may still be signed by nobody. */
export function decodeVoucher(text: string): Voucher | undefined {
  if (text.length !== 2 + 2 * VOUCHER_BYTES || !/^0x[0-9a-fA-F]*$/.test(text)) return undefined;
  const word = (i: number): Hex => slice(text as Hex, 32 * i, 32 * (i + 1));
  return { channelId: BigInt(word(0)), cumulative: BigInt(word(1)), usageRoot: word(2), r: word(3), vs: word(4) };
}

/** Who signed a voucher; undefined when nobody did, or not in the form that the contract takes. */
export async function voucherSigner(terms: ChannelTerms, voucher: Voucher): Promise<Address | undefined> {
  const isWord = (hex: Hex) => /^0x[0-9a-fA-F]{64}$/.test(hex);
  if (![voucher.r, voucher.vs, voucher.usageRoot].every(isWord)) return undefined;
  const signature = expandedSignature(voucher);
  if (!signature || voucher.channelId !== terms.channelId) return undefined;
  return await recoverTypedDataAddress({ ...voucherTypedData(terms, voucher), signature }).catch(() => undefined);
}
