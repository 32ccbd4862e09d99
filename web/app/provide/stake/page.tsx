import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { StakePage } from "@/features/provider/StakePage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Stake" };

export default function Page() {
  return (
    <>
      <PageHeader title="Stake">
        EVER that you pledge backs the capacity you sell. Deals reserve parts of it; what is free can leave after the
        unbonding.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-56"]} />}>
        <StakePage />
      </WhenConfigured>
    </>
  );
}
