"use client";

import { Badge, type Tone } from "@/components/Badge";
import { type Channel, type ChannelPhase, phaseOf } from "@/features/channels/channel";
import { useChainNow } from "@/lib/chain-clock";

const PHASES: Record<ChannelPhase, { word: string; tone: Tone }> = {
  open: { word: "Open", tone: "good" },
  closing: { word: "Closing", tone: "warn" },
  over: { word: "Over", tone: "waiting" },
  closed: { word: "Closed", tone: "neutral" },
};

/** Where a channel stands now, by the chain's clock. */
export function ChannelBadge({ channel }: { channel: Pick<Channel, "status" | "closesAt" | "expiresAt"> }) {
  const { word, tone } = PHASES[phaseOf(channel, useChainNow())];
  return <Badge tone={tone}>{word}</Badge>;
}
