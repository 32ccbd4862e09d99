import {
  ArrowDownToLine,
  Ban,
  CalendarPlus,
  CircleCheck,
  Coins,
  FileMinus,
  FilePlus,
  Flag,
  Handshake,
  Hourglass,
  Key,
  Lock,
  Scale,
  X,
} from "lucide-react";
import { Bytes } from "@/components/Bytes";
import { Money } from "@/components/Money";
import type { TimelineItem } from "@/components/Timeline";
import type { Deal, EndReason } from "@/features/deals/deal";
import type { DealEvent } from "@/features/deals/useDeals";
import { plural } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";

const REASONS: Record<EndReason, string> = {
  CUSTOMER: "The customer ended it.",
  PROVIDER: "The provider gave notice.",
  ABANDONED: "Three periods in a row went unproven.",
};

type Words = Pick<TimelineItem, "icon" | "title" | "detail" | "tone">;

/** An event as a person would tell it. */
export function wordsOf(event: DealEvent, token: Deal["token"]): Words {
  const { amount, bytes, period } = event;
  const money = amount === undefined ? null : <Money amount={amount} token={token} />;
  switch (event.kind) {
    case "REQUESTED":
      return {
        icon: Lock,
        title: "Requested and paid in advance",
        detail: (
          <>
            {money} locked for {bytes === undefined ? "its capacity" : <Bytes bytes={bytes} />}.
          </>
        ),
      };
    case "ACCEPTED":
      return {
        icon: Handshake,
        tone: "good",
        title: "Accepted by the provider",
        detail: `Proofs earn from period ${period} on.`,
      };
    case "DECLINED":
      return { icon: X, tone: "bad", title: "Declined by the provider", detail: "Everything went back." };
    case "CANCELLED":
      return { icon: Ban, title: "Request cancelled", detail: "Everything went back." };
    case "EXPIRED":
      return { icon: Hourglass, tone: "warn", title: "Not accepted in time", detail: "Everything went back." };
    case "RENEWED":
      return {
        icon: CalendarPlus,
        title: "Renewed",
        detail: (
          <>
            {money} added; the term ends with period {period === undefined ? "?" : period - 1}.
          </>
        ),
      };
    case "CAPACITY_CHANGED":
      return {
        icon: Scale,
        title: "Capacity changed",
        detail: (
          <>
            Room for {bytes === undefined ? "?" : <Bytes bytes={bytes} />}; {money} added to the lock.
          </>
        ),
      };
    case "SESSION_KEY_CHANGED":
      return { icon: Key, title: "Session key changed" };
    case "PIECE_ADDED":
      return {
        icon: FilePlus,
        tone: "good",
        title: "Piece under proof",
        detail: (
          <>
            {bytes === undefined ? null : <Bytes bytes={bytes} />}{" "}
            {event.cid ? <span className="font-mono">{shorten(event.cid, 8, 6)}</span> : null}
          </>
        ),
      };
    case "PIECE_REMOVED":
      return { icon: FileMinus, title: "Piece leaves", detail: `Last proven with period ${period}.` };
    case "RATE_CHANGED":
      return {
        icon: Scale,
        title: "Earning rate changed",
        detail: (
          <>
            {bytes === undefined ? null : <Bytes bytes={bytes} />} earn from period {period} on.
          </>
        ),
      };
    case "SETTLED":
      return {
        icon: Coins,
        tone: "good",
        title: "Settled",
        detail: (
          <>
            {plural(event.provenPeriods ?? 0, "proven period")}, {money} paid to the provider.
          </>
        ),
      };
    case "ENDING":
      return {
        icon: Flag,
        tone: "warn",
        title: "End set",
        detail: `${event.endReason ? REASONS[event.endReason] : ""} Nothing is paid from period ${period} on.`,
      };
    case "CLOSED":
      return { icon: ArrowDownToLine, title: "Money shared out", detail: <>{money} went back to the customer.</> };
    case "FINISHED":
      return { icon: CircleCheck, title: "Finished", detail: "Stake and capacity are free again." };
  }
}
