"use client";

import { allocate, stake, thaw, withdrawStake } from "@4ever/sdk/stakes";
import { GIB } from "@4ever/sdk/units";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { SelectField, TextField } from "@/components/Field";
import { FundsNotice } from "@/components/FundsNotice";
import { Money } from "@/components/Money";
import { Meter } from "@/components/Progress";
import { RelativeTime } from "@/components/RelativeTime";
import { Section, Stat, Stats } from "@/components/Section";
import { Notice } from "@/components/States";
import { thawableOf, unallocatedOf } from "@/features/provider/coverage";
import { ProviderGate } from "@/features/provider/ProviderGate";
import type { Allocation, OwnProvider, Service } from "@/features/provider/useProviderArea";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatBytes } from "@/lib/format/bytes";
import { exactAmount, formatMoney, parseAmount } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT, useTokenBalance, useTokens } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Amounts that can thaw beside each other: the vault's bound. */
const MOST_TRANCHES = 16;

/** What a provider pledges, what it backs, and the way out. */
export function StakePage() {
  return (
    <ProviderGate>
      {(provider, { services }) => (
        <div className="space-y-6">
          <StakeStats provider={provider} />
          <div className="grid gap-6 lg:grid-cols-2">
            <AddStake />
            <Unbonding provider={provider} />
          </div>
          <Allocations provider={provider} services={services} />
        </div>
      )}
    </ProviderGate>
  );
}

function StakeStats({ provider }: { provider: OwnProvider }) {
  const reserved = provider.allocations.reduce((sum, allocation) => sum + allocation.reserved, 0n);
  const free = unallocatedOf(provider);
  return (
    <Stats>
      <Stat
        label="Active stake"
        note={
          provider.delegatedStake === 0n ? (
            "pledged and working"
          ) : (
            <>
              delegated beside it: <Money amount={provider.delegatedStake} token={EVER_UNIT} />
            </>
          )
        }
      >
        <Money amount={provider.activeStake} token={EVER_UNIT} />
      </Stat>
      <Stat
        label="Allocated to services"
        note={
          <>
            held by deals: <Money amount={reserved} token={EVER_UNIT} />
          </>
        }
      >
        <Money amount={provider.allocatedStake} token={EVER_UNIT} />
      </Stat>
      <Stat label="Not allocated" note="can back more">
        <Money amount={free} token={EVER_UNIT} />
      </Stat>
      <Stat label="Slashed so far" note={provider.slashedStake === 0n ? "nothing was ever taken" : "taken for faults"}>
        <Money amount={provider.slashedStake} token={EVER_UNIT} />
      </Stat>
    </Stats>
  );
}

/** An amount of EVER as it is typed, with its problem once somebody has tried to use it. */
function useEverAmount(most: bigint | undefined, tooMuch: string, least?: { amount: bigint; tooLittle: string }) {
  const [text, setText] = useState("");
  const [isTried, setTried] = useState(false);
  const parsed = parseAmount(text, EVER_UNIT);
  const problem = !parsed.ok
    ? parsed.problem
    : least && parsed.amount < least.amount
      ? least.tooLittle
      : !least && parsed.amount === 0n
        ? "Enter more than zero."
        : most !== undefined && parsed.amount > most
          ? tooMuch
          : undefined;
  return {
    text,
    setText,
    clear: () => {
      setText("");
      setTried(false);
    },
    error: isTried ? problem : undefined,
    /** The amount, or undefined after showing why not. */
    take: () => {
      setTried(true);
      return parsed.ok && !problem ? parsed.amount : undefined;
    },
    parsed,
    setMost: () => most !== undefined && setText(exactAmount(most, EVER_UNIT.decimals)),
  };
}

function MostButton({ onPress }: { onPress: () => void }) {
  return (
    <Button look="quiet" size="sm" onClick={onPress}>
      All
    </Button>
  );
}

function AddStake() {
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
      <form noValidate onSubmit={onSubmit} className="space-y-4">
        <TextField
          label="Amount"
          inputMode="decimal"
          autoComplete="off"
          unit="EVER"
          value={field.text}
          onChange={(event) => field.setText(event.target.value)}
          error={field.error}
          hint={
            balance === undefined ? undefined : (
              <>
                In your account: <Money amount={balance} token={EVER_UNIT} />
              </>
            )
          }
          action={<MostButton onPress={field.setMost} />}
        />
        {account && balance === 0n ? (
          <FundsNotice account={account} available={0n} required={1n} token={EVER_UNIT} />
        ) : null}
        <Button look="primary" type="submit">
          Review the stake
        </Button>
      </form>
    </Section>
  );
}

function Unbonding({ provider }: { provider: OwnProvider }) {
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
      <form noValidate onSubmit={onSubmit} className="space-y-4">
        <TextField
          label="Amount to thaw"
          inputMode="decimal"
          autoComplete="off"
          unit="EVER"
          value={field.text}
          onChange={(event) => field.setText(event.target.value)}
          error={field.error}
          hint={
            <>
              Can thaw: <Money amount={free} token={EVER_UNIT} />
            </>
          }
          action={<MostButton onPress={field.setMost} />}
        />
        <Button type="submit">Review the thaw</Button>
      </form>
    </Section>
  );
}

