"use client";

import { deliverVoucher, VoucherNotTaken } from "@4ever/sdk/channels/delivery";
import { encodeVoucher, type Voucher } from "@4ever/sdk/channels/vouchers";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Hex, zeroHash } from "viem";
import { Button } from "@/components/Button";
import { CopyButton } from "@/components/CopyButton";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { Notice } from "@/components/States";
import { bookOf, useReceipt } from "@/features/channels/book";
import type { Channel } from "@/features/channels/channel";
import { useAppConfig } from "@/lib/config-context";
import { exactAmount, formatMoney, parseAmount } from "@/lib/format/money";

type Outcome =
  | { state: "signing" }
  | { state: "delivered"; cumulative: bigint }
  | { state: "signed"; voucher: Hex; why: string; next: string }
  | { state: "refused"; why: string };

/** Signs a voucher for more than before, and gives it to the provider's keeper. `signed` is null when this browser does not know it. */
export function SignDialog({
  channel,
  signed,
  endpoint,
  onClose,
}: {
  channel: Channel;
  signed: bigint | null;
  endpoint: string | undefined;
  onClose: () => void;
}) {
  const { deployment } = useAppConfig();
  const queries = useQueryClient();
  const { token, channelId, locked, redeemed } = channel;
  const receipt = useReceipt(channel, endpoint, signed === null);
  const [amountText, setAmountText] = useState("");
  const [beforeText, setBeforeText] = useState<string>();
  const [isTried, setTried] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();

  const known = receipt.data ? BigInt(receipt.data.kept) : redeemed;
  const before = parseAmount(beforeText ?? exactAmount(known, token.decimals), token);
  const base = signed ?? (before.ok ? before.amount : undefined);
  const amount = parseAmount(amountText, token);
  const problems = {
    before:
      signed !== null
        ? undefined
        : !before.ok
          ? before.problem
          : before.amount < known
            ? `At least ${formatMoney(known, token)} were signed.`
            : before.amount > locked
              ? "That is more than the cap."
              : undefined,
    amount: !amount.ok
      ? amount.problem
      : amount.amount === 0n
        ? "Enter more than zero."
        : base !== undefined && base + amount.amount > locked
          ? `At most ${formatMoney(locked - base, token)} are left below the cap.`
          : undefined,
  };

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!amount.ok || problems.amount || problems.before || base === undefined) return;
    setOutcome({ state: "signing" });
    setOutcome(await signAndDeliver(amount.amount, base));
    setAmountText("");
    setTried(false);
    await queries.invalidateQueries({ queryKey: ["signed"] });
  }

  async function signAndDeliver(added: bigint, from: bigint): Promise<Outcome> {
    let voucher: Voucher;
    try {
      const book = bookOf(deployment, channel);
      await book.startFrom(from);
      const signing = await book.add(added, zeroHash);
      if (signing.refused) return { state: "refused", why: "It would be more than the cap." };
      voucher = signing.voucher;
    } catch (error) {
      console.error("A voucher was not signed", error);
      return { state: "refused", why: error instanceof Error ? error.message : "The browser’s storage failed." };
    }
    try {
      if (!endpoint)
        throw new VoucherNotTaken({ message: "The provider names no endpoint.", hint: "Send it yourself." });
      await deliverVoucher(voucher, { endpoint });
      return { state: "delivered", cumulative: voucher.cumulative };
    } catch (error) {
      console.warn("A voucher was not delivered", error);
      const [why, next] =
        error instanceof VoucherNotTaken
          ? [error.message, error.hint]
          : ["The provider does not answer here.", "Sign again later: the next voucher includes this one."];
      return { state: "signed", voucher: encodeVoucher(voucher), why, next };
    }
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Sign for channel ${channelId}`}
      description="What you sign can be taken at any time, and not be taken back. It costs no gas."
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        {signed === null ? (
          <TextField
            label="Signed before, in sum"
            inputMode="decimal"
            autoComplete="off"
            unit={token.symbol}
            value={beforeText ?? exactAmount(known, token.decimals)}
            onChange={(event) => setBeforeText(event.target.value)}
            error={problems.before}
            hint={
              receipt.data
                ? "This browser does not know it. So much has the provider."
                : "Neither this browser nor the provider knows it: so much was redeemed. Correct it if you signed more."
            }
          />
        ) : null}
        <TextField
          label="More than before"
          inputMode="decimal"
          autoComplete="off"
          unit={token.symbol}
          value={amountText}
          onChange={(event) => setAmountText(event.target.value)}
          error={isTried ? problems.amount : undefined}
          hint={
            base === undefined ? undefined : (
              <>
                Signed so far: <Money amount={base} token={token} /> of <Money amount={locked} token={token} />
              </>
            )
          }
        />
        <Button
          look="primary"
          type="submit"
          className="w-full"
          busy={outcome?.state === "signing" && "Signing"}
          disabled={signed === null && receipt.isLoading}
        >
          Sign and send it to the provider
        </Button>
        <div role="status">
          {outcome?.state === "delivered" ? (
            <Notice tone="good" title="The provider has it">
              It can redeem {formatMoney(outcome.cumulative, token)} in sum.
            </Notice>
          ) : null}
          {outcome?.state === "refused" ? (
            <Notice tone="bad" title="Nothing was signed">
              {outcome.why}
            </Notice>
          ) : null}
          {outcome?.state === "signed" ? (
            <Notice
              tone="warn"
              title="Signed, but the provider did not take it"
              action={<CopyButton text={outcome.voucher} label="voucher" />}
            >
              {outcome.why} {outcome.next} Or copy the voucher: anybody can redeem it to the provider.
            </Notice>
          ) : null}
        </div>
      </Form>
    </Dialog>
  );
}
