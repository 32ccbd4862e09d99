"use client";

import { requestDeal } from "@4ever/sdk/deal-actions";
import { cidToDigest } from "@4ever/sdk/pieces";
import type { BrowserPiece } from "@4ever/sdk/pieces/worker";
import { useCallback, useState } from "react";
import type { Hex } from "viem";
import type { LiveOffer } from "@/features/hosting/offer";
import { useAppConfig } from "@/lib/config-context";
import type { Folder } from "@/lib/folder";
import { formatBytes } from "@/lib/format/bytes";
import { formatMoney } from "@/lib/format/money";
import { usePeriodClock } from "@/lib/periods";
import { explain } from "@/lib/transactions/explain";
import { dropDraft, saveDraft } from "@/lib/uploads/drafts";
import { useUploadStore } from "@/lib/uploads/provider";
import { createSessionKey } from "@/lib/uploads/session-keys";
import type { UploadJob } from "@/lib/uploads/types";
import { useWallet } from "@/lib/wallet/use-wallet";

export interface HostingChoice {
  folder: Folder;
  piece: BrowserPiece;
  offer: LiveOffer;
  capacityBytes: bigint;
  termPeriods: number;
  /** What the market locks at the offer's present price. Token base units. */
  locked: bigint;
}

/** A hosting that was paid for in this visit. */
export interface StartedHosting {
  dealId: bigint;
  root: Hex;
  job: UploadJob;
  providerName: string;
}

/**
 * Pays for a folder with one signature and one transaction, then sends its bytes to the provider. `keepCar` is called when the request
 * goes out, what it returns when nothing was sent after all.
 */
export function useHosting({ keepCar }: { keepCar: () => () => void }) {
  const { review } = useWallet();
  const { contracts, parameters } = useAppConfig().deployment;
  const clock = usePeriodClock();
  const uploads = useUploadStore();
  const [started, setStarted] = useState<StartedHosting | undefined>();

  const host = useCallback(
    ({ folder, piece, offer, capacityBytes, termPeriods, locked }: HostingChoice) => {
      const providerName = offer.provider.name || offer.provider.address;
      let sessionKey: Awaited<ReturnType<typeof createSessionKey>> | undefined;
      review({
        key: `host/${piece.root}/${offer.offerId}`,
        title: `Host “${folder.name}”`,
        sentence: `${providerName} keeps ${formatBytes(capacityBytes)} for ${clock.spanOf(termPeriods)} and is paid only for the periods that it proves.`,
        action: "Pay and host",
        costs: [
          {
            label: "Locked at most",
            amount: locked,
            token: offer.token,
            note: `Term and ${clock.spanOf(parameters.gracePeriods)} of grace. What is not earned comes back.`,
          },
        ],
        gasLimit: 330_000n,
        undo: "Until the provider has accepted you can withdraw it and get everything back. Afterwards you can end it at any boundary; what is not earned comes back. What was published may have been copied.",
        steps: [
          {
            what: "permit",
            title: "Sign the permit",
            facts: [
              { label: "You allow", value: "the ledger" },
              { label: "to take, once, at most", value: formatMoney(locked, offer.token, "up") },
              { label: "to lock for", value: `this deal with ${providerName}` },
            ],
          },
          { what: "transaction", title: "Send the request" },
        ],
        to: contracts.Ledger,
        closesOnConfirm: true, // the page goes on with the upload
        run: async (client, context) => {
          sessionKey ??= await createSessionKey(globalThis.localStorage);
          const { carName, sizeBytes } = piece;
          const draft = { carName, sizeBytes, folderName: folder.name };
          saveDraft(globalThis.localStorage, sessionKey.address, draft, Date.now());
          const takeCarBack = keepCar();
          let isSent = false;
          const { dealId } = await requestDeal(client, {
            ...context,
            onStep: (step) => {
              if (step.name === "sent") isSent = true;
              context.onStep(step);
            },
            offerId: offer.offerId,
            capacityBytes,
            termPeriods,
            maxUnitPrice: offer.unitPrice,
            sessionKey: sessionKey.address,
            firstPiece: { root: piece.root, leafCount: piece.leafCount, cidDigest: cidToDigest(piece.cid) },
          }).catch((error: unknown) => {
            const { kind } = explain(error);
            if (sessionKey && !isSent && (kind === "rejected" || kind === "refused")) {
              dropDraft(globalThis.localStorage, sessionKey.address);
              takeCarBack();
            }
            throw error;
          });
          const job: UploadJob = {
            market: contracts.DealMarket,
            dealId: dealId.toString(),
            provider: offer.provider.address,
            endpoint: offer.provider.endpoint,
            sessionKey: sessionKey.address,
            root: piece.root,
            cid: piece.cid,
            sizeBytes,
            carName,
            folderName: folder.name,
          };
          uploads.start(job);
          dropDraft(globalThis.localStorage, sessionKey.address);
          setStarted({ dealId, root: piece.root, job, providerName });
        },
      });
    },
    [review, contracts, parameters, clock, uploads, keepCar],
  );

  return { host, started, reset: () => setStarted(undefined) };
}
