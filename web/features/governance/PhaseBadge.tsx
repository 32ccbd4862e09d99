import { Ban, CircleCheck, CircleX, Clock, Gavel, Hourglass, Play, Vote } from "lucide-react";
import { Badge } from "@/components/Badge";
import { Skeleton } from "@/components/Skeleton";
import type { ProposalPhase } from "@/features/governance/proposal";

const LOOKS = {
  pending: { word: "Pending", tone: "waiting", icon: Clock },
  active: { word: "Active", tone: "good", icon: Vote },
  defeated: { word: "Defeated", tone: "bad", icon: CircleX },
  succeeded: { word: "Succeeded", tone: "good", icon: Gavel },
  queued: { word: "Queued", tone: "waiting", icon: Hourglass },
  ready: { word: "Executable", tone: "warn", icon: Play },
  executed: { word: "Executed", tone: "good", icon: CircleCheck },
  canceled: { word: "Withdrawn", tone: "neutral", icon: Ban },
} as const satisfies Record<ProposalPhase, object>;

/** Where a proposal stands. */
export function PhaseBadge({ phase }: { phase: ProposalPhase | undefined }) {
  if (!phase) return <Skeleton className="h-6 w-20 rounded-full" />;
  const { word, tone, icon } = LOOKS[phase];
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}
