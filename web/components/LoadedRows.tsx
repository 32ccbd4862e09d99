import type { ReactNode } from "react";
import type { Asked } from "@/components/asked";
import { RowsSkeleton } from "@/components/Skeleton";
import { LoadError } from "@/components/States";

/** The four states of a list: it could not be read, is on its way, is empty, or is there. A failure does not take away what was read. */
export function LoadedRows<Row>({
  what,
  asked: { data, error, errorUpdatedAt, isFetching, refetch },
  waitingRows = 4,
  empty,
  children,
}: {
  /** "Your deals": at the beginning of a sentence. */
  what: string;
  asked: Asked<readonly Row[]>;
  /** Rows of the skeleton. */
  waitingRows?: number;
  empty: ReactNode;
  children: (rows: readonly Row[]) => ReactNode;
}) {
  if (error && !data) {
    return (
      <LoadError what={what} error={error} failedAtMs={errorUpdatedAt} onRetry={refetch} isRetrying={isFetching} />
    );
  }
  if (!data) {
    return <RowsSkeleton label={`Loading ${what.charAt(0).toLowerCase()}${what.slice(1)}`} rows={waitingRows} />;
  }
  return data.length === 0 ? empty : children(data);
}
