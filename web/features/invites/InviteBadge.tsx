import type { InviteState } from "@4ever/sdk/invites/issuing";
import { Badge, type Tone } from "@/components/Badge";

const STATES: Record<InviteState, { word: string; tone: Tone }> = {
  unused: { word: "Unused", tone: "waiting" },
  used: { word: "Used", tone: "good" },
  revoked: { word: "Revoked", tone: "neutral" },
  expired: { word: "Expired", tone: "neutral" },
  waiting: { word: "Not sent yet", tone: "waiting" },
  stopped: { word: "Issuer stopped", tone: "warn" },
};

/** Where an invitation stands. */
export function InviteBadge({ state }: { state: InviteState }) {
  const { word, tone } = STATES[state];
  return <Badge tone={tone}>{word}</Badge>;
}
