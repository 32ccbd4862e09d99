import type { Metadata } from "next";
import { AccountPage } from "@/features/explorer/AccountPages";
import { ItemWaiting } from "@/features/explorer/ItemWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Account" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ItemWaiting title="Account" />}>
      <AccountPage />
    </WhenConfigured>
  );
}
