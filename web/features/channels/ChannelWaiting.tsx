import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";

/** A channel's page before the network, or the channel, is known. */
export function ChannelWaiting({ title, label }: { title: string; label: string }) {
  return (
    <>
      <PageHeader title={title}>Its cap, what is signed and redeemed of it, and when it ends.</PageHeader>
      <BlocksSkeleton label={label} heights={["h-20", "h-64"]} />
    </>
  );
}
