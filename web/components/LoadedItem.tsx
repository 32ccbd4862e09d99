import { FileQuestion } from "lucide-react";
import type { ReactNode } from "react";
import type { Asked } from "@/components/asked";
import { Panel } from "@/components/Section";
import { EmptyState, LoadError } from "@/components/States";

/** A page about one item: its address names none, the index knows none, it could not be read, is on its way, or is there. */
export function LoadedItem<Item>({
  kind,
  what,
  isNamed,
  absent,
  list,
  waiting,
  asked: { data, error, errorUpdatedAt, isFetching, refetch },
  children,
}: {
  /** "deal": what the page is about, in a sentence. */
  kind: string;
  /** "Deal 12": at the beginning of a sentence. */
  what: string;
  /** Whether the page's address names an item; nothing is asked otherwise. */
  isNamed: boolean;
  /** What to say when the index knows no such item. */
  absent: { title: string; hint: string };
  /** The way to where all items are. */
  list: ReactNode;
  waiting: ReactNode;
  /** The item; null where there is none. */
  asked: Asked<Item | null>;
  children: (item: Item) => ReactNode;
}) {
  if (!isNamed || data === null) {
    return (
      <Panel>
        <EmptyState icon={FileQuestion} isPage title={isNamed ? absent.title : `Which ${kind}?`} action={list}>
          {isNamed ? absent.hint : `The address names no ${kind}. Choose one from the list.`}
        </EmptyState>
      </Panel>
    );
  }
  if (data !== undefined) return children(data);
  if (!error) return waiting;
  return (
    <Panel>
      <LoadError
        what={what}
        error={error}
        failedAtMs={errorUpdatedAt}
        onRetry={refetch}
        isRetrying={isFetching}
        isPage
      />
    </Panel>
  );
}
