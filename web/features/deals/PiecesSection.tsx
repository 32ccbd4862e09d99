"use client";

import { removePiece } from "@4ever/sdk/deal-pieces";
import { ExternalLink, Files, FolderUp } from "lucide-react";
import { useState } from "react";
import { isAddressEqual } from "viem";
import { Badge } from "@/components/Badge";
import { Button, OutsideLink } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { Hash } from "@/components/Hash";
import { Section } from "@/components/Section";
import { EmptyState } from "@/components/States";
import { Table } from "@/components/Table";
import { PieceUploads } from "@/features/deals/PieceUploads";
import { PublishPanel } from "@/features/deals/PublishPanel";
import { byNewest, type DealPiece, earningSpanOf, pieceStateOf, stayingPieces } from "@/features/deals/pieces";
import type { DealDetail } from "@/features/deals/useDeals";
import { useSessionKey } from "@/features/deals/useSessionKey";
import { useAppConfig } from "@/lib/config-context";
import { formatBytes } from "@/lib/format/bytes";
import { plural } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { usePeriodClock } from "@/lib/periods";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What is stored under a deal: every piece, the way to publish another folder, and to take one out. */
export function PiecesSection({
  deal,
  contentUrl,
  onChangeCapacity,
}: {
  deal: DealDetail;
  /** Where a CID is read; undefined while its provider does not answer. */
  contentUrl: (cid: string) => string | undefined;
  onChangeCapacity: (proposedBytes?: bigint) => void;
}) {
  const { account } = useWallet();
  const { holder } = useSessionKey(deal);
  const { current } = usePeriodClock();
  const [isPublishing, setPublishing] = useState(false);
  const isCustomer = account !== undefined && isAddressEqual(account, deal.customer);
  const isRunning =
    (deal.status === "ACTIVE" || deal.status === "ENDING") &&
    !(current !== undefined && deal.endPeriod !== undefined && current >= deal.endPeriod);
  const canPublish =
    deal.status === "ACTIVE" && isRunning && deal.pieces.length > 0 && (isCustomer || holder !== "elsewhere");

  return (
    <Section
      title="Pieces"
      flush
      description={
        deal.pieces.length === 0 || !isRunning
          ? "Each published folder is one piece."
          : `Each published folder is one piece. ${formatBytes(deal.liveBytes)} of ${formatBytes(deal.capacityBytes)} used.`
      }
      action={
        canPublish ? (
          <Button
            icon={<FolderUp aria-hidden className="size-4" />}
            aria-expanded={isPublishing}
            onClick={() => setPublishing((shown) => !shown)}
          >
            Publish a folder
          </Button>
        ) : undefined
      }
    >
      {canPublish && isPublishing ? (
        <PublishPanel deal={deal} onClose={() => setPublishing(false)} onChangeCapacity={onChangeCapacity} />
      ) : null}
      <PieceUploads deal={deal} contentUrl={contentUrl} />
      {deal.pieces.length === 0 ? (
        <EmptyState
          icon={Files}
          title={deal.status === "REQUESTED" ? "Nothing under proof yet" : "Nothing under proof"}
        >
          {deal.status === "REQUESTED"
            ? "The first piece enters as soon as the provider has checked it and accepted."
            : "No piece ever entered this deal."}
        </EmptyState>
      ) : (
        <PieceTable deal={deal} contentUrl={contentUrl} canRemove={isCustomer && isRunning} />
      )}
    </Section>
  );
}

function PieceTable({
  deal,
  contentUrl,
  canRemove,
}: {
  deal: DealDetail;
  contentUrl: (cid: string) => string | undefined;
  canRemove: boolean;
}) {
  const { current } = usePeriodClock();
  const remove = useRemoval(deal);
  const stateOf = (piece: DealPiece) => pieceStateOf(piece, current, deal.endPeriod);
  const isEndSet = deal.status !== "ACTIVE" || (current !== undefined && current >= (deal.endPeriod ?? current + 1));
  const span = (piece: DealPiece) => earningSpanOf(piece, isEndSet ? deal.endPeriod : undefined);
  const state = (piece: DealPiece) => {
    const { word, tone } = stateOf(piece);
    return <Badge tone={tone}>{word}</Badge>;
  };
  return (
    <Table
      caption={plural(deal.pieces.length, "piece")}
      rows={deal.pieces.toSorted(byNewest)}
      rowKey={({ id }) => id}
      columns={[
        {
          key: "cid",
          header: "CID",
          cell: (piece) => (
            <span className="inline-flex flex-col items-start gap-0.5 max-md:py-1">
              <Hash text={piece.cid} kind="CID" />
              <span className="md:hidden">{state(piece)}</span>
              <span className="text-muted md:hidden">Earns {span(piece)}</span>
            </span>
          ),
        },
        { key: "state", header: "State", isHiddenOnNarrow: true, cell: state },
        { key: "size", header: "Size", align: "right", cell: ({ sizeBytes }) => <Bytes bytes={sizeBytes} /> },
        {
          key: "earns",
          header: "Earns",
          align: "right",
          isHiddenOnNarrow: true,
          cell: (piece) => <span className="tabular whitespace-nowrap">{span(piece)}</span>,
        },
        {
          key: "actions",
          header: "What to do",
          align: "right",
          cell: (piece) => {
            const { word } = stateOf(piece);
            const isThere = word !== "Removed" && word !== "Over";
            const url = isThere ? contentUrl(piece.cid) : undefined;
            const name = shorten(piece.cid, 8);
            return (
              <span className="inline-flex justify-end gap-1 max-sm:flex-col max-sm:items-end">
                {url ? (
                  <OutsideLink
                    look="quiet"
                    size="sm"
                    href={url}
                    aria-label={`Open ${name}`}
                    icon={<ExternalLink aria-hidden className="size-3.5" />}
                  >
                    Open
                  </OutsideLink>
                ) : null}
                {canRemove && piece.removedIn === undefined ? (
                  <Button look="quiet" size="sm" aria-label={`Remove ${name}`} onClick={() => remove(piece)}>
                    Remove
                  </Button>
                ) : null}
              </span>
            );
          },
        },
      ]}
    />
  );
}

/** Opens the review of taking a piece out. */
function useRemoval(deal: DealDetail): (piece: DealPiece) => void {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { provingSet } = deal;
  return ({ cid, slot, root, meta, sizeBytes }) => {
    if (!provingSet) return; // a piece is always in a set
    const isLast = stayingPieces(deal.pieces).length === 1;
    review({
      key: `deal/remove/${provingSet.id}/${slot}`,
      title: `Remove ${shorten(cid, 8)}`,
      sentence: `It is proven and earns until the present period ends; ${formatBytes(sizeBytes)} of the deal’s room are free at once.${
        isLast ? " Nothing is left in the deal then: the site goes offline, and the deal earns nothing." : ""
      }`,
      action: "Remove the piece",
      costs: [],
      gasLimit: 110_000n,
      undo: "Publish the folder again to have it back. What was published may have been copied.",
      steps: [{ what: "transaction", title: "Send the removal" }],
      to: contracts.PossessionProofs,
      run: (client, context) => removePiece(client, { ...context, setId: Number(provingSet.setId), slot, root, meta }),
    });
  };
}
