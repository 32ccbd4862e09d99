import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";

/** A proposal's page before the network, or the proposal, is known. */
export function ProposalWaiting({ label }: { label: string }) {
  return (
    <>
      <PageHeader title="Proposal">What it changes, how the votes stand, and when it can be executed.</PageHeader>
      <BlocksSkeleton label={label} heights={["h-40", "h-64"]} />
    </>
  );
}
