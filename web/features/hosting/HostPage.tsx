"use client";

import { ArrowRight, ExternalLink, Info } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Button, ButtonLink, OutsideLink } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { FolderAgain } from "@/components/FolderAgain";
import { FolderStep } from "@/components/FolderStep";
import { FundsNotice } from "@/components/FundsNotice";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { Skeleton } from "@/components/Skeleton";
import { Notice } from "@/components/States";
import { UploadProgress } from "@/components/UploadProgress";
import { OfferStep } from "@/features/hosting/OfferStep";
import { type LiveOffer, obstacleOf, proposeOffer, rankOffers } from "@/features/hosting/offer";
import { useAccepted } from "@/features/hosting/useAccepted";
import { type StartedHosting, useHosting } from "@/features/hosting/useHosting";
import { useLiveOffers } from "@/features/hosting/useLiveOffers";
import { useQuote } from "@/features/hosting/useQuote";
import { useAppConfig } from "@/lib/config-context";
import { takeFolder } from "@/lib/folder";
import { formatBytes } from "@/lib/format/bytes";
import { contentUrlOf, useKeeper, useKeeperStates } from "@/lib/keepers";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { useLedgerBalance } from "@/lib/tokens";
import { useUploadStore, useUploads } from "@/lib/uploads/provider";
import { uploadKey } from "@/lib/uploads/types";
import { usePacking } from "@/lib/uploads/use-packing";
import { useWallet } from "@/lib/wallet/use-wallet";

const USUAL_PERIODS = 30;
const MIB = 2n ** 20n;
/** Room to choose from: what the folder needs, or more for later pieces. */
const ROOMS = [1n, 2n, 5n, 10n] as const;

/** Folder, provider, price: one page, one payment. */
export function HostPage() {
  const { packing, choose, clear, keepCar } = usePacking();
  const { host, started, reset } = useHosting({ keepCar });

  useEffect(() => {
    const folder = takeFolder();
    if (folder) void choose(folder);
  }, [choose]);

  const again = useCallback(() => {
    reset();
    clear();
  }, [reset, clear]);

  return started ? (
    <Started started={started} onAgain={again} />
  ) : (
    <Compose packing={packing} onFolder={choose} onClear={clear} onHost={host} />
  );
}

function StepHeading({ number, title, isReady }: { number: number; title: string; isReady: boolean }) {
  return (
    <h2 className="mb-3 flex items-center gap-2.5 text-lg font-semibold">
      <span
        aria-hidden
        className={`tabular inline-flex size-6 items-center justify-center rounded-full text-xs font-semibold ${isReady ? "bg-accent text-on-accent" : "bg-sunken text-muted"}`}
      >
        {number}
      </span>
      {title}
    </h2>
  );
}

type PackingState = ReturnType<typeof usePacking>["packing"];

