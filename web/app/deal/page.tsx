import type { Metadata } from "next";
import { DealPage } from "@/features/deals/DealPage";
import { DealWaiting } from "@/features/deals/DealWaiting";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Deal" };

export default function Page() {
  return (
    <WhenConfigured waiting={<DealWaiting title="Deal" label="Loading the network" />}>
      <DealPage />
    </WhenConfigured>
  );
}
