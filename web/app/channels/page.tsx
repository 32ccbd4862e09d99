import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton, Skeleton } from "@/components/Skeleton";
import { ChannelsPage } from "@/features/channels/ChannelsPage";
import { OpenButton } from "@/features/channels/OpenButton";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Channels" };

export default function Page() {
  return (
    <>
      <PageHeader
        title="Channels"
        action={
          <WhenConfigured waiting={<Skeleton className="h-9 w-40" />}>
            <OpenButton />
          </WhenConfigured>
        }
      >
        Payment for metered use: lock a cap once, then sign what you owe. What you never signed comes back.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-96"]} />}>
        <ChannelsPage />
      </WhenConfigured>
    </>
  );
}
