import { classes } from "@/components/classes";

/** A grey block in the place of text or a figure that is on its way. Wrap several in {@link Loading}, which says so. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={classes("block animate-pulse rounded-sm bg-sunken", className)} />;
}

/** Announces what is loading; its children are skeletons in the final layout. */
export function Loading({
  label,
  children,
  className,
}: {
  label: string;
  children: React.ReactNode;
  className?: string;
}) {
  return (
    <div role="status" className={className}>
      <span className="sr-only">{label}</span>
      {children}
    </div>
  );
}

/** Rows of a table that is on its way. */
export function RowsSkeleton({ label, rows = 4 }: { label: string; rows?: number }) {
  return (
    <Loading label={label} className="divide-y divide-line">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-3.5">
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-4 w-40 max-sm:hidden" />
          <Skeleton className="ml-auto h-4 w-20" />
        </div>
      ))}
    </Loading>
  );
}

/** Parts of a page that are on their way, each of a height. */
export function BlocksSkeleton({ label, heights }: { label: string; heights: readonly string[] }) {
  return (
    <Loading label={label} className="space-y-6">
      {heights.map((height) => (
        <Skeleton key={height} className={height} />
      ))}
    </Loading>
  );
}
