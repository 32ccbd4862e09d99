import { type Address, type Hex, isHex, type TypedDataDefinition } from "viem";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import type { KeyValue } from "@/lib/transactions/storage";

/** Who signs upload tokens and later pieces of a deal. */
export interface SessionSigner {
  signTypedData(data: TypedDataDefinition): Promise<Hex>;
  /** Whether each signature is a question to the wallet's owner. */
  isWallet: boolean;
}

const PREFIX = "4ever.session-key.";

/**
 * Makes the key that signs upload tokens and later pieces of one deal, and keeps it in this browser. It cannot move money: the
 * most that a thief could do is to put other bytes into what the deal's capacity still has room for.
 */
export function createSessionKey(storage: KeyValue): PrivateKeyAccount {
  const key = generatePrivateKey();
  const account = privateKeyToAccount(key);
  storage.setItem(`${PREFIX}${account.address.toLowerCase()}`, key);
  return account;
}

/** The key behind an address that this browser made; undefined when it was made elsewhere or has been deleted. */
export function sessionKeyOf(storage: KeyValue, address: Address): PrivateKeyAccount | undefined {
  const key = storage.getItem(`${PREFIX}${address.toLowerCase()}`);
  return key !== null && isHex(key) && key.length === 66 ? privateKeyToAccount(key as Hex) : undefined;
}
