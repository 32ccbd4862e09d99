import type { Metadata } from "next";
import { ButtonLink } from "@/components/Button";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { ProposalsPage } from "@/features/governance/ProposalsPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Proposals" };

export default function Page() {
  return (
    <>
      <PageHeader
        title="Proposals"
        action={
          <ButtonLink look="primary" href="/proposals/new/">
            Propose a change
          </ButtonLink>
        }
      >
        What the network’s contracts do next is decided by votes of EVER, staked or not, within bounds that no vote
        moves.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-96"]} />}>
        <ProposalsPage />
      </WhenConfigured>
    </>
  );
}