function Compose({
  packing,
  onFolder,
  onClear,
  onHost,
}: {
  packing: PackingState;
  onFolder: ReturnType<typeof usePacking>["choose"];
  onClear: () => void;
  onHost: ReturnType<typeof useHosting>["host"];
}) {
  const offers = useLiveOffers();
  const clock = usePeriodClock();
  const { parameters } = useAppConfig().deployment;
  const [chosenId, setChosenId] = useState<number | undefined>();
  const [room, setRoom] = useState<(typeof ROOMS)[number]>(1n);
  const [termText, setTermText] = useState(String(USUAL_PERIODS));

  const piece = packing.state === "ready" ? packing.piece : undefined;
  const baseBytes = roundUp(BigInt(piece?.sizeBytes ?? 0), MIB);
  const capacityBytes = baseBytes * room;
  const termPeriods = /^\d{1,5}$/.test(termText.trim()) ? Number(termText) : 0;

  const ranked = useMemo(
    () => rankOffers(offers.data ?? [], capacityBytes, termPeriods),
    [offers.data, capacityBytes, termPeriods],
  );
  const states = useKeeperStates(
    ranked.map(({ provider: { endpoint, address } }) => ({ endpoint, provider: address })),
  );
  const chosen =
    ranked.find(({ offerId }) => offerId === chosenId) ?? proposeOffer(ranked, states, capacityBytes, termPeriods);
  const termProblem = termPeriods >= 1 ? undefined : "Enter a number of periods.";

  return (
    <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_20rem] lg:items-start">
      <div className="min-w-0 space-y-8">
        <section aria-label="Folder">
          <StepHeading number={1} title="Folder" isReady={piece !== undefined} />
          <FolderStep
            packing={packing}
            onFolder={onFolder}
            onClear={onClear}
            onIncludeHidden={(folder) => onFolder(folder, { includeHidden: true })}
          />
        </section>
        <section aria-label="Room and time">
          <StepHeading number={2} title="Room and time" isReady={piece !== undefined && !termProblem} />
          <div className="grid gap-5 rounded border border-line bg-surface p-4 sm:grid-cols-2">
            <SelectField
              label="Room"
              value={String(room)}
              onChange={(event) => setRoom(ROOMS.find((each) => String(each) === event.target.value) ?? 1n)}
              options={ROOMS.map((each) => ({
                value: String(each),
                label: piece
                  ? `${formatBytes(baseBytes * each)}${each === 1n ? " – this folder" : ""}`
                  : each === 1n
                    ? "Just this folder"
                    : `${each} times the folder`,
              }))}
              hint="Empty room costs nothing; it only keeps a place for later pieces."
            />
            <TextField
              label="Term"
              inputMode="numeric"
              unit="periods"
              value={termText}
              onChange={(event) => setTermText(event.target.value)}
              error={termProblem}
              hint={`${clock.spanOf(termPeriods)}. You can renew it, or end it at any boundary.`}
            />
          </div>
        </section>
        <section aria-label="Provider">
          <StepHeading number={3} title="Provider" isReady={piece !== undefined && chosen !== undefined} />
          <OfferStep
            query={offers}
            ranked={ranked}
            chosen={chosen}
            onChoose={({ offerId }) => setChosenId(offerId)}
            capacityBytes={capacityBytes}
            termPeriods={termPeriods}
          />
        </section>
      </div>
      <Summary
        packing={packing}
        offer={chosen}
        capacityBytes={capacityBytes}
        termPeriods={termPeriods}
        gracePeriods={parameters.gracePeriods}
        onHost={onHost}
      />
    </div>
  );
}

function Summary({
  packing,
  offer,
  capacityBytes,
  termPeriods,
  gracePeriods,
  onHost,
}: {
  packing: PackingState;
  offer: LiveOffer | undefined;
  capacityBytes: bigint;
  termPeriods: number;
  gracePeriods: number;
  onHost: ReturnType<typeof useHosting>["host"];
}) {
  const { account, connect } = useWallet();
  const clock = usePeriodClock();
  const quote = useQuote(offer, capacityBytes, termPeriods);
  const keeper = useKeeper(offer?.provider.endpoint, offer?.provider.address);
  const balance = useLedgerBalance(account);
  const ready = packing.state === "ready" ? packing : undefined;
  // Offers in another token than the network's own are left to the market's own check.
  const isOwnToken = offer !== undefined && balance.data?.token.address === offer.token.address;
  const funds = isOwnToken && balance.data ? balance.data.available + balance.data.wallet : undefined;
  const isShort = ready !== undefined && quote.data !== undefined && funds !== undefined && funds < quote.data.locked;
  const obstacle = offer ? obstacleOf(offer, capacityBytes, termPeriods) : undefined;
  const missing = !ready
    ? packing.state === "packing"
      ? "The folder is being hashed."
      : "Choose a folder first."
    : !offer
      ? "No offer can take this at the moment."
      : obstacle
        ? `This offer cannot take it: ${obstacle}.`
        : quote.error
          ? "The market gave no price. Try again in a moment."
          : undefined;
  const row = "flex items-start justify-between gap-4 py-2";
  return (
    <aside aria-label="What it costs" className="rounded border border-line bg-surface lg:sticky lg:top-20">
      <h2 className="border-b border-line px-4 py-3 font-semibold">What it costs</h2>
      <dl className="divide-y divide-line px-4 text-sm">
        <div className={row}>
          <dt className="text-muted">Price</dt>
          <dd>
            {offer ? (
              <Money amount={offer.unitPrice} token={offer.token} rounding="up" per={priceUnitOf(clock)} />
            ) : (
              "—"
            )}
          </dd>
        </div>
        <div className={row}>
          <dt className="text-muted">Room</dt>
          <dd>{ready ? formatBytes(capacityBytes) : "—"}</dd>
        </div>
        <div className={row}>
          <dt className="text-muted">Term</dt>
          <dd className="text-right">{clock.spanOf(termPeriods)}</dd>
        </div>
        <div className={row}>
          <dt className="text-muted">Grace, prepaid</dt>
          <dd className="text-right">{clock.spanOf(gracePeriods)}</dd>
        </div>
        <div className="flex items-start justify-between gap-4 py-3">
          <dt className="font-medium">Locked at most</dt>
          <dd className="text-lg font-semibold">
            {ready && offer && quote.data ? (
              <Money amount={quote.data.locked} token={offer.token} rounding="up" />
            ) : ready && offer && quote.isFetching ? (
              <Skeleton className="h-5 w-20" />
            ) : (
              <span className="text-muted">—</span>
            )}
          </dd>
        </div>
      </dl>
      <div className="space-y-3 border-t border-line p-4">
        <p className="flex gap-2 text-sm text-muted">
          <Info aria-hidden className="mt-0.5 size-4 shrink-0" />
          Locked, not spent: unproven periods and unused room come back to you at the end.
        </p>
        {ready && offer && keeper.data && keeper.data.state !== "answering" ? (
          <Notice tone="warn" title="Its keeper does not answer you">
            It may not accept; then everything comes back after{" "}
            {clock.periodSeconds === 86_400 ? "two hours" : "the deadline"}.
          </Notice>
        ) : null}
        {account && offer && isShort && quote.data && funds !== undefined ? (
          <FundsNotice account={account} available={funds} required={quote.data.locked} token={offer.token} />
        ) : null}
        {account ? (
          <Button
            look="primary"
            className="w-full"
            disabled={missing !== undefined || !quote.data || isShort}
            onClick={() => {
              if (!ready || !offer || !quote.data) return;
              onHost({
                folder: ready.folder,
                piece: ready.piece,
                offer,
                capacityBytes,
                termPeriods,
                locked: quote.data.locked,
              });
            }}
          >
            Host this folder
          </Button>
        ) : (
          <Button look="primary" className="w-full" onClick={connect}>
            Connect a wallet to pay
          </Button>
        )}
        <p role="status" className="text-center text-sm text-muted empty:hidden">
          {missing ?? ""}
        </p>
      </div>
    </aside>
  );
}

