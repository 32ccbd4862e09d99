import type { Metadata } from "next";
import { ItemWaiting } from "@/features/explorer/ItemWaiting";
import { SearchPage } from "@/features/explorer/SearchPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Search" };

export default function Page() {
  return (
    <WhenConfigured waiting={<ItemWaiting title="Search" />}>
      <SearchPage />
    </WhenConfigured>
  );
}
