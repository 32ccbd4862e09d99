"use client";

import { SERVICES } from "@/features/governance/queries";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** The services of the catalogue, by name. */
export function useServices() {
  const subgraph = useSubgraph();
  return useLiveQuery({
    queryKey: ["service-names"],
    queryFn: async ({ signal }) => {
      const { services } = await subgraph.request<{ services: { name: string }[] }>({ document: SERVICES, signal });
      return services;
    },
  });
}
