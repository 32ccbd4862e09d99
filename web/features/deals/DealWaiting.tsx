import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";

/** A deal's page before the network, or the deal, is known. */
export function DealWaiting({ title, label }: { title: string; label: string }) {
  return (
    <>
      <PageHeader title={title}>Its site, its proofs period by period, its money, and what happened to it.</PageHeader>
      <BlocksSkeleton label={label} heights={["h-20", "h-64"]} />
    </>
  );
}
