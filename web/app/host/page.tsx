import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { HostPage } from "@/features/hosting/HostPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Host" };

export default function Page() {
  return (
    <>
      <PageHeader title="Host">
        Choose a folder, pick who keeps it, pay once. You pay only for the periods in which possession was proven.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-52", "h-96"]} />}>
        <HostPage />
      </WhenConfigured>
    </>
  );
}
