"use client";

import { getBalance, getToken } from "@4ever/sdk/tokens";
import { type Address, erc20Abi } from "viem";
import { readContract } from "viem/actions";
import { useClient } from "wagmi";
import { useAppConfig } from "@/lib/config-context";
import type { TokenUnit } from "@/lib/format/money";
import { useLiveQuery } from "@/lib/use-live-query";

export interface Token extends TokenUnit {
  address: Address;
}

/** EVER has 18 decimals by its contract; only the payment token differs from network to network. */
export const EVER_UNIT: TokenUnit = { symbol: "EVER", decimals: 18 };

const REFRESH_MS = 5_000;

/** The two tokens of the network: deals are paid in `payment`, stake is `ever`. Both are asked for their own symbol and decimals. */
export function useTokens() {
  const client = useClient();
  const { chainId, contracts } = useAppConfig().deployment;
  return useLiveQuery({
    queryKey: ["tokens", chainId, contracts.PaymentToken, contracts.EverToken],
    enabled: client !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<{ payment: Token; ever: Token }> => {
      if (!client) throw new Error("No client for this chain.");
      const read = async (address: Address): Promise<Token> => {
        const [symbol, decimals] = await Promise.all([
          readContract(client, { address, abi: erc20Abi, functionName: "symbol" }),
          readContract(client, { address, abi: erc20Abi, functionName: "decimals" }),
        ]);
        return { address, symbol, decimals };
      };
      const [payment, ever] = await Promise.all([read(contracts.PaymentToken), read(contracts.EverToken)]);
      return { payment, ever };
    },
  });
}

/** What an account holds of a token, in base units. */
export function useTokenBalance(token: Address | undefined, account: Address | undefined) {
  const client = useClient();
  return useLiveQuery({
    queryKey: ["token-balance", token, account],
    enabled: client !== undefined && token !== undefined && account !== undefined,
    queryFn: async () => {
      if (!client || !token || !account) throw new Error("Token or account are missing.");
      return readContract(client, { address: token, abi: erc20Abi, functionName: "balanceOf", args: [account] });
    },
  });
}

/** What an account can spend of the network's payment token: `available` in the ledger, `wallet` outside of it. Base units. */
export function useLedgerBalance(account: Address | undefined) {
  const client = useClient();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["ledger-balance", account],
    enabled: client !== undefined && account !== undefined,
    refetchInterval: REFRESH_MS,
    queryFn: async () => {
      if (!client || !account) throw new Error("There is no account to ask for.");
      const token = await getToken(client, { deployment });
      return { token, ...(await getBalance(client, { deployment, account, token })) };
    },
  });
}
