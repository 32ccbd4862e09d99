import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { EarningsPage } from "@/features/provider/EarningsPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Earnings" };

export default function Page() {
  return (
    <>
      <PageHeader title="Earnings">
        Proven periods become earnings when a deal is settled. Anybody may settle; the money always comes to you.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-56"]} />}>
        <EarningsPage />
      </WhenConfigured>
    </>
  );
}
