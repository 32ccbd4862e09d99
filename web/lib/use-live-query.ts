"use client";

import { hashKey, type QueryKey, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

/**
 * A query that asks again by itself. React Query forgets an error as soon as the next attempt begins, so that a page would
 * flicker between "failed" and "loading"; here a failure stays until there is data.
 */
export function useLiveQuery<Data, Key extends QueryKey = QueryKey>(options: UseQueryOptions<Data, Error, Data, Key>) {
  const query = useQuery(options);
  const hash = hashKey(options.queryKey);
  const failure = useRef<{ hash: string; error: Error } | undefined>(undefined);
  useEffect(() => {
    if (query.error) failure.current = { hash, error: query.error };
    else if (query.data !== undefined) failure.current = undefined;
  }, [hash, query.error, query.data]);

  const { data, error, errorUpdatedAt, isFetching, refetch } = query;
  const lasting = data === undefined && failure.current?.hash === hash ? failure.current.error : null;
  return { data, error: error ?? lasting, errorUpdatedAt, isFetching, refetch };
}
