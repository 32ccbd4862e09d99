"use client";

import { type Finding, parseSearch, SEARCHABLE, search } from "@4ever/sdk/subgraph/search";
import { SearchX } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { type ReactNode, useEffect } from "react";
import { type Hex, TransactionNotFoundError } from "viem";
import { getTransaction } from "viem/actions";
import { useClient } from "wagmi";
import { Panel, Section } from "@/components/Section";
import { RowsSkeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { ItemLink } from "@/features/explorer/columns";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { useTableContext } from "@/features/explorer/useTable";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { useIndex } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** What was found for `q`; a single finding is opened at once. */
export function SearchPage() {
  const router = useRouter();
  const text = useSearchParams().get("q") ?? "";
  const sought = parseSearch(text);
  const index = useIndex();
  const client = useClient();
  const { market, verifier } = useTableContext();
  const { data, error, errorUpdatedAt, isFetching, refetch } = useLiveQuery<Finding[]>({
    queryKey: ["explorer-search", index.url, text],
    enabled: sought !== undefined && client !== undefined,
    queryFn: async ({ signal }) => {
      if (!sought || !client) return [];
      const hasTransaction = (hash: Hex) =>
        getTransaction(client, { hash }).then(
          () => true,
          (cause: unknown) => {
            if (cause instanceof TransactionNotFoundError) return false;
            throw cause;
          },
        );
      return search(index, sought, { market, verifier }, { hasTransaction, signal });
    },
  });
  const only = data?.length === 1 ? data[0] : undefined;
  const target = only && placeOf(only).href;
  useEffect(() => {
    if (target) router.replace(target);
  }, [router, target]);

  return (
    <ExplorerPage title="Search" about={text ? <>What the network knows of “{shorten(text, 24, 12)}”.</> : SEARCHABLE}>
      {!sought ? null : error && !data ? (
        <Panel>
          <LoadError
            what="The search"
            error={error}
            failedAtMs={errorUpdatedAt}
            onRetry={refetch}
            isRetrying={isFetching}
          />
        </Panel>
      ) : !data || target ? (
        <Panel>
          <RowsSkeleton label="Searching" />
        </Panel>
      ) : data.length === 0 ? (
        <Panel>
          <EmptyState
            icon={SearchX}
            title={sought.kind === "unknown" ? "That is nothing to search for" : "Nothing found"}
          >
            {sought.kind === "unknown"
              ? SEARCHABLE
              : "No event and no transaction tells of it. What happened a moment ago appears within seconds."}
          </EmptyState>
        </Panel>
      ) : (
        <Section title="Found" flush>
          <ul className="divide-y divide-line">
            {data.map((finding) => {
              const { href, title, note } = placeOf(finding);
              return (
                <li key={`${href} ${title}`} className="flex flex-wrap items-center gap-x-3 px-4 py-2.5">
                  <ItemLink href={href}>{title}</ItemLink>
                  <span className="min-w-0 text-sm text-muted">{note}</span>
                </li>
              );
            })}
          </ul>
        </Section>
      )}
    </ExplorerPage>
  );
}

function placeOf(finding: Finding): { href: string; title: string; note: ReactNode } {
  switch (finding.kind) {
    case "provider":
      return {
        href: explorerLinks.provider(finding.address),
        title: finding.name || "Provider",
        note: "a provider: stake, proofs, deals",
      };
    case "account":
      return {
        href: explorerLinks.account(finding.address),
        title: "Account",
        note: "its money and the deals that it pays",
      };
    case "operator":
      return {
        href: explorerLinks.provider(finding.provider),
        title: finding.name || shorten(finding.provider),
        note: "the provider that this key operates for",
      };
    case "deal":
      return {
        href: explorerLinks.deal(finding.dealId),
        title: `Deal ${finding.dealId}`,
        note: `hosts ${shorten(finding.cid, 10, 6)}`,
      };
    case "piece":
      return {
        href: explorerLinks.piece(finding.id),
        title: `Piece of deal ${finding.dealId}`,
        note: shorten(finding.cid, 10, 6),
      };
    case "set":
      return {
        href: explorerLinks.set(finding.id),
        title: `Proving set ${finding.setId}`,
        note: "its pieces and proofs",
      };
    case "round":
      return {
        href: explorerLinks.round(finding.period),
        title: `Round of period ${formatCount(finding.period)}`,
        note: "its seed and who was proven",
      };
    case "transaction":
      return {
        href: explorerLinks.transaction(finding.hash),
        title: "Transaction",
        note: shorten(finding.hash, 10, 6),
      };
  }
}
