import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { NewProposalPage } from "@/features/governance/NewProposalPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Propose a change" };

export default function Page() {
  return (
    <>
      <PageHeader title="Propose a change">
        Compose what the timelock should do, and see it in words before you sign. The voters decide.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-96"]} />}>
        <NewProposalPage />
      </WhenConfigured>
    </>
  );
}
