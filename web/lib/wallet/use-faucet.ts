"use client";

import { claimFaucet } from "@4ever/sdk/faucet";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Address, createClient, http, parseEther } from "viem";
import { getBalance, sendTransaction, waitForTransactionReceipt } from "viem/actions";
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
      const client = createClient({
        account: await testAccount(PAYER_INDEX),
        chain: chainOf(config),
        transport: http(config.chain.rpcUrl),
      });
      if ((await getBalance(client, { address: account })) < LEAST_GAS_WEI) {
        const hash = await sendTransaction(client, { to: account, value: GAS_WEI });
        await waitForTransactionReceipt(client, { hash });
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
