import type { TableName } from "@4ever/sdk/subgraph/tables/index";

/** Where the explorer shows a thing. Deals, channels and proposals have one page for everybody, outside of the explorer. */
export const explorerLinks = {
  provider: (address: string) => `/explorer/provider/?address=${address}`,
  account: (address: string) => `/explorer/account/?address=${address}`,
  deal: (dealId: bigint | string) => `/deal/?id=${dealId}`,
  channel: (channelId: bigint | string) => `/channel/?id=${channelId}`,
  proposal: (proposalId: bigint | string) => `/proposal/?id=${proposalId}`,
  set: (id: string) => `/explorer/set/?id=${id}`,
  piece: (id: string) => `/explorer/piece/?id=${id}`,
  round: (period: number | bigint) => `/explorer/round/?period=${period}`,
  transaction: (hash: string) => `/explorer/transaction/?hash=${hash}`,
  search: (text: string) => `/explorer/search/?q=${encodeURIComponent(text)}`,
  table: (name: TableName, filters: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams(filters).toString();
    return `/explorer/${name}/${query ? `?${query}` : ""}`;
  },
};
