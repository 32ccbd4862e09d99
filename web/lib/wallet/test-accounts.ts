// Fetched only on a local chain: deriving keys weighs more than the rest of the wallet.
import { type HDAccount, mnemonicToAccount } from "viem/accounts";

/** The mnemonic that every local development chain funds. It is public: nothing of value may ever be sent to it. */
const PUBLIC_TEST_MNEMONIC = "test test test test test test test test test test test junk";

const accounts = new Map<number, HDAccount>();

/** One public test account with its key, by its index below m/44'/60'/0'/0. What it is given, anybody can take. */
export function testAccountOf(index: number): HDAccount {
  const known = accounts.get(index);
  if (known) return known;
  const derived = mnemonicToAccount(PUBLIC_TEST_MNEMONIC, { addressIndex: index });
  accounts.set(index, derived);
  return derived;
}
