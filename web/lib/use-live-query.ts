"use client";

import { hashKey, type QueryKey, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useRef } from "react";

/**
 * A query that asks again by itself.
 *
 * - React Query forgets an error as soon as the next attempt begins, so that a page would flicker between "failed" and "loading"; here a
 *   failure stays until there is data.
 * - It renders an answer in one go. Here `data` is deferred, so that a large answer is rendered in small pieces and the page answers
 *   meanwhile. It always belongs to the key that is asked for.
 * - `isFetching` tells of attempts while there is no answer, or the last one failed; a page that stands still is not rendered for each.
 */
export function useLiveQuery<Data, Key extends QueryKey = QueryKey>(options: UseQueryOptions<Data, Error, Data, Key>) {
  const hash = hashKey(options.queryKey);
  const failure = useRef<{ hash: string; error: Error } | undefined>(undefined);
  const isSettled = useRef(false);
  const query = useQuery({
    ...options,
    notifyOnChangeProps: () => (isSettled.current ? ["data", "error"] : ["data", "error", "isFetching"]),
  });
  const { data: answer, error, errorUpdatedAt, isFetching, refetch } = query;
  useEffect(() => {
    isSettled.current = answer !== undefined && !error;
    if (error) failure.current = { hash, error };
    else if (answer !== undefined) failure.current = undefined;
  }, [hash, error, answer]);

  const deferred = useDeferredValue(useMemo(() => ({ hash, answer }), [hash, answer]));
  const data = deferred.hash === hash ? deferred.answer : answer;
  const lasting = answer === undefined && failure.current?.hash === hash ? failure.current.error : null;
  return { data, error: error ?? lasting, errorUpdatedAt, isFetching, refetch };
}
