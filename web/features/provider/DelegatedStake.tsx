"use client";

import { cutAt } from "@4ever/sdk/pools";
import { setCut } from "@4ever/sdk/stakes";
import { type FormEvent, useState } from "react";
import { Button, ButtonLink } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { parseCut } from "@/features/provider/cut";
import { useCutBounds } from "@/features/provider/useCutBounds";
import type { OwnProvider } from "@/features/provider/useProviderArea";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatBps } from "@/lib/format/count";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What others delegate to the provider, and what it keeps of their rewards. */
export function DelegatedStake({ provider }: { provider: OwnProvider }) {
  return (
    <Section
      title="Delegated to you"
      description="Others stand behind you with their EVER: it backs your deals, earns with you, and falls after your own."
      action={
        <ButtonLink size="sm" href={`/delegate/pool/?provider=${provider.address}`}>
          As delegators see it
        </ButtonLink>
      }
    >
      <div className="grid gap-6 lg:grid-cols-2">
        <Facts>
          <Fact label="Delegated, active">
            <Money amount={provider.delegatedStake} token={EVER_UNIT} />
          </Fact>
          <Fact label="Delegated, thawing">
            <Money amount={provider.delegatedThawingStake} token={EVER_UNIT} />
          </Fact>
          <Fact label="Rewards to your delegators">
            <Money amount={provider.rewardedDelegation} token={EVER_UNIT} />
          </Fact>
          <Fact label="Rewards to your own stake, your cut included">
            <Money amount={provider.rewardedStake} token={EVER_UNIT} />
          </Fact>
        </Facts>
        <CutForm provider={provider} />
      </div>
    </Section>
  );
}

function CutForm({ provider }: { provider: OwnProvider }) {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { bps, rise } = cutAt(provider.cut, useChainNow() ?? Number.POSITIVE_INFINITY);
  const { data: bounds } = useCutBounds();
  const [text, setText] = useState("");
  const [isTried, setTried] = useState(false);
  const parsed = parseCut(text, bounds?.mostBps);
  const notice = bounds ? formatSpan(bounds.noticeSeconds) : "the notice";

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!parsed.ok) return;
    const { cutBps } = parsed;
    const isRise = cutBps > bps;
    review({
      key: `stake/cut/${account}`,
      title: isRise ? "Announce a higher cut" : "Set your cut",
      sentence: isRise
        ? `From ${notice} from now on you keep ${formatBps(cutBps)} of your delegators’ rewards, until then ${formatBps(bps)}.`
        : `From now on you keep ${formatBps(cutBps)} of your delegators’ rewards.`,
      action: isRise ? "Announce it" : "Set it",
      costs: [],
      gasLimit: 70_000n,
      undo: isRise
        ? "Until it holds you can replace it at any time."
        : `You can raise it again, with a notice of ${notice}.${rise ? " What you had announced is replaced." : ""}`,
      steps: [{ what: "transaction", title: "Send it" }],
      to: contracts.StakeVault,
      run: (client, context) => setCut(client, { ...context, cutBps }),
      onIndexed: () => {
        setText("");
        setTried(false);
      },
    });
  }

  return (
    <Form onSubmit={onSubmit} className="space-y-4">
      {rise ? (
        <Notice title={`A cut of ${formatBps(rise.bps)} is announced`}>
          It holds <RelativeTime at={rise.at} />. Whatever you set before that replaces it.
        </Notice>
      ) : null}
      <TextField
        label="Your cut of their rewards"
        inputMode="decimal"
        autoComplete="off"
        unit="%"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={isTried && !parsed.ok ? parsed.problem : undefined}
        hint={
          <>
            Now {formatBps(bps)}
            {bounds ? `, at most ${formatBps(bounds.mostBps)}` : ""}. A fall holds at once, a rise after {notice}.
          </>
        }
      />
      <Button type="submit">Review the cut</Button>
    </Form>
  );
}
