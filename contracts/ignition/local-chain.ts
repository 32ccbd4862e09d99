import { type Address, parseEther, parseUnits } from "viem";
import { type HDAccount, mnemonicToAccount } from "viem/accounts";
import type { Genesis } from "./modules/Protocol.ts";

/** The mnemonic that every local development chain funds. It is public: nothing of value may ever be sent to it. */
const PUBLIC_TEST_MNEMONIC = "test test test test test test test test test test test junk";

/** Who is who among the public test accounts: the address index below m/44'/60'/0'/0. Customers take the indexes from 10 on. */
export const LOCAL_ACCOUNTS = {
  deployer: 0,
  /** Proposes to the timelock, is the guardian, holds the treasury. */
  council: 1,
  /** Invites providers. */
  inviter: 2,
  /** Owners of the three local providers. */
  providers: [3, 4, 5],
  /** Keys of their keepers, in the same order. */
  operators: [6, 7, 8],
  /** Settles, expires and reports for everybody. */
  watcher: 9,
  /** First account that no part of the local stack uses. */
  firstFree: 10,
} as const;

/** One of the public test accounts, with its key. */
export function localAccount(index: number): HDAccount {
  return mnemonicToAccount(PUBLIC_TEST_MNEMONIC, { addressIndex: index });
}

const addressOf = (index: number): Address => localAccount(index).address;

/** How a local chain begins: by invitation, with a faucet. `originAt` in Unix seconds. */
export function localGenesis(originAt: number): Genesis {
  return {
    originAt,
    council: addressOf(LOCAL_ACCOUNTS.council),
    guardian: addressOf(LOCAL_ACCOUNTS.council),
    holders: [{ holder: addressOf(LOCAL_ACCOUNTS.council), amount: parseEther("100000000") }],
    paymentTokens: [],
    inviteIssuers: [addressOf(LOCAL_ACCOUNTS.inviter)],
    phase: "invite",
    faucet: {
      stock: parseEther("500000000"),
      everPerClaim: parseEther("10000"),
      usdPerClaim: parseUnits("10000", 6),
      waitSeconds: 60,
    },
  };
}