function roundUp(value: bigint, step: bigint): bigint {
  return ((value + step - 1n) / step) * step;
}

function Started({ started, onAgain }: { started: StartedHosting; onAgain: () => void }) {
  const { dealId, job, providerName } = started;
  const store = useUploadStore();
  const key = uploadKey(job);
  const record = useUploads().get(key);
  const accepted = useAccepted(dealId);
  const keeper = useKeeper(job.endpoint, job.provider);
  const siteUrl =
    keeper.data && keeper.data.state === "answering" ? contentUrlOf(keeper.data.info, job.cid) : undefined;
  const isOpen = accepted.state === "accepted";

  useEffect(() => {
    if (isOpen) store.forget(key);
  }, [isOpen, store, key]);

  return (
    <div className="mx-auto max-w-2xl rounded border border-line bg-surface">
      <div className="border-b border-line px-5 py-4">
        <h2 className="text-lg font-semibold">
          {isOpen ? `“${job.folderName}” is online` : `Bringing “${job.folderName}” to ${providerName}`}
        </h2>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-1 text-sm text-muted">
          Deal {dealId.toString()} · <Hash text={job.cid} kind="CID" />
        </p>
      </div>
      <div className="p-5">
        {accepted.state === "over" ? (
          <Notice tone="warn" title={`The deal was ${accepted.word}`}>
            Everything that was locked is back in your balance. Choose another provider.
          </Notice>
        ) : (
          <div className="space-y-4">
            {!isOpen && keeper.data && keeper.data.state !== "answering" ? (
              <Notice tone="warn" title={`${providerName} does not answer here`}>
                The upload goes on by itself when it does. If it does not accept in time, everything comes back; until
                then the deal’s page withdraws the request.
              </Notice>
            ) : null}
            <UploadProgress
              stage={record?.stage ?? (isOpen ? { name: "held" } : undefined)}
              sizeBytes={job.sizeBytes}
              providerName={providerName}
              isAccepted={isOpen}
              onRetry={() => store.retry(key)}
              folderChoice={<FolderAgain job={job} onReady={(ready) => store.start(ready)} />}
            />
          </div>
        )}
      </div>
      <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
        <Button look="quiet" onClick={onAgain}>
          Host another folder
        </Button>
        <ButtonLink
          href={`/deal/?id=${dealId}`}
          look={isOpen && siteUrl ? "secondary" : "primary"}
          icon={<ArrowRight aria-hidden className="size-4" />}
        >
          See the deal
        </ButtonLink>
        {isOpen && siteUrl ? (
          <OutsideLink look="primary" href={siteUrl} icon={<ExternalLink aria-hidden className="size-4" />}>
            Open the site
          </OutsideLink>
        ) : null}
      </div>
    </div>
  );
}
