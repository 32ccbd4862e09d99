import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { InvitesPage } from "@/features/invites/InvitesPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Invites" };

export default function Page() {
  return (
    <>
      <PageHeader title="Invites">
        New providers enter by invitation while the network grows. Issue them as links, see what became of each, and
        take back what was not used.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-56"]} />}>
        <InvitesPage />
      </WhenConfigured>
    </>
  );
}
