"use client";

import type { Query } from "@4ever/sdk/subgraph/client";
import { useRefreshMs } from "@/features/explorer/useTable";
import { useIndex } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** Asks the index one question again and again. `question` is what a page shows as its source. */
export function useQuestion<Variables extends object, Result>(query: Query<Variables, Result>, variables: Variables) {
  const index = useIndex();
  const refetchInterval = useRefreshMs();
  const answer = useLiveQuery<Result>({
    queryKey: ["explorer-question", index.url, query.document, variables],
    refetchInterval,
    queryFn: ({ signal }) => index.ask(query, variables, signal),
  });
  return { ...answer, question: { document: query.document, variables } };
}
