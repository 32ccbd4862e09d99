import type { Metadata } from "next";
import { SetPage } from "@/features/explorer/ItemPages";
import { ItemWaiting } from "@/features/explorer/ItemWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Proving set" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ItemWaiting title="Proving set" />}>
      <SetPage />
    </WhenConfigured>
  );
}
