"use client";

import { PIECE, PROVING_SET, ROUND } from "@4ever/sdk/subgraph/details";
import { provingSetIdOf, roundIdOf } from "@4ever/sdk/subgraph/ids";
import { TABLES, type TableName } from "@4ever/sdk/subgraph/tables/index";
import { useSearchParams } from "next/navigation";
import { type Hex, isHex } from "viem";
import { Badge } from "@/components/Badge";
import { Bytes } from "@/components/Bytes";
import { Hash } from "@/components/Hash";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, Section, Stat, Stats } from "@/components/Section";
import { Answer, Unknown } from "@/features/explorer/Answer";
import { AccountLink, ItemLink, ProviderLink, TransactionLink } from "@/features/explorer/columns";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { QueryDisclosure } from "@/features/explorer/QueryDisclosure";
import { TableSection } from "@/features/explorer/TableSection";
import { useQuestion } from "@/features/explorer/useQuestion";
import { ITEM_ABOUT } from "@/features/explorer/words";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount } from "@/lib/format/count";
import { usePeriodClock } from "@/lib/periods";

/** The newest rows of a table that belong to the thing of a page. */
export function RowsOf({
  name,
  filters,
  title,
}: {
  name: TableName;
  filters: Readonly<Record<string, string>>;
  title?: string;
}) {
  const sort = Object.keys(TABLES[name].sorts)[0] ?? "";
  return (
    <TableSection
      name={name}
      fixed={Object.keys(filters)}
      selected={{ filters, sort, direction: "desc" }}
      size={10}
      {...(title && { title })}
    />
  );
}

/** An address without what it should name. */
export function Nameless({ what, needs }: { what: string; needs: string }) {
  return (
    <ExplorerPage title={what} about={ITEM_ABOUT}>
      <Unknown what="what is meant">The address of this page needs {needs}.</Unknown>
    </ExplorerPage>
  );
}

/** A proving set by its id, or by its number in the network's verifier. */
export function SetPage() {
  const text = useSearchParams().get("id") ?? "";
  const { contracts } = useAppConfig().deployment;
  const isNumber = /^\d{1,9}$/.test(text);
  const id = isNumber ? provingSetIdOf(contracts.PossessionProofs, Number(text)) : text.toLowerCase();
  return isHex(id) && id.length === 50 ? (
    <ProvingSet id={id} />
  ) : (
    <Nameless what="Proving set" needs="the set’s number or its id of 24 bytes: ?id=1" />
  );
}

function ProvingSet({ id }: { id: Hex }) {
  const { question, ...asked } = useQuestion(PROVING_SET, { id });
  const setId = String(Number.parseInt(id.slice(-8), 16));
  return (
    <Answer what={`Proving set ${setId}`} asked={asked} thingOf={({ provingSet }) => provingSet}>
      {(set) => (
        <ExplorerPage
          title={`Proving set ${set.setId}`}
          about="A provider’s live pieces, proven as a whole once per period."
          badge={set.livePieceCount > 0 ? <Badge tone="good">Under proof</Badge> : <Badge tone="neutral">Empty</Badge>}
        >
          <Stats>
            <Stat
              label="Under proof"
              note={`${formatCount(set.livePieceCount)} live of ${formatCount(set.pieceCount)} pieces`}
            >
              <Bytes bytes={BigInt(set.liveBytes)} />
            </Stat>
            <Stat
              label="Periods proven"
              note={set.lastProvenPeriod === null ? "none yet" : `last: period ${formatCount(set.lastProvenPeriod)}`}
            >
              {formatCount(set.proofCount)}
            </Stat>
            <Stat
              label="Strikes"
              note={
                set.lastMissedPeriod === null
                  ? "no missed period was reported"
                  : `last: period ${formatCount(set.lastMissedPeriod)}`
              }
            >
              {formatCount(set.missedCount)}
            </Stat>
            <Stat label="Opened">
              <RelativeTime at={BigInt(set.openedAt)} />
            </Stat>
          </Stats>
          <Section title="Facts">
            <Facts>
              <Fact label="Provider">
                <ProviderLink id={set.provider.id} name={set.provider.name} />
              </Fact>
              <Fact label="Operator">
                <AccountLink id={set.operator} />
              </Fact>
              <Fact label="Market">
                <Hash text={set.market} kind="address" />
              </Fact>
              <Fact label="Verifier">
                <Hash text={set.verifier} kind="address" />
              </Fact>
              <Fact label="Opened by transaction">
                <TransactionLink hash={set.transactionHash} />
              </Fact>
            </Facts>
            <QueryDisclosure question={question} what="these facts" />
          </Section>
          <RowsOf name="pieces" filters={{ set: set.setId }} />
          <RowsOf name="proofs" filters={{ set: set.setId }} />
          <RowsOf name="missed" filters={{ set: set.setId }} />
        </ExplorerPage>
      )}
    </Answer>
  );
}

