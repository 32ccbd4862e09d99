"use client";

import { publishOffer, updateOffer } from "@4ever/sdk/offers";
import { GIB, stakeFor } from "@4ever/sdk/units";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { Notice } from "@/components/States";
import type { OwnOffer, ProviderArea } from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { formatBytes } from "@/lib/format/bytes";
import { exactAmount, formatMoney, parseAmount } from "@/lib/format/money";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

const GIB_UNIT = { symbol: "GiB", decimals: 3 } as const;
const MAX_REGION = 32;

/** Bytes of a typed number of GiB, or why it cannot be read. */
function parseGib(text: string): { ok: true; bytes: bigint } | { ok: false; problem: string } {
  const parsed = parseAmount(text, GIB_UNIT);
  return parsed.ok ? { ok: true, bytes: (parsed.amount * GIB) / 1_000n } : { ok: false, problem: parsed.problem };
}

/** Publishes an offer, or changes one. */
export function OfferDialog({ area, offer, onClose }: { area: ProviderArea; offer?: OwnOffer; onClose: () => void }) {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const clock = usePeriodClock();
  const [serviceId, setServiceId] = useState<string>(offer?.service.id ?? area.services[0]?.id ?? "");
  const [tokenId, setTokenId] = useState(String(offer?.token.tokenId ?? area.tokens[0]?.tokenId ?? ""));
  const service = area.services.find(({ id }) => id === serviceId);
  const token = offer?.token ?? area.tokens.find((each) => String(each.tokenId) === tokenId);
  const [price, setPrice] = useState(offer && token ? exactAmount(offer.unitPrice, token.decimals) : "");
  const [capacity, setCapacity] = useState(offer ? exactAmount((offer.capacityBytes * 1_000n) / GIB, 3) : "");
  const [minTerm, setMinTerm] = useState(String(offer?.minTermPeriods ?? 1));
  const [region, setRegion] = useState(offer?.region ?? "");
  const [isTried, setTried] = useState(false);

  const parsedPrice = token ? parseAmount(price, token) : undefined;
  const parsedCapacity = parseGib(capacity);
  const rented = offer ? offer.capacityBytes - offer.freeBytes : 0n;
  const term = /^\d{1,5}$/.test(minTerm.trim()) ? Number(minTerm) : 0;
  const problems = {
    price: !parsedPrice
      ? "Choose a token."
      : !parsedPrice.ok
        ? parsedPrice.problem
        : parsedPrice.amount === 0n
          ? "Enter a price above zero."
          : undefined,
    capacity: !parsedCapacity.ok
      ? parsedCapacity.problem
      : parsedCapacity.bytes === 0n
        ? "Enter more than zero."
        : parsedCapacity.bytes < rented
          ? `Deals hold ${formatBytes(rented)} of it.`
          : undefined,
    term:
      term < 1 || (service && term > service.maxTermPeriods)
        ? `Enter 1 to ${service?.maxTermPeriods ?? 3_660} periods.`
        : undefined,
  };
  const shown: Partial<typeof problems> = isTried ? problems : {};
  const stake = service && parsedCapacity.ok ? stakeFor(service, parsedCapacity.bytes) : undefined;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (problems.price || problems.capacity || problems.term) return;
    if (!parsedPrice?.ok || !parsedCapacity.ok || !token || !service) return;
    const terms = {
      unitPrice: parsedPrice.amount,
      capacityBytes: parsedCapacity.bytes,
      minTermPeriods: term,
      region: region.trim(),
    };
    onClose();
    review({
      key: offer ? `offer/update/${offer.offerId}` : `offer/publish/${account}/${service.id}`,
      title: offer ? `Change offer ${offer.offerId}` : "Publish an offer",
      sentence: `${formatBytes(terms.capacityBytes)} of ${service.name} at ${formatMoney(terms.unitPrice, token)} per ${priceUnitOf(clock)}.`,
      action: offer ? "Change the offer" : "Publish the offer",
      costs: [],
      gasLimit: 220_000n,
      undo: offer
        ? "Change it again at any time. Running deals keep their price."
        : "Change or withdraw it at any time. Running deals go on at their price.",
      steps: [{ what: "transaction", title: offer ? "Send the change" : "Send the offer" }],
      to: contracts.ProviderRegistry,
      run: (client, context) =>
        offer
          ? updateOffer(client, { ...context, ...terms, offerId: offer.offerId })
          : publishOffer(client, { ...context, ...terms, serviceId: service.id, token }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={offer ? `Change offer ${offer.offerId}` : "New offer"}
      description="What you sell, and for how much."
    >
      {area.services.length === 0 || area.tokens.length === 0 ? (
        <Notice tone="warn" title="Nothing can be offered">
          The catalogue lists no open service or no payment token at the moment.
        </Notice>
      ) : (
        <Form onSubmit={onSubmit} className="space-y-4">
          {offer ? null : (
            <div className="grid grid-cols-2 gap-4">
              <SelectField
                label="Service"
                value={serviceId}
                onChange={(event) => setServiceId(event.target.value)}
                options={area.services.map(({ id, name }) => ({ value: id, label: name }))}
              />
              <SelectField
                label="Paid in"
                value={tokenId}
                onChange={(event) => setTokenId(event.target.value)}
                options={area.tokens.map((each) => ({ value: String(each.tokenId), label: each.symbol }))}
              />
            </div>
          )}
          <TextField
            label="Price"
            inputMode="decimal"
            autoComplete="off"
            unit={`${token?.symbol ?? ""} / ${priceUnitOf(clock)}`}
            value={price}
            onChange={(event) => setPrice(event.target.value)}
            error={shown.price}
            hint={service ? `The protocol keeps ${service.feeBps / 100} % of what you earn.` : undefined}
          />
          <TextField
            label="Capacity"
            inputMode="decimal"
            autoComplete="off"
            unit="GiB"
            value={capacity}
            onChange={(event) => setCapacity(event.target.value)}
            error={shown.capacity}
            hint={
              stake === undefined ? (
                "All that you sell with this offer."
              ) : (
                <>
                  Needs <Money amount={stake} token={EVER_UNIT} rounding="up" /> of stake when it is sold out.
                </>
              )
            }
          />
          <div className="grid grid-cols-2 gap-4">
            <TextField
              label="Shortest term"
              inputMode="numeric"
              unit="periods"
              value={minTerm}
              onChange={(event) => setMinTerm(event.target.value)}
              error={shown.term}
              hint={term >= 1 ? clock.spanOf(term) : undefined}
            />
            <TextField
              label="Region"
              maxLength={MAX_REGION}
              placeholder="eu-central"
              value={region}
              onChange={(event) => setRegion(event.target.value)}
              hint="Where the bytes will be."
            />
          </div>
          <Button look="primary" type="submit" className="w-full">
            {offer ? "Review the change" : "Review the offer"}
          </Button>
        </Form>
      )}
    </Dialog>
  );
}
