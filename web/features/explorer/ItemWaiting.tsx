import { BlocksSkeleton } from "@/components/Skeleton";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { ITEM_ABOUT, ITEM_HEIGHTS } from "@/features/explorer/words";

/** A page about one thing before the network is known. */
export function ItemWaiting({ title }: { title: string }) {
  return (
    <ExplorerPage title={title} about={ITEM_ABOUT}>
      <BlocksSkeleton label="Loading the network" heights={ITEM_HEIGHTS} />
    </ExplorerPage>
  );
}
