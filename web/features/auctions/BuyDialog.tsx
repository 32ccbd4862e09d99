"use client";

import { buyLot, type FeeLot, lotPriceAt } from "@4ever/sdk/fees";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { type AuctionToken, bidOf } from "@/features/auctions/auction";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { exactAmount, formatMoney } from "@/lib/format/money";
import { EVER_UNIT, useTokenBalance } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Buys a lot for what it costs when the transaction is mined: at most what is typed. */
export function BuyDialog({
  lot,
  token,
  account,
  onClose,
}: {
  lot: FeeLot;
  token: AuctionToken;
  account: Address;
  onClose: () => void;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  const nowAt = useChainNow();
  const price = nowAt === undefined ? lot.price : lotPriceAt(lot, Math.max(nowAt, lot.startedAt));
  const balance = useTokenBalance(contracts.EverToken, account).data;
  const [text, setText] = useState(() => exactAmount(price, EVER_UNIT.decimals));
  const [isTried, setTried] = useState(false);
  const bid = bidOf(text, { price, balance });

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!bid.ok || !contracts.FeeRouter) return;
    const { maxPrice } = bid;
    const { lotId, tokenId, amount } = lot;
    onClose();
    review({
      key: `auction/buy/${tokenId}/${lotId}`,
      title: `Buy lot ${lotId}`,
      sentence: `You get ${formatMoney(amount, token)}, and what you pay is burned.`,
      action: "Buy the lot",
      costs: [
        {
          label: "At most",
          amount: maxPrice,
          token: EVER_UNIT,
          note: "You pay what it costs when the transaction is mined; the price only falls.",
        },
      ],
      gasLimit: 150_000n,
      undo: "This cannot be undone. If somebody is faster, nothing is paid but gas.",
      steps: [
        {
          what: "approval",
          title: "Let the fee router take it",
          facts: [
            { label: "You allow", value: "the fee router" },
            { label: "to take at most", value: formatMoney(maxPrice, EVER_UNIT, "up") },
          ],
        },
        { what: "transaction", title: "Buy the lot" },
      ],
      to: contracts.FeeRouter,
      run: (client, context) => buyLot(client, { ...context, tokenId, lotId, maxPrice }),
      onConfirmed: () => void queries.invalidateQueries({ queryKey: ["fee-lot", tokenId] }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Buy lot ${lot.lotId}`}
      description={`${formatMoney(lot.amount, token)} for EVER, which is burned.`}
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <TextField
          label="Highest price"
          inputMode="decimal"
          autoComplete="off"
          unit="EVER"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={isTried && !bid.ok ? bid.problem : undefined}
          hint={
            <>
              It costs <Money amount={price} token={EVER_UNIT} /> now, and less with each second.
              {balance === undefined ? null : (
                <>
                  {" "}
                  You have <Money amount={balance} token={EVER_UNIT} />.
                </>
              )}
            </>
          }
        />
        <Button look="primary" type="submit" className="w-full">
          Review the purchase
        </Button>
      </Form>
    </Dialog>
  );
}
