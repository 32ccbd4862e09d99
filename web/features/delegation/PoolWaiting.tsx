import { PageHeader } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";

/** A pool's page before the network, or the pool, is known. */
export function PoolWaiting({ label }: { label: string }) {
  return (
    <>
      <PageHeader title="Provider">
        What stands behind this provider, what it earned, and what was taken for faults.
      </PageHeader>
      <BlocksSkeleton label={label} heights={["h-20", "h-64"]} />
    </>
  );
}
