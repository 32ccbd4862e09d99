"use client";

import { type Pool, roomOf } from "@4ever/sdk/pools";
import { delegate } from "@4ever/sdk/stakes";
import type { Address } from "viem";
import { FundsNotice } from "@/components/FundsNotice";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Notice } from "@/components/States";
import { DelegationDialog } from "@/features/delegation/DelegationDialog";
import { useCut } from "@/features/delegation/useCut";
import { nameOf } from "@/features/delegation/words";
import { useAppConfig } from "@/lib/config-context";
import { formatBps } from "@/lib/format/count";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT, useTokenBalance, useTokens } from "@/lib/tokens";
import { useEverAmount } from "@/lib/use-ever-amount";

/** Puts EVER behind a provider. */
export function DelegateDialog({ account, pool, onClose }: { account: Address; pool: Pool; onClose: () => void }) {
  const { parameters } = useAppConfig().deployment;
  const { data: tokens } = useTokens();
  const balance = useTokenBalance(tokens?.ever.address, account).data;
  const room = roomOf(pool);
  const most = balance === undefined || room < balance ? room : balance;
  const field = useEverAmount(
    most,
    most === room
      ? `There is room for ${formatMoney(room, EVER_UNIT)}: eight times the provider’s own stake may be delegated.`
      : "The account does not have that much EVER.",
  );
  const cut = useCut(pool.cut);
  const name = nameOf(pool);
  const span = formatSpan(parameters.unbondingSeconds);
  return (
    <DelegationDialog
      title={`Delegate to ${name}`}
      description="Your EVER backs what this provider sells, and shares its rewards and its slashes."
      field={field}
      hint={
        <>
          Room for <Money amount={room} token={EVER_UNIT} />
          {balance === undefined ? null : (
            <>
              ; in your account: <Money amount={balance} token={EVER_UNIT} />
            </>
          )}
        </>
      }
      action="Review the delegation"
      planOf={(amount) => ({
        key: `delegate/add/${pool.provider}`,
        sentence: `${formatMoney(amount, EVER_UNIT)} move from your account into the stake vault and stand behind ${name}.`,
        action: "Delegate",
        costs: [{ label: "Delegated", amount, token: EVER_UNIT, note: "Stays yours; can be slashed for its faults." }],
        undo: `You can take it out at any time; it then thaws for ${span}, and can be slashed meanwhile.`,
        steps: [
          {
            what: "permit",
            title: "Sign the permit",
            facts: [
              { label: "You allow", value: "the stake vault" },
              { label: "to take, once", value: formatMoney(amount, EVER_UNIT) },
            ],
          },
          { what: "transaction", title: "Send the delegation" },
        ],
        run: (client, context) => delegate(client, { ...context, provider: pool.provider, amount }),
      })}
      onClose={onClose}
    >
      {balance === 0n ? <FundsNotice account={account} available={0n} required={1n} token={EVER_UNIT} /> : null}
      <Notice title="It can be slashed">
        <Money amount={pool.own} token={EVER_UNIT} /> of the provider’s own fall first for its faults, then what is
        delegated. Getting out takes {span}.
      </Notice>
      <p className="text-sm text-muted">
        Of your rewards the provider keeps {formatBps(cut.bps)}
        {cut.rise ? (
          <>
            , and {formatBps(cut.rise.bps)} from <RelativeTime at={cut.rise.at} /> on
          </>
        ) : null}
        .
      </p>
    </DelegationDialog>
  );
}
