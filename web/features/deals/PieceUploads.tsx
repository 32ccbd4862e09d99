"use client";

import { ExternalLink } from "lucide-react";
import { useEffect, useMemo } from "react";
import { isAddressEqual } from "viem";
import { Button, OutsideLink } from "@/components/Button";
import { FolderAgain } from "@/components/FolderAgain";
import { Notice } from "@/components/States";
import { UploadProgress } from "@/components/UploadProgress";
import { MissingKey } from "@/features/deals/PublishPanel";
import { stayingPieces } from "@/features/deals/pieces";
import type { DealDetail } from "@/features/deals/useDeals";
import { useSessionKey } from "@/features/deals/useSessionKey";
import { useUploadStore, useUploads } from "@/lib/uploads/provider";
import { uploadKey } from "@/lib/uploads/types";

/** Folders on their way into a running deal, each until it is under proof and its link works. */
export function PieceUploads({
  deal,
  contentUrl,
}: {
  deal: DealDetail;
  contentUrl: (cid: string) => string | undefined;
}) {
  const store = useUploadStore();
  const all = useUploads();
  const { holder, renew } = useSessionKey(deal);
  const { dealId, market, sessionKey, pieces } = deal;
  const records = useMemo(
    () =>
      [...all.values()].filter(
        ({ job }) => job.addition && job.dealId === dealId.toString() && isAddressEqual(job.market, market),
      ),
    [all, dealId, market],
  );
  const arrived = useMemo(() => new Map(stayingPieces(pieces).map((piece) => [piece.root, piece])), [pieces]);

  useEffect(() => {
    for (const { job, stage } of records) {
      if (stage.name === "added") continue;
      if (arrived.has(job.root)) store.conclude(uploadKey(job));
      // The customer set another key meanwhile: what the old one signed is not taken any more.
      else if (!isAddressEqual(job.sessionKey, sessionKey) && holder !== "elsewhere") {
        store.start({ ...job, sessionKey, addition: job.addition && { ...job.addition, nonce: undefined } });
      }
    }
  }, [records, arrived, sessionKey, holder, store]);

  return records.map(({ job, stage }) => {
    const key = uploadKey(job);
    const url = contentUrl(job.cid);
    const piece = arrived.get(job.root);
    const hasStopped = stage.name === "failed" || stage.name === "lost";
    return (
      <section key={key} aria-label={`Publishing ${job.folderName}`} className="border-b border-line p-4">
        {stage.name === "added" ? (
          <div role="status">
            <Notice
              tone="good"
              title={`“${job.folderName}” is published`}
              action={
                <>
                  {url ? (
                    <OutsideLink size="sm" href={url} icon={<ExternalLink aria-hidden className="size-3.5" />}>
                      Open it
                    </OutsideLink>
                  ) : null}
                  <Button size="sm" look="quiet" onClick={() => store.forget(key)}>
                    Done
                  </Button>
                </>
              }
            >
              {piece ? `It earns from period ${piece.addedIn + 1} on, as far as it is proven.` : "It is under proof."}
            </Notice>
          </div>
        ) : (
          <div className="space-y-4">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <h3 className="font-semibold">Publishing “{job.folderName}”</h3>
              {hasStopped ? (
                <Button size="sm" look="quiet" onClick={() => store.forget(key)}>
                  Give it up
                </Button>
              ) : null}
            </div>
            {holder === "elsewhere" ? <MissingKey onRenew={renew} /> : null}
            <UploadProgress
              stage={stage}
              sizeBytes={job.sizeBytes}
              providerName={deal.provider.name || "The provider"}
              isAccepted={false}
              isLaterPiece
              onRetry={() => store.retry(key)}
              folderChoice={<FolderAgain job={job} onReady={(ready) => store.start(ready)} />}
            />
          </div>
        )}
      </section>
    );
  });
}
