"use client";

import { allocate } from "@4ever/sdk/stakes";
import { GIB } from "@4ever/sdk/units";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { EverField } from "@/components/EverField";
import { SelectField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Meter } from "@/components/Progress";
import { Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { unallocatedOf } from "@/features/provider/coverage";
import type { Allocation, OwnProvider, Service } from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { formatBytes } from "@/lib/format/bytes";
import { exactAmount, formatMoney } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";
import { useEverAmount } from "@/lib/use-ever-amount";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What a provider's stake backs, service by service. */
export function Allocations({ provider, services }: { provider: OwnProvider; services: readonly Service[] }) {
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
        <Form onSubmit={onSubmit} className="space-y-4">
          <SelectField
            label="Service"
            value={service.id}
            onChange={(event) => {
              setChosenId(event.target.value);
              field.clear();
            }}
            options={services.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <EverField
            label="Stake that backs it"
            field={field}
            hint={
              backs === undefined ? (
                <>
                  Now <Money amount={current} token={EVER_UNIT} />; at most <Money amount={most} token={EVER_UNIT} />
                </>
              ) : (
                <>Backs {formatBytes(backs)} of capacity.</>
              )
            }
          />
          <div className="flex flex-wrap gap-2">
            <Button type="submit">Review the allocation</Button>
            {current > reserved ? (
              <Button look="quiet" onClick={() => field.setText(exactAmount(reserved, EVER_UNIT.decimals))}>
                Release what no deal holds
              </Button>
            ) : null}
          </div>
        </Form>
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