/** A piece by its id. */
export function PiecePage() {
  const id = (useSearchParams().get("id") ?? "").toLowerCase();
  return isHex(id) && id.length === 68 ? (
    <Piece id={id} />
  ) : (
    <Nameless what="Piece" needs="the piece’s id of 33 bytes: ?id=0x…" />
  );
}

function Piece({ id }: { id: Hex }) {
  const { question, ...asked } = useQuestion(PIECE, { id });
  return (
    <Answer what="Piece" asked={asked} thingOf={({ piece }) => piece}>
      {(piece) => (
        <ExplorerPage
          title="Piece"
          about={
            <span className="inline-flex flex-wrap items-center gap-x-1">
              <Hash text={piece.cid} kind="CID" href={explorerLinks.table("pieces", { cid: piece.cid })} /> of deal{" "}
              {piece.deal.dealId}, under one Merkle root
            </span>
          }
          badge={
            piece.removedIn === null ? <Badge tone="good">Under proof</Badge> : <Badge tone="neutral">Removed</Badge>
          }
        >
          <Stats>
            <Stat label="Size" note={`${formatCount(BigInt(piece.leafCount))} leaves of 128 bytes`}>
              <Bytes bytes={BigInt(piece.sizeBytes)} />
            </Stat>
            <Stat label="Deal">
              <ItemLink href={explorerLinks.deal(piece.deal.dealId)}>Deal {piece.deal.dealId}</ItemLink>
            </Stat>
            <Stat label="First proven with" note="the period after it was added">
              period {formatCount(piece.addedIn + 1)}
            </Stat>
            <Stat label="Last proven with" note={piece.removedIn === null ? "it stays" : "it left then"}>
              {piece.removedIn === null ? "—" : `period ${formatCount(piece.removedIn)}`}
            </Stat>
          </Stats>
          <Section title="Facts">
            <Facts>
              <Fact label="CID">
                <Hash text={piece.cid} kind="CID" />
              </Fact>
              <Fact label="Merkle root">
                <Hash text={piece.root} kind="root" />
              </Fact>
              <Fact label="Provider">
                <ProviderLink id={piece.provider.id} name={piece.provider.name} />
              </Fact>
              <Fact label="Proving set">
                <ItemLink href={explorerLinks.set(piece.provingSet.id)}>Set {piece.provingSet.setId}</ItemLink>, slot{" "}
                {piece.slot}, from leaf {formatCount(BigInt(piece.startLeaf))}
              </Fact>
              <Fact label="Added">
                <RelativeTime at={BigInt(piece.addedAt)} /> <TransactionLink hash={piece.transactionHash} />
              </Fact>
              {piece.removedAt === null ? null : (
                <Fact label="Removed">
                  <RelativeTime at={BigInt(piece.removedAt)} /> <TransactionLink hash={piece.removalTransactionHash} />
                </Fact>
              )}
            </Facts>
            <QueryDisclosure question={question} what="these facts" />
          </Section>
          <RowsOf name="proofs" filters={{ set: piece.provingSet.setId }} title="Latest proofs of its set" />
        </ExplorerPage>
      )}
    </Answer>
  );
}

/** A round by its period. */
export function RoundPage() {
  const text = useSearchParams().get("period") ?? "";
  const period = /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : undefined;
  return period === undefined ? (
    <Nameless what="Round" needs="the number of a period: ?period=12" />
  ) : (
    <Round period={period} />
  );
}

function Round({ period }: { period: number }) {
  const clock = usePeriodClock();
  const { question, ...asked } = useQuestion(ROUND, { id: roundIdOf(period) });
  return (
    <Answer what={`Round of period ${formatCount(period)}`} asked={asked} thingOf={({ round }) => round}>
      {(round) => (
        <ExplorerPage
          title={`Round of period ${formatCount(period)}`}
          about="The random seed that every proof of this period had to answer, and who did."
        >
          <Stats>
            <Stat label="Sets proven">{formatCount(round.proofCount)}</Stat>
            <Stat label="Sets missed" note="those that somebody reported">
              {formatCount(round.missedCount)}
            </Stat>
            <Stat label="The period ended">
              <RelativeTime at={clock.endOf(period)} />
            </Stat>
            <Stat label="Proofs were due until">
              <RelativeTime at={BigInt(round.dueAt)} />
            </Stat>
          </Stats>
          <Section title="Facts">
            <Facts>
              <Fact label="Seed">
                <Hash text={round.seed} kind="seed" />
              </Fact>
              <Fact label="Taken from block">{formatCount(BigInt(round.seedBlock))}</Fact>
              <Fact label="Recorded by">
                <AccountLink id={round.recordedBy} />
              </Fact>
              <Fact label="Recorded">
                <RelativeTime at={BigInt(round.timestamp)} /> <TransactionLink hash={round.transactionHash} />
              </Fact>
            </Facts>
            <QueryDisclosure question={question} what="these facts" />
          </Section>
          <RowsOf name="proofs" filters={{ period: String(period) }} title="Proofs of this period" />
          <RowsOf name="missed" filters={{ period: String(period) }} title="Reported as missed" />
        </ExplorerPage>
      )}
    </Answer>
  );
}
