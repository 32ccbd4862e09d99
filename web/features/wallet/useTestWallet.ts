"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Address } from "viem";
import { type Connector, useConnectors } from "wagmi";
import { TEST_WALLET_ID, type TestAccount, testAccount } from "@/lib/wallet/test-wallet";

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

/** The test wallet with its accounts; undefined on every chain but a local one, and until their keys are derived. */
export function useTestWallet(): TestWallet | undefined {
  const connectors = useConnectors();
  const connector = connectors.find(({ id }) => id === TEST_WALLET_ID);
  const wallet = hasTestAccounts(connector) ? connector : undefined;
  const { data: accounts } = useQuery({
    queryKey: ["test-accounts", wallet?.testAccounts],
    queryFn: () =>
      Promise.all(
        (wallet?.testAccounts ?? []).map(async (each) => ({
          ...each,
          address: (await testAccount(each.index)).address,
        })),
      ),
    enabled: wallet !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(
    () => wallet && accounts && { connector: wallet, accounts, select: (index) => wallet.selectTestAccount(index) },
    [wallet, accounts],
  );
}
