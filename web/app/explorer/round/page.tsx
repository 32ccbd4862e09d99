import type { Metadata } from "next";
import { RoundPage } from "@/features/explorer/ItemPages";
import { ItemWaiting } from "@/features/explorer/ItemWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Round" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ItemWaiting title="Round" />}>
      <RoundPage />
    </WhenConfigured>
  );
}
