import type { Metadata } from "next";
import { PiecePage } from "@/features/explorer/ItemPages";
import { ItemWaiting } from "@/features/explorer/ItemWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Piece" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ItemWaiting title="Piece" />}>
      <PiecePage />
    </WhenConfigured>
  );
}
