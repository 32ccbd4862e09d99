"use client";

import { FileQuestion } from "lucide-react";
import type { ReactNode } from "react";
import type { Asked } from "@/components/asked";
import { ButtonLink } from "@/components/Button";
import { Panel } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { ITEM_ABOUT, ITEM_HEIGHTS } from "@/features/explorer/words";

/** A page about one thing: while it loads, when it failed, and when the index knows no such thing. */
export function Answer<Data, Thing>({
  what,
  asked,
  thingOf,
  children,
}: {
  /** "Round 12": at the beginning of a sentence. */
  what: string;
  asked: Asked<Data>;
  thingOf: (data: Data) => Thing | null;
  children: (thing: Thing) => ReactNode;
}) {
  const { data, error, errorUpdatedAt, isFetching, refetch } = asked;
  const thing = data === undefined ? undefined : thingOf(data);
  if (thing) return children(thing);
  return (
    <ExplorerPage title={what} about={ITEM_ABOUT}>
      {error ? (
        <Panel>
          <LoadError what={what} error={error} failedAtMs={errorUpdatedAt} onRetry={refetch} isRetrying={isFetching} />
        </Panel>
      ) : thing === null ? (
        <Unknown what={what}>
          No event tells of it. What happened a moment ago appears within seconds; otherwise check the address.
        </Unknown>
      ) : (
        <BlocksSkeleton label={`Loading ${what}`} heights={ITEM_HEIGHTS} />
      )}
    </ExplorerPage>
  );
}

/** An address that names nothing that can be shown. */
export function Unknown({ what, children }: { what: string; children: ReactNode }) {
  return (
    <Panel>
      <EmptyState
        icon={FileQuestion}
        title={`The index does not know ${what.charAt(0).toLowerCase()}${what.slice(1)}`}
        action={<ButtonLink href="/explorer/">To the overview</ButtonLink>}
      >
        {children}
      </EmptyState>
    </Panel>
  );
}
