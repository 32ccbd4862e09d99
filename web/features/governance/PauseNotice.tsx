"use client";

import { liftPause } from "@4ever/sdk/governance/pauses";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { RelativeTime } from "@/components/RelativeTime";
import { Notice } from "@/components/States";
import { PauseDialog } from "@/features/governance/PauseDialog";
import { useGuard } from "@/features/governance/useGovernance";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { formatSpan } from "@/lib/format/time";
import { useWallet } from "@/lib/wallet/use-wallet";

/** A pause of new entries, while there is one; and what the guardian can do. */
export function PauseNotice() {
  const { account, review } = useWallet();
  const { Guardian: address } = useAppConfig().deployment.contracts;
  const queries = useQueryClient();
  const { data: guard } = useGuard();
  const nowAt = useChainNow();
  const [isPausing, setPausing] = useState(false);
  if (!guard || !address) return null;
  const { pausedUntil, guardian, lastPause, nextAt } = guard;
  const interval = formatSpan(guard.intervalSeconds);
  const isGuardian = account !== undefined && guardian !== undefined && isAddressEqual(account, guardian);
  const isPaused = pausedUntil !== undefined && (nowAt === undefined || nowAt < pausedUntil);
  const pausedBy = lastPause?.guardian ?? guardian;

  const lift = () =>
    review({
      key: "guardian/lift",
      title: "End the pause",
      sentence: "New deals, channels and providers are taken again at once.",
      action: "End it",
      costs: [],
      undo: `The next pause can begin ${interval} after this one began, not sooner.`,
      steps: [{ what: "transaction", title: "End the pause" }],
      to: address,
      run: (client, context) => liftPause(client, context),
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["guard"] }),
    });

  if (isPaused) {
    return (
      <Notice
        tone="warn"
        title="New entries are paused"
        action={isGuardian ? <Button onClick={lift}>End the pause</Button> : undefined}
      >
        The guardian
        {pausedBy ? (
          <>
            {" "}
            <Hash text={pausedBy} kind="address" href={explorerLinks.account(pausedBy)} />
          </>
        ) : null}{" "}
        refuses new deals, channels and providers. It ends by itself <RelativeTime at={pausedUntil} />, at the latest; a
        vote can end it sooner. What runs goes on: payments, proofs, exits and votes cannot be paused.
      </Notice>
    );
  }
  if (!isGuardian) return null;
  const isTooSoon = nowAt !== undefined && nowAt < nextAt;
  return (
    <>
      <Notice
        title="You are the guardian"
        action={
          <Button disabled={nowAt === undefined || isTooSoon} onClick={() => setPausing(true)}>
            Pause new entries
          </Button>
        }
      >
        {isTooSoon ? (
          <>
            You have paused in the last {interval}. The next pause can begin <RelativeTime at={nextAt} />.
          </>
        ) : (
          <>In an emergency you can refuse new deals, channels and providers for a while, once in {interval}.</>
        )}
      </Notice>
      {isPausing ? <PauseDialog guardian={address} pause={guard} onClose={() => setPausing(false)} /> : null}
    </>
  );
}
