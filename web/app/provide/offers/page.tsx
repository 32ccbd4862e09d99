import type { Metadata } from "next";
import { BlocksSkeleton } from "@/components/Skeleton";
import { OffersHeader } from "@/features/provider/OffersHeader";
import { OffersPage } from "@/features/provider/OffersPage";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Offers" };

export default function Page() {
  return (
    <WhenConfigured
      waiting={
        <>
          <OffersHeader />
          <BlocksSkeleton label="Loading the network" heights={["h-64"]} />
        </>
      }
    >
      <OffersPage />
    </WhenConfigured>
  );
}
