"use client";

import { CopyButton } from "@/components/CopyButton";
import { Hash } from "@/components/Hash";
import { Dialog } from "@/components/Overlay";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts } from "@/components/Section";
import { Notice } from "@/components/States";
import type { Invitation } from "@/features/invites/invitations";
import { QrCode } from "@/features/invites/QrCode";

/** An invitation to hand over: as a link, and as a picture for a phone. */
export function LinkDialog({
  invitation: { invitee, isOpen, expiresAt },
  link,
  onClose,
}: {
  invitation: Pick<Invitation, "invitee" | "isOpen" | "expiresAt">;
  link: string;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Invitation"
      description="Hand it over as a link or as a picture. It lets one provider in."
    >
      <div className="space-y-4">
        <div>
          <div className="flex items-center justify-between">
            <p className="text-sm font-medium">Link</p>
            <CopyButton text={link} label="link" />
          </div>
          <p
            data-testid="invite-link"
            className="max-h-32 overflow-y-auto rounded bg-sunken p-2 font-mono text-xs break-all"
          >
            {link}
          </p>
        </div>
        <div className="flex justify-center">
          <QrCode text={link} label="The link as a QR code" />
        </div>
        <Facts>
          <Fact label="For">{invitee ? <Hash text={invitee} kind="address" /> : "whoever has the link"}</Fact>
          {expiresAt === undefined ? null : (
            <Fact label="Expires">
              <RelativeTime at={expiresAt} />
            </Fact>
          )}
        </Facts>
        {isOpen ? (
          <Notice tone="warn" title="Whoever has this link can use it, once">
            Send it where only the invited reads it. It stands behind #, which browsers do not send to servers. Nobody
            who watches the chain can take it over while it is being used.
          </Notice>
        ) : null}
      </div>
    </Dialog>
  );
}
