import type { Metadata } from "next";
import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { AuctionsPage } from "@/features/auctions/AuctionsPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Auctions" };

export default function Page() {
  return (
    <>
      <PageHeader title="Auctions">
        The network’s fees are sold for EVER, which is burned: see what is for sale at which price, what was burned, and
        buy.
      </PageHeader>
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={["h-24", "h-80", "h-56"]} />}>
        <AuctionsPage />
      </WhenConfigured>
    </>
  );
}
