"use client";

import { useEffect, useMemo, useState } from "react";
import { isAddressEqual } from "viem";
import { FolderAgain } from "@/components/FolderAgain";
import { Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { UploadProgress } from "@/components/UploadProgress";
import type { DealDetail } from "@/features/deals/useDeals";
import { draftOf, dropDraft } from "@/lib/uploads/drafts";
import { useUploadStore, useUploads } from "@/lib/uploads/provider";
import { sessionKeyOf } from "@/lib/uploads/session-keys";
import { type UploadJob, uploadKey } from "@/lib/uploads/types";
import { useWallet } from "@/lib/wallet/use-wallet";

/** The upload that a requested deal waits for: its progress, and the way to go on with it. */
export function DealUpload({ deal }: { deal: DealDetail }) {
  const uploads = useUploads();
  const store = useUploadStore();
  const { account } = useWallet();
  const [isOwnKey] = useState(() => sessionKeyOf(globalThis.localStorage, deal.sessionKey) !== undefined);
  const key = uploadKey({ market: deal.market, dealId: deal.dealId.toString(), root: deal.firstPieceRoot });
  const record = uploads.get(key);
  const isWaiting = deal.status === "REQUESTED" || (deal.status === "ACTIVE" && deal.pieces.length === 0);

  const job = useMemo(
    (): Omit<UploadJob, "carName" | "sizeBytes"> => ({
      market: deal.market,
      dealId: deal.dealId.toString(),
      provider: deal.provider.address,
      endpoint: deal.provider.endpoint,
      sessionKey: deal.sessionKey,
      root: deal.firstPieceRoot,
      cid: deal.cid,
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

  // Once it is under proof, the packed copy in this browser has done its work.
  useEffect(() => {
    if (record && !isWaiting) store.forget(key);
  }, [record, isWaiting, store, key]);

  if (!isWaiting) return null;
  const choice = <FolderAgain job={job} onReady={(ready) => store.start(ready)} />;
  if (record) {
    return (
      <Section title="Hosting is under way" description={record.job.folderName}>
        <UploadProgress
          stage={record.stage}
          sizeBytes={record.job.sizeBytes}
          providerName={deal.provider.name || "The provider"}
          isAccepted={false}
          onRetry={() => store.retry(key)}
          folderChoice={choice}
        />
      </Section>
    );
  }
  if (!account || !isAddressEqual(account, deal.customer)) return null;
  return isOwnKey ? (
    <Notice title="The content is not at the provider yet" action={choice}>
      If the upload was interrupted, choose the same folder again: what has arrived is not sent twice.
    </Notice>
  ) : (
    <Notice title="The content is uploaded from another browser">
      The key that may upload for this deal was made in the browser that requested it.
    </Notice>
  );
}
