import type { Metadata } from "next";
import { BlocksSkeleton } from "@/components/Skeleton";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { Overview } from "@/features/explorer/Overview";
import { OVERVIEW_HEIGHTS } from "@/features/explorer/words";
import { WhenConfigured } from "@/lib/config-context";

export const metadata: Metadata = { title: "Explorer" };

export default function Page() {
  return (
    <ExplorerPage
      title="Explorer"
      about="Everything that this network did, from its events on chain. Each figure leads to its rows, each row to its transaction."
    >
      <WhenConfigured waiting={<BlocksSkeleton label="Loading the network" heights={OVERVIEW_HEIGHTS} />}>
        <Overview />
      </WhenConfigured>
    </ExplorerPage>
  );
}
