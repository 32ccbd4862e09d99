"use client";

import { type Delegation, delegatedWorth, withdrawableOf } from "@4ever/sdk/pools";
import { withdrawStake } from "@4ever/sdk/stakes";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/Button";
import { UndelegateDialog } from "@/features/delegation/UndelegateDialog";
import { nameOf } from "@/features/delegation/words";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What its owner can do with a delegation now. */
export function DelegationActions({ delegation, size }: { delegation: Delegation; size?: "sm" }) {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  const [isLeaving, setLeaving] = useState(false);
  const now = useChainNow();
  const { pool, tranches } = delegation;
  const { withdrawable } = withdrawableOf(delegation, now ?? 0);
  const sized = size ? { size } : {};

  function withdraw() {
    review({
      key: `delegate/withdraw/${pool.provider}`,
      title: `Withdraw from ${nameOf(pool)}`,
      sentence: `${formatMoney(withdrawable, EVER_UNIT)} come back into your account.`,
      action: "Withdraw",
      costs: [],
      gasLimit: 90_000n + 20_000n * BigInt(tranches.length),
      undo: "You can delegate it again at any time.",
      steps: [{ what: "transaction", title: "Send the withdrawal" }],
      to: contracts.StakeVault,
      run: (client, context) => withdrawStake(client, { ...context, provider: pool.provider, owner: context.account }),
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["delegations"] }),
    });
  }

  if (!account) return null;
  return (
    <>
      {tranches.length > 0 ? (
        <Button {...sized} onClick={withdraw} disabled={withdrawable === 0n}>
          Withdraw
        </Button>
      ) : null}
      {delegatedWorth(delegation) > 0n ? (
        <Button {...sized} onClick={() => setLeaving(true)}>
          Undelegate
        </Button>
      ) : null}
      {isLeaving ? <UndelegateDialog delegation={delegation} onClose={() => setLeaving(false)} /> : null}
    </>
  );
}
