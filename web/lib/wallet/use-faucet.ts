"use client";

import { claimFaucet } from "@4ever/sdk/faucet";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Address, createWalletClient, http, parseEther, publicActions } from "viem";
import { useAppConfig } from "@/lib/config-context";
import { testAccount } from "@/lib/wallet/test-wallet";
import { chainOf } from "@/lib/wallet/wagmi";

/** The deployer of a local chain, which sends nothing more, pays for the faucet's transactions: an empty account can use it. */
const PAYER_INDEX = 0;
const GAS_WEI = parseEther("10");
const LEAST_GAS_WEI = parseEther("1");

/** Local chain only: gives an account tokens to pay and to stake with, and coin for the network's fees. */
export function useFaucet() {
  const config = useAppConfig();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (account: Address) => {
      const client = createWalletClient({
        account: await testAccount(PAYER_INDEX),
        chain: chainOf(config),
        transport: http(config.chain.rpcUrl),
      }).extend(publicActions);
      if ((await client.getBalance({ address: account })) < LEAST_GAS_WEI) {
        const hash = await client.sendTransaction({ to: account, value: GAS_WEI });
        await client.waitForTransactionReceipt({ hash });
      }
      await claimFaucet(client, { deployment: config.deployment, to: account });
    },
    onSettled: () =>
      queryClient.invalidateQueries({
        predicate: ({ queryKey }) => ["token-balance", "balance", "ledger-balance"].includes(String(queryKey[0])),
      }),
  });
}

/** Whether this network has a faucet. */
export function useHasFaucet(): boolean {
  const { chain, deployment } = useAppConfig();
  return chain.isLocal && deployment.contracts.Faucet !== undefined;
}
