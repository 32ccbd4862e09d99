"use client";

import { getExitBounty, offerExitBounty, suggestedBounty, takeBackExitBounty } from "@4ever/sdk/exit-bounties";
import { useQueryClient } from "@tanstack/react-query";
import type { Address } from "viem";
import { useClient, useGasPrice } from "wagmi";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { useLiveQuery } from "@/lib/use-live-query";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Most gas of an offer and of taking one back. */
const OFFER_GAS = 110_000n;
const TAKE_BACK_GAS = 60_000n;
const REFRESH_MS = 15_000;

/** What the connected account promises for its exit from a provider; undefined where the deployment has no bounties. */
export function useExitBounty(provider: Address) {
  const client = useClient();
  const queries = useQueryClient();
  const { account, review } = useWallet();
  const { chain, deployment } = useAppConfig();
  const { data: gasPriceWei } = useGasPrice();
  const contract = deployment.contracts.ExitBounties;
  const queryKey = ["exit-bounty", deployment.chainId, contract, provider, account];
  const { data: bounty } = useLiveQuery({
    queryKey,
    enabled: client !== undefined && account !== undefined && contract !== undefined,
    refetchInterval: REFRESH_MS,
    queryFn: async () => {
      if (!client || !account) throw new Error("There is no account to ask for.");
      return await getExitBounty(client, { deployment, provider, account });
    },
  });
  if (!contract || !account || !bounty) return undefined;

  const coin = { symbol: chain.nativeSymbol, decimals: 18 };
  const onConfirmed = () => void queries.invalidateQueries({ queryKey });
  return {
    ...bounty,
    coin,
    /** What pays for an execution a few times now. Wei. */
    suggestedWei: gasPriceWei === undefined ? undefined : suggestedBounty(gasPriceWei),
    offer: (tranche: number, amountWei: bigint) =>
      review({
        key: `bounty/offer/${provider}`,
        title: "Offer a bounty",
        sentence: `Whoever pays out what you thaw, once all of it has thawed, gets ${formatMoney(bounty.amountWei + amountWei, coin)}.`,
        action: "Offer it",
        costs: [{ label: "Bounty", amount: amountWei, token: coin, note: "Yours again until somebody has earned it." }],
        gasLimit: OFFER_GAS,
        undo: "You can take it back at any time before somebody has earned it.",
        steps: [{ what: "transaction", title: "Send the bounty" }],
        to: contract,
        run: (wallet, context) => offerExitBounty(wallet, { ...context, provider, tranche, amountWei }),
        onConfirmed,
      }),
    takeBack: () =>
      review({
        key: `bounty/take-back/${provider}`,
        title: "Take the bounty back",
        sentence: `${formatMoney(bounty.amountWei, coin)} come back into your account.`,
        action: "Take it back",
        costs: [],
        gasLimit: TAKE_BACK_GAS,
        undo: "You can offer one again while something thaws.",
        steps: [{ what: "transaction", title: "Take it back" }],
        to: contract,
        run: (wallet, context) => takeBackExitBounty(wallet, { ...context, provider }),
        onConfirmed,
      }),
  };
}
