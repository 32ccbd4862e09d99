import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { OverviewPage } from "@/features/provider/OverviewPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Provide" };

export default function Page() {
  return (
    <>
      <PageHeader title="Provide">
        Sell space that you have: stake behind it, prove that you hold what is yours to hold, and earn for every proven
        period.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-56"]} />}>
        <OverviewPage />
      </WhenConfigured>
    </>
  );
}
