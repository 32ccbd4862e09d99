import type { Metadata } from "next";
import { ProviderPage } from "@/features/explorer/AccountPages";
import { ItemWaiting } from "@/features/explorer/ItemWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Provider" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ItemWaiting title="Provider" />}>
      <ProviderPage />
    </WhenConfigured>
  );
}
