import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { DealPage } from "@/features/deals/DealPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Deal" };

export default function Page() {
  return (
    <WhenConfigured
      waiting={
        <>
          <PageHeader title="Deal">
            Its site, its proofs period by period, its money, and what happened to it.
          </PageHeader>
          <BlocksSkeleton label="Finding the network" heights={["h-20", "h-64"]} />
        </>
      }
    >
      <DealPage />
    </WhenConfigured>
  );
}
