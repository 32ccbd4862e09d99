"use client";

import { cidToDigest } from "@4ever/sdk/pieces";
import type { BrowserPiece } from "@4ever/sdk/pieces/worker";
import { LEAF_BYTES } from "@4ever/sdk/units";
import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { FolderStep } from "@/components/FolderStep";
import { Notice } from "@/components/States";
import { stayingPieces } from "@/features/deals/pieces";
import type { DealDetail } from "@/features/deals/useDeals";
import { useSessionKey } from "@/features/deals/useSessionKey";
import { formatBytes } from "@/lib/format/bytes";
import { useUploadStore } from "@/lib/uploads/provider";
import { usePacking } from "@/lib/uploads/use-packing";

const MIB = 2n ** 20n;

/** Publishes a further folder within a running deal: packed and signed here, without a transaction of its owner. */
export function PublishPanel({
  deal,
  onClose,
  onChangeCapacity,
}: {
  deal: DealDetail;
  onClose: () => void;
  onChangeCapacity: (proposedBytes: bigint) => void;
}) {
  const { holder, renew } = useSessionKey(deal);
  const { packing, choose, clear, keepCar } = usePacking();
  const uploads = useUploadStore();
  const piece = packing.state === "ready" ? packing.piece : undefined;
  const neededBytes = piece ? BigInt(piece.leafCount) * LEAF_BYTES : 0n;
  const freeBytes = deal.capacityBytes - deal.liveBytes;
  const isThere = piece !== undefined && stayingPieces(deal.pieces).some(({ root }) => root === piece.root);
  const isTooLarge = piece !== undefined && !isThere && neededBytes > freeBytes;

  function publish({ root, cid, sizeBytes, carName, leafCount }: BrowserPiece, folderName: string) {
    keepCar();
    uploads.start({
      market: deal.market,
      dealId: deal.dealId.toString(),
      provider: deal.provider.address,
      endpoint: deal.provider.endpoint,
      sessionKey: deal.sessionKey,
      root,
      cid,
      sizeBytes,
      carName,
      folderName,
      addition: { leafCount, cidDigest: cidToDigest(cid) },
    });
    clear();
    onClose();
  }

  return (
    <section aria-label="Publish a folder" className="space-y-4 border-b border-line bg-sunken p-4">
      {holder === "elsewhere" ? (
        <MissingKey onRenew={renew} />
      ) : (
        <FolderStep
          packing={packing}
          onFolder={choose}
          onClear={clear}
          onIncludeHidden={(folder) => choose(folder, { includeHidden: true })}
          hint="nothing is sent before you publish."
        />
      )}
      {isThere ? (
        <Notice title="This very content is here already">Its CID is in the list below; nothing has changed.</Notice>
      ) : null}
      {isTooLarge ? (
        <Notice
          tone="warn"
          title="Not enough room"
          action={
            <Button size="sm" onClick={() => onChangeCapacity(roundUp(deal.liveBytes + neededBytes, MIB))}>
              Change the capacity
            </Button>
          }
        >
          This folder needs {formatBytes(neededBytes)}; {formatBytes(freeBytes)} of {formatBytes(deal.capacityBytes)}{" "}
          are free. Removing a piece from the list frees its room, too.
        </Notice>
      ) : null}
      <div className="flex flex-wrap items-center justify-end gap-2">
        {piece ? (
          <p className="mr-auto text-sm text-muted">
            {holder === "wallet"
              ? "Your wallet signs for the upload and for the piece. It costs nothing beyond the deal’s price."
              : "The key in this browser signs it: your wallet is not asked, and the deal’s price stays."}
          </p>
        ) : null}
        <Button
          look="quiet"
          onClick={() => {
            clear();
            onClose();
          }}
        >
          Not now
        </Button>
        {holder === "elsewhere" ? null : (
          <Button
            look="primary"
            disabled={!piece || isThere || isTooLarge}
            onClick={() => {
              if (packing.state === "ready") publish(packing.piece, packing.folder.name);
            }}
          >
            Publish
          </Button>
        )}
      </div>
    </section>
  );
}

/** The deal's session key is not here: what that means, and the way out. */
export function MissingKey({ onRenew, children }: { onRenew: () => void; children?: ReactNode }) {
  return (
    <Notice
      title="This browser has no key for this deal"
      action={
        <Button size="sm" onClick={onRenew}>
          Set a new key
        </Button>
      }
    >
      {children ??
        "The session key that may publish was made in another browser, or was lost with this one’s storage. One transaction sets a new one; the old one can then publish nothing more."}
    </Notice>
  );
}

function roundUp(value: bigint, step: bigint): bigint {
  return ((value + step - 1n) / step) * step;
}
