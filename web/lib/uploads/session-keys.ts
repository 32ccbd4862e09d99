import { type Address, type Hex, isHex, type TypedDataDefinition } from "viem";
import type { KeyValue } from "@/lib/transactions/storage";

/** Who signs for a deal or a channel. */
export interface SessionSigner {
  signTypedData(data: TypedDataDefinition): Promise<Hex>;
  /** Whether each signature is a question to the wallet's owner. */
  isWallet: boolean;
}

const PREFIX = "4ever.session-key.";

/** Curves weigh some 30 kB: they are fetched when a key is made or signs. */
const accounts = () => import("viem/accounts");

/**
 * Makes the key that signs upload tokens and later pieces of one deal, or the vouchers of one channel, and keeps it in this browser. The most
 * that a thief could do is to put other bytes into what the deal's capacity still has room for, or to give the channel's cap to its payee.
 */
export async function createSessionKey(storage: KeyValue): Promise<{ address: Address }> {
  const { generatePrivateKey, privateKeyToAccount } = await accounts();
  const key = generatePrivateKey();
  const { address } = privateKeyToAccount(key);
  storage.setItem(`${PREFIX}${address.toLowerCase()}`, key);
  return { address };
}

/** The key behind an address that this browser made; undefined when it was made elsewhere or has been deleted. */
export function sessionKeyOf(storage: KeyValue, address: Address): SessionSigner | undefined {
  const key = storage.getItem(`${PREFIX}${address.toLowerCase()}`);
  if (key === null || !isHex(key) || key.length !== 66) return undefined;
  return {
    signTypedData: async (data) => (await accounts()).privateKeyToAccount(key).signTypedData(data),
    isWallet: false,
  };
}
