"use client";

import type { ProtocolClient } from "@4ever/sdk/client";
import type { Deployment } from "@4ever/sdk/deployments";
import { useMemo } from "react";
import type { Address } from "viem";
import { useConfig, useConnection } from "wagmi";
import { getConnectorClient } from "wagmi/actions";
import { useAppConfig } from "@/lib/config-context";
import { useOpenTransaction } from "@/lib/transactions/provider";
import type { RunOptions, TransactionPlan } from "@/lib/transactions/types";
import { useWalletPrompt } from "@/lib/wallet/prompt";

/** What an SDK action needs besides its own options. */
export type ActionContext = RunOptions & { deployment: Deployment; account: Address };

/** A plan whose `run` is handed the wallet's client when the time has come. */
export type WalletPlan = Omit<TransactionPlan, "run"> & {
  run: (client: ProtocolClient, context: ActionContext) => Promise<unknown>;
};

export interface Wallet {
  account: Address | undefined;
  /** Asks for a wallet. */
  connect: () => void;
  /** Opens a plan in the drawer; without a wallet it asks for one first. */
  review: (plan: WalletPlan) => void;
  /** The wallet's client, for what is only signed; undefined without a wallet. */
  reach: () => Promise<ProtocolClient | undefined>;
}

/** The connected wallet, or a way to get one. */
export function useWallet(): Wallet {
  const config = useConfig();
  const { deployment } = useAppConfig();
  const { address } = useConnection();
  const { setOpen } = useWalletPrompt();
  const open = useOpenTransaction();
  return useMemo(() => {
    const clientOf = (account: Address) => getConnectorClient(config, { chainId: deployment.chainId, account });
    return {
      account: address,
      connect: () => setOpen(true),
      review: (plan) => {
        if (!address) return setOpen(true);
        open({
          ...plan,
          run: async (options) => plan.run(await clientOf(address), { ...options, deployment, account: address }),
        });
      },
      reach: async () => (address ? clientOf(address) : undefined),
    };
  }, [address, config, deployment, open, setOpen]);
}
