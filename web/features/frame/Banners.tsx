"use client";

import { useBalance, useConnection, useSwitchChain } from "wagmi";
import { Button } from "@/components/Button";
import { FaucetButton } from "@/components/FaucetButton";
import { Notice } from "@/components/States";
import { useChainHead } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatCount } from "@/lib/format/count";
import { useIndexStatus } from "@/lib/subgraph";
import { useHasFaucet } from "@/lib/wallet/use-faucet";

const COIN_REFRESH_MS = 5_000;

/** What is wrong with the whole network or wallet right now, above every page; each with its way forward. */
export function Banners() {
  const {
    chain,
    deployment: { chainId: ownChainId },
  } = useAppConfig();
  const { address, isConnected, chainId, connector } = useConnection();
  const { data: coin } = useBalance({ address, chainId: ownChainId, query: { refetchInterval: COIN_REFRESH_MS } });
  const hasFaucet = useHasFaucet();
  const { mutate: switchChain, isPending, error: switchError } = useSwitchChain();
  const { error: chainError, refetch } = useChainHead();
  const index = useIndexStatus();

  const isForeign = isConnected && chainId !== undefined && chainId !== ownChainId;
  return (
    <div className="space-y-3 not-empty:mb-6">
      {chainError ? (
        <Notice
          tone="bad"
          title="The chain cannot be reached"
          action={
            <Button size="sm" onClick={() => refetch()}>
              Try again
            </Button>
          }
        >
          {chain.rpcUrl} does not answer. Figures on this page may be out of date, and nothing can be sent.
        </Notice>
      ) : null}
      {isForeign ? (
        <Notice
          tone="warn"
          title={`${connector?.name ?? "The wallet"} is on another network`}
          action={
            <Button
              size="sm"
              busy={isPending && "Waiting for the wallet"}
              onClick={() => switchChain({ chainId: ownChainId })}
            >
              Switch to {chain.name}
            </Button>
          }
        >
          {switchError
            ? `The wallet did not switch. Choose ${chain.name} (chain id ${ownChainId}, ${chain.rpcUrl}) in the wallet itself.`
            : "You can look around; to sign anything, switch the wallet."}
        </Notice>
      ) : null}
      {!chainError && !isForeign && address && coin?.value === 0n ? (
        <Notice
          tone="warn"
          title={`This account has no ${chain.nativeSymbol}`}
          action={<FaucetButton account={address} />}
        >
          The chain takes a fee in {chain.nativeSymbol} for whatever is sent.{" "}
          {hasFaucet ? "On this local chain it costs nothing." : `Send some to ${address}, then go on here.`}
        </Notice>
      ) : null}
      {!chainError && index.state === "unreachable" ? (
        <Notice
          tone="warn"
          title="The index cannot be reached"
          action={
            <Button size="sm" onClick={index.retry}>
              Try again
            </Button>
          }
        >
          Lists and histories are missing until it answers. The chain works: nothing that is locked or staked is
          affected.
        </Notice>
      ) : null}
      {index.state === "failed" ? (
        <Notice tone="bad" title={`The index stopped at block ${formatCount(index.block)}`}>
          Lists and histories end there. The chain goes on, and so do deals and proofs.
        </Notice>
      ) : null}
      {index.state === "behind" ? (
        <Notice tone="warn" title={`The index shows block ${formatCount(index.block)} of ${formatCount(index.head)}`}>
          Lists and histories are {formatCount(index.lag)} blocks behind the chain; they catch up by themselves.
        </Notice>
      ) : null}
    </div>
  );
}
