"use client";

import { thaw, withdrawStake } from "@4ever/sdk/stakes";
import type { FormEvent } from "react";
import { Button } from "@/components/Button";
import { EverField } from "@/components/EverField";
import { ExitBounty } from "@/components/ExitBounty";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { thawableOf } from "@/features/provider/coverage";
import type { OwnProvider } from "@/features/provider/useProviderArea";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";
import { useEverAmount } from "@/lib/use-ever-amount";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Amounts that can thaw beside each other: the vault's bound. */
const MOST_TRANCHES = 16;

/** The way out of a provider's own stake. */
export function Unbonding({ provider }: { provider: OwnProvider }) {
  const { account, review } = useWallet();
  const now = useChainNow();
  const { contracts, parameters } = useAppConfig().deployment;
  const free = thawableOf(provider);
  const field = useEverAmount(free, "Only stake that is not allocated can thaw.");
  const { tranches } = provider;
  const over = tranches.filter(({ thawsAt }) => now !== undefined && now >= thawsAt);
  const ready = over.reduce((sum, { amount }) => sum + amount, 0n);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const amount = field.take();
    if (amount === undefined) return;
    review({
      key: `stake/thaw/${account}`,
      title: "Thaw stake",
      sentence: `${formatMoney(amount, EVER_UNIT)} stop backing deals and begin their unbonding.`,
      action: "Start the thaw",
      costs: [],
      gasLimit: 145_000n,
      undo:
        tranches.length === MOST_TRANCHES
          ? `${MOST_TRANCHES} amounts thaw already: it joins the newest of them, which waits ${formatSpan(parameters.unbondingSeconds)} from now. It cannot be stopped.`
          : `It cannot be stopped. After ${formatSpan(parameters.unbondingSeconds)} you withdraw it, or stake it again.`,
      steps: [{ what: "transaction", title: "Send the thaw" }],
      to: contracts.StakeVault,
      run: (client, context) => thaw(client, { ...context, amount }),
      onIndexed: field.clear,
    });
  }

  function onWithdraw() {
    review({
      key: `stake/withdraw/${account}`,
      title: "Withdraw stake",
      sentence: `${formatMoney(ready, EVER_UNIT)} come back into your account${provider.frozenStake > 0n ? ", less what open cases hold back" : ""}.`,
      action: "Withdraw",
      costs: [],
      gasLimit: 90_000n + 20_000n * BigInt(over.length),
      undo: "You can stake it again at any time.",
      steps: [{ what: "transaction", title: "Send the withdrawal" }],
      to: contracts.StakeVault,
      run: (client, context) => withdrawStake(client, context),
    });
  }

  return (
    <Section title="Take stake out" description={`Thaw, wait ${formatSpan(parameters.unbondingSeconds)}, withdraw.`}>
      {tranches.length > 0 ? (
        <div className="mb-4">
          <Notice
            title={over.length > 0 ? "Ready to withdraw" : "Thawing"}
            action={
              <Button size="sm" onClick={onWithdraw} disabled={over.length === 0}>
                Withdraw
              </Button>
            }
          >
            <ul>
              {tranches.map(({ number, amount, thawsAt }) => (
                <li key={number}>
                  <Money amount={amount} token={EVER_UNIT} /> {now !== undefined && now >= thawsAt ? "since" : "until"}{" "}
                  <RelativeTime at={thawsAt} />
                </li>
              ))}
            </ul>
          </Notice>
        </div>
      ) : null}
      <div className="mb-4 empty:hidden">
        <ExitBounty provider={provider.address} newest={tranches.at(-1)?.number} />
      </div>
      <Form onSubmit={onSubmit} className="space-y-4">
        <EverField
          label="Amount to thaw"
          field={field}
          hint={
            <>
              Can thaw: <Money amount={free} token={EVER_UNIT} />
            </>
          }
        />
        <Button type="submit">Review the thaw</Button>
      </Form>
    </Section>
  );
}