function Allocations({ provider, services }: { provider: OwnProvider; services: readonly Service[] }) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const [chosenId, setChosenId] = useState<string | undefined>();
  const service = services.find(({ id }) => id === chosenId) ?? services[0];
  const allocation = provider.allocations.find(({ serviceId }) => serviceId === service?.id);
  const current = allocation?.amount ?? 0n;
  const reserved = allocation?.reserved ?? 0n;
  const most = current + unallocatedOf(provider);
  const field = useEverAmount(most, `At most ${formatMoney(most, EVER_UNIT)}: stake more first, or release some.`, {
    amount: reserved,
    tooLittle: `Deals hold ${formatMoney(reserved, EVER_UNIT, "up")} of it.`,
  });
  const typed = field.parsed;
  const backs =
    service && typed.ok && service.stakePerUnit > 0n
      ? (typed.amount * service.unitBytes) / service.stakePerUnit
      : undefined;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const amount = field.take();
    if (amount === undefined || !service) return;
    const isLess = amount < current;
    review({
      key: `stake/allocate/${service.id}`,
      title: isLess ? "Release stake" : "Allocate stake",
      sentence: isLess
        ? `${formatMoney(current - amount, EVER_UNIT)} stop backing the service “${service.name}”; ${formatMoney(amount, EVER_UNIT)} go on.`
        : `${formatMoney(amount, EVER_UNIT)} of your stake back the service “${service.name}” from now on.`,
      action: isLess ? "Release" : "Allocate",
      costs: [],
      gasLimit: 90_000n,
      undo: isLess
        ? "Allocate it again at any time. Your offers stay, but what the stake does not back cannot be accepted."
        : "What no deal has reserved can be taken back at any time.",
      steps: [{ what: "transaction", title: isLess ? "Send the release" : "Send the allocation" }],
      to: contracts.StakeVault,
      run: (client, context) => allocate(client, { ...context, serviceId: service.id, amount }),
      onIndexed: field.clear,
    });
  }

  if (!service) {
    return <Notice title="No service is open">Governance has not opened a service to new offers yet.</Notice>;
  }
  return (
    <Section title="What the stake backs" description="Each service asks for its own stake per unit of capacity.">
      <div className="grid gap-6 lg:grid-cols-2">
        <ul className="divide-y divide-line rounded border border-line">
          {services.map((each) => (
            <ServiceStake
              key={each.id}
              service={each}
              allocation={provider.allocations.find(({ serviceId }) => serviceId === each.id)}
            />
          ))}
        </ul>
        <form noValidate onSubmit={onSubmit} className="space-y-4">
          <SelectField
            label="Service"
            value={service.id}
            onChange={(event) => {
              setChosenId(event.target.value);
              field.clear();
            }}
            options={services.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <TextField
            label="Stake that backs it"
            inputMode="decimal"
            autoComplete="off"
            unit="EVER"
            value={field.text}
            onChange={(event) => field.setText(event.target.value)}
            error={field.error}
            hint={
              backs === undefined ? (
                <>
                  Now <Money amount={current} token={EVER_UNIT} />; at most <Money amount={most} token={EVER_UNIT} />
                </>
              ) : (
                <>Backs {formatBytes(backs)} of capacity.</>
              )
            }
            action={<MostButton onPress={field.setMost} />}
          />
          <div className="flex flex-wrap gap-2">
            <Button type="submit">Review the allocation</Button>
            {current > reserved ? (
              <Button look="quiet" onClick={() => field.setText(exactAmount(reserved, EVER_UNIT.decimals))}>
                Release what no deal holds
              </Button>
            ) : null}
          </div>
        </form>
      </div>
    </Section>
  );
}

/** How much of a provider's stake backs a service, and how much of that deals hold. */
function ServiceStake({ service, allocation }: { service: Service; allocation: Allocation | undefined }) {
  const { name, stakePerUnit, unitBytes } = service;
  const { amount, reserved } = allocation ?? { amount: 0n, reserved: 0n };
  const backed = stakePerUnit === 0n ? 0n : (amount * unitBytes) / stakePerUnit;
  return (
    <li className="p-4">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-semibold">{name}</h3>
        <span className="text-sm text-muted">
          <Money amount={stakePerUnit} token={EVER_UNIT} rounding="up" /> per{" "}
          {unitBytes === GIB ? "GiB" : formatBytes(unitBytes)}
        </span>
      </div>
      {amount === 0n ? (
        <p className="text-sm text-muted">No stake backs it: nothing can be sold.</p>
      ) : (
        <>
          <Meter
            used={reserved}
            total={amount}
            words={`${formatMoney(reserved, EVER_UNIT)} of ${formatMoney(amount, EVER_UNIT)} are held by deals`}
          />
          <p className="text-sm text-muted">
            Backs <Bytes bytes={backed} className="font-medium text-ink" /> of capacity.
          </p>
        </>
      )}
    </li>
  );
}
