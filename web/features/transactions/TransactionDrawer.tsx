"use client";

import { History } from "lucide-react";
import type { ReactNode } from "react";
import { useGasPrice } from "wagmi";
import { Badge } from "@/components/Badge";
import { Button, ButtonLink } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { Drawer } from "@/components/Overlay";
import { EmptyState, Notice } from "@/components/States";
import { Steps } from "@/components/Steps";
import { stepsOf, wordOf } from "@/features/transactions/steps";
import { useAppConfig } from "@/lib/config-context";
import { useTransactionStore, useTransactions } from "@/lib/transactions/provider";
import type { TransactionPlan, TransactionRecord } from "@/lib/transactions/types";

/** The one drawer in which everything is reviewed, signed, sent and followed. */
export function TransactionDrawer() {
  const store = useTransactionStore();
  const { records, openId, isListOpen } = useTransactions();
  const record = records.find(({ id }) => id === openId);
  if (record) {
    return (
      <Drawer
        open
        onOpenChange={() => store.close()}
        title={record.title}
        description={record.sentence}
        footer={<Actions record={record} plan={store.planOf(record.id)} />}
      >
        <Detail record={record} plan={store.planOf(record.id)} />
      </Drawer>
    );
  }
  return (
    <Drawer
      open={isListOpen}
      onOpenChange={() => store.close()}
      title="Recent transactions"
      description="Of this browser, on this chain."
    >
      {records.length === 0 ? (
        <EmptyState icon={History} title="Nothing sent yet">
          What you sign and send is listed here and goes on while you look at other pages.
        </EmptyState>
      ) : (
        <ul className="-mx-5 -my-5 divide-y divide-line">
          {records.map((each) => {
            const { word, tone } = wordOf(each);
            return (
              <li key={each.id}>
                <button
                  type="button"
                  onClick={() => store.show(each.id)}
                  className="flex w-full items-center gap-3 px-5 py-3 text-left -outline-offset-2 hover:bg-hover"
                >
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-medium">{each.title}</span>
                    <span className="block truncate text-sm text-muted">{each.sentence}</span>
                  </span>
                  <Badge tone={tone}>{word}</Badge>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </Drawer>
  );
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 text-sm font-medium text-muted">{title}</h3>
      {children}
    </section>
  );
}

function Detail({ record, plan }: { record: TransactionRecord; plan: TransactionPlan | undefined }) {
  const { stage, hashes } = record;
  const { chain } = useAppConfig();
  const signed = plan?.steps.filter(({ facts }) => facts !== undefined) ?? [];
  return (
    <div className="space-y-6">
      {stage.name === "failed" || stage.name === "uncertain" ? (
        <Notice
          tone={stage.name === "uncertain" || (stage.name === "failed" && stage.resume === "wait") ? "warn" : "bad"}
          title={stage.explanation.what}
        >
          {stage.explanation.next}
        </Notice>
      ) : null}
      {plan ? <Costs plan={plan} feeWei={record.feeWei} /> : null}
      {signed.map((step) => (
        <Block key={step.title} title="You sign">
          <dl className="divide-y divide-line rounded border border-line text-sm">
            {step.facts?.map(({ label, value }) => (
              <div key={label} className="flex flex-wrap justify-between gap-x-4 px-3.5 py-2">
                <dt className="text-muted">{label}</dt>
                <dd className="min-w-0 text-right break-words">{value}</dd>
              </div>
            ))}
          </dl>
        </Block>
      ))}
      <Block title={stage.name === "review" ? "What will happen" : "Progress"}>
        <div aria-live="polite">
          <Steps label="Steps" steps={stepsOf(record)} />
        </div>
      </Block>
      {plan ? (
        <Block title="What can be undone">
          <p className="text-sm text-muted">{plan.undo}</p>
        </Block>
      ) : null}
      {hashes.length > 0 ? (
        <Block title={hashes.length === 1 ? "Transaction" : "Transactions"}>
          <ul className="space-y-1 text-sm">
            {hashes.map((hash) => (
              <li key={hash}>
                <Hash
                  text={hash}
                  kind="transaction"
                  href={chain.explorerUrl ? `${chain.explorerUrl}/tx/${hash}` : undefined}
                />
              </li>
            ))}
          </ul>
        </Block>
      ) : null}
    </div>
  );
}

function Costs({ plan, feeWei }: { plan: TransactionPlan; feeWei: bigint | undefined }) {
  const { chain } = useAppConfig();
  const { data: gasPriceWei } = useGasPrice();
  const native = { symbol: chain.nativeSymbol, decimals: 18 };
  const most = plan.gasLimit !== undefined && gasPriceWei !== undefined ? plan.gasLimit * gasPriceWei : undefined;
  return (
    <Block title="What it costs">
      <dl className="divide-y divide-line rounded border border-line text-sm">
        {plan.costs.map(({ label, amount, token, note }) => (
          <div key={label} className="flex items-start justify-between gap-4 px-3.5 py-2">
            <dt>
              {label}
              {note ? <span className="block text-muted">{note}</span> : null}
            </dt>
            <dd className="font-medium">
              <Money amount={amount} token={token} rounding="up" />
            </dd>
          </div>
        ))}
        <div className="flex items-start justify-between gap-4 px-3.5 py-2">
          <dt>Network fee</dt>
          <dd className={feeWei === undefined ? "text-muted" : "font-medium"}>
            {feeWei !== undefined ? (
              <Money amount={feeWei} token={native} rounding="up" />
            ) : most !== undefined ? (
              <>
                at most <Money amount={most} token={native} rounding="up" />
              </>
            ) : (
              "your wallet tells"
            )}
          </dd>
        </div>
      </dl>
    </Block>
  );
}

function Actions({ record, plan }: { record: TransactionRecord; plan: TransactionPlan | undefined }) {
  const store = useTransactionStore();
  const { id, stage, outcome } = record;
  const close = (word: string) => (
    <Button key="close" look="quiet" onClick={() => store.close()}>
      {word}
    </Button>
  );
  switch (stage.name) {
    case "review":
      return (
        <>
          {close("Not now")}
          <Button look="primary" onClick={() => store.start(id)}>
            {plan?.action ?? "Go on"}
          </Button>
        </>
      );
    case "failed":
    case "uncertain":
      return (
        <>
          {close("Close")}
          <Button look="primary" onClick={() => store.retry(id)}>
            {stage.name === "uncertain" ? "Check, then go on" : stage.resume === "wait" ? "Keep waiting" : "Try again"}
          </Button>
        </>
      );
    case "done":
      return outcome ? (
        <>
          {close("Close")}
          <ButtonLink look="primary" href={outcome.href} onClick={() => store.close()}>
            {outcome.label}
          </ButtonLink>
        </>
      ) : (
        close("Close")
      );
    default:
      return (
        <>
          <p className="mr-auto self-center text-sm text-muted">Closing does not stop it.</p>
          {close("Close")}
        </>
      );
  }
}
