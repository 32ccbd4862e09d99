import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { DelegatePage } from "@/features/delegation/DelegatePage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Delegate" };

export default function Page() {
  return (
    <>
      <PageHeader title="Delegate">
        Put EVER behind a provider you trust: it backs what the provider sells, and shares its rewards and its slashes.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-56", "h-80"]} />}>
        <DelegatePage />
      </WhenConfigured>
    </>
  );
}
