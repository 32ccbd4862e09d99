"use client";

import { useMemo } from "react";
import type { Address } from "viem";
import { type Connector, useConnectors } from "wagmi";
import { TEST_WALLET_ID, type TestAccount, testAccountAddress } from "@/lib/wallet/test-wallet";

/** What the test wallet's connector adds to wagmi's. */
interface TestWalletExtras {
  testAccounts: readonly TestAccount[];
  selectTestAccount: (index: number) => Promise<void>;
}

function hasTestAccounts(connector: Connector | undefined): connector is Connector & TestWalletExtras {
  return connector?.id === TEST_WALLET_ID && "testAccounts" in connector;
}

export interface TestWallet {
  connector: Connector;
  accounts: readonly (TestAccount & { address: Address })[];
  select: (index: number) => Promise<void>;
}

/** The test wallet with its accounts; undefined on every chain but a local one. */
export function useTestWallet(): TestWallet | undefined {
  const connectors = useConnectors();
  return useMemo(() => {
    const connector = connectors.find(({ id }) => id === TEST_WALLET_ID);
    if (!hasTestAccounts(connector)) return undefined;
    return {
      connector,
      accounts: connector.testAccounts.map((account) => ({ ...account, address: testAccountAddress(account.index) })),
      select: (index) => connector.selectTestAccount(index),
    };
  }, [connectors]);
}
