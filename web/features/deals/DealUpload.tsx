"use client";

import { useEffect, useMemo } from "react";
import { isAddressEqual } from "viem";
import { FolderAgain } from "@/components/FolderAgain";
import { Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { UploadProgress } from "@/components/UploadProgress";
import { MissingKey } from "@/features/deals/PublishPanel";
import type { DealDetail } from "@/features/deals/useDeals";
import { useSessionKey } from "@/features/deals/useSessionKey";
import { draftOf, dropDraft } from "@/lib/uploads/drafts";
import { useUploadStore, useUploads } from "@/lib/uploads/provider";
import { type UploadJob, uploadKey } from "@/lib/uploads/types";
import { useWallet } from "@/lib/wallet/use-wallet";

/** The upload that a requested deal waits for: its progress, and the way to go on with it. */
export function DealUpload({ deal }: { deal: DealDetail }) {
  const uploads = useUploads();
  const store = useUploadStore();
  const { account } = useWallet();
  const { holder, renew } = useSessionKey(deal);
  const key = uploadKey({ market: deal.market, dealId: deal.dealId.toString(), root: deal.firstPieceRoot });
  const found = uploads.get(key);
  const record = found?.job.addition ? undefined : found; // the request's own content may come back later, as a further piece
  const isWaiting = deal.status === "REQUESTED" || (deal.status === "ACTIVE" && deal.pieces.length === 0);

  const job = useMemo(
    (): Omit<UploadJob, "carName" | "sizeBytes"> => ({
      market: deal.market,
      dealId: deal.dealId.toString(),
      provider: deal.provider.address,
      endpoint: deal.provider.endpoint,
      sessionKey: deal.sessionKey,
      root: deal.firstPieceRoot,
      cid: deal.firstCid,
      folderName: record?.job.folderName ?? "",
    }),
    [deal, record],
  );

  // The page was closed between paying and uploading: go on with what was written down before.
  useEffect(() => {
    const draft = isWaiting && !record ? draftOf(globalThis.localStorage, deal.sessionKey) : undefined;
    if (!draft) return;
    store.start({ ...job, ...draft });
    dropDraft(globalThis.localStorage, deal.sessionKey);
  }, [isWaiting, record, deal.sessionKey, job, store]);

  // The customer set another key meanwhile: what the old one signed is not taken any more.
  useEffect(() => {
    if (!isWaiting || !record || holder === "elsewhere") return;
    if (!isAddressEqual(record.job.sessionKey, deal.sessionKey)) {
      store.start({ ...record.job, sessionKey: deal.sessionKey });
    }
  }, [isWaiting, record, holder, deal.sessionKey, store]);

  // Once it is under proof, the packed copy in this browser has done its work.
  useEffect(() => {
    if (record && !isWaiting) store.forget(key);
  }, [record, isWaiting, store, key]);

  if (!isWaiting) return null;
  const isCustomer = account !== undefined && isAddressEqual(account, deal.customer);
  const choice = <FolderAgain job={job} onReady={(ready) => store.start(ready)} />;
  const missingKey = (
    <MissingKey onRenew={renew}>
      The content goes on uploading in the browser that made the request. If that key is lost, set a new one here and
      choose the folder again.
    </MissingKey>
  );
  if (record) {
    return (
      <Section title="Hosting is under way" description={record.job.folderName}>
        <div className="space-y-4">
          {holder === "elsewhere" && isCustomer ? missingKey : null}
          <UploadProgress
            stage={record.stage}
            sizeBytes={record.job.sizeBytes}
            providerName={deal.provider.name || "The provider"}
            isAccepted={false}
            onRetry={() => store.retry(key)}
            folderChoice={choice}
          />
        </div>
      </Section>
    );
  }
  if (!isCustomer) return null;
  return holder === "elsewhere" ? (
    missingKey
  ) : (
    <Notice title="The content is not at the provider yet" action={choice}>
      If the upload was interrupted, choose the same folder again: what has arrived is not sent twice.
    </Notice>
  );
}
