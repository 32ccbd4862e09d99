"use client";

import { stake } from "@4ever/sdk/stakes";
import type { FormEvent } from "react";
import { Button } from "@/components/Button";
import { EverField } from "@/components/EverField";
import { Form } from "@/components/Form";
import { FundsNotice } from "@/components/FundsNotice";
import { Money } from "@/components/Money";
import { Section } from "@/components/Section";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT, useTokenBalance, useTokens } from "@/lib/tokens";
import { useEverAmount } from "@/lib/use-ever-amount";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Pledges EVER of the account. */
export function AddStake() {
  const { account, review } = useWallet();
  const { contracts, parameters } = useAppConfig().deployment;
  const { data: tokens } = useTokens();
  const balance = useTokenBalance(tokens?.ever.address, account).data;
  const field = useEverAmount(balance, "The account does not have that much EVER.");

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const amount = field.take();
    if (amount === undefined) return;
    review({
      key: `stake/add/${account}`,
      title: "Add stake",
      sentence: `${formatMoney(amount, EVER_UNIT)} move from your account into the stake vault and back your deals.`,
      action: "Add stake",
      costs: [{ label: "Stake", amount, token: EVER_UNIT, note: "Stays yours; can be slashed for faults." }],
      gasLimit: 200_000n,
      undo: `Free stake can be thawed at any time; it then comes back after ${formatSpan(parameters.unbondingSeconds)}.`,
      steps: [
        {
          what: "permit",
          title: "Sign the permit",
          facts: [
            { label: "You allow", value: "the stake vault" },
            { label: "to take, once", value: formatMoney(amount, EVER_UNIT) },
          ],
        },
        { what: "transaction", title: "Send the stake" },
      ],
      to: contracts.StakeVault,
      run: (client, context) => stake(client, { ...context, amount }),
      onIndexed: field.clear,
    });
  }

  return (
    <Section title="Add stake" description="One signature, one transaction.">
      <Form onSubmit={onSubmit} className="space-y-4">
        <EverField
          label="Amount"
          field={field}
          hint={
            balance === undefined ? undefined : (
              <>
                In your account: <Money amount={balance} token={EVER_UNIT} />
              </>
            )
          }
        />
        {account && balance === 0n ? (
          <FundsNotice account={account} available={0n} required={1n} token={EVER_UNIT} />
        ) : null}
        <Button look="primary" type="submit">
          Review the stake
        </Button>
      </Form>
    </Section>
  );
}
