import type { Address, Hex } from "viem";
import { ever, foreign, moment, size, text } from "./columns.ts";
import { choiceFilter } from "./filters.ts";
import { documentOf, type Table } from "./table.ts";

/** Who provides. Stake in EVER base units; name and endpoint are what the provider says of itself. */
export interface ProviderRow {
  id: Address;
  name: string;
  endpoint: string;
  operator: Address | null;
  group: string;
  jailed: boolean;
  activeStake: string;
  allocatedStake: string;
  thawingStake: string;
  delegatedStake: string;
  delegatedThawingStake: string;
  slashedStake: string;
  dealCount: number;
  activeDealCount: number;
  liveBytes: string;
  proofCount: number;
  missedCount: number;
  registeredAt: string | null;
  registrationTransactionHash: Hex | null;
}

/** Everybody who registered or staked. */
export const providers: Table<ProviderRow> = {
  name: "providers",
  document: documentOf(
    "providers",
    "Provider",
    "providers",
    `id name endpoint operator group jailed activeStake allocatedStake thawingStake delegatedStake delegatedThawingStake slashedStake
     dealCount activeDealCount liveBytes proofCount missedCount registeredAt registrationTransactionHash`,
  ),
  sorts: {
    stake: { label: "Active stake", field: "activeStake", type: "BigInt" },
    live: { label: "Under proof", field: "liveBytes", type: "BigInt" },
    deals: { label: "Active deals", field: "activeDealCount", type: "Int" },
    proven: { label: "Periods proven", field: "proofCount", type: "Int" },
    missed: { label: "Strikes", field: "missedCount", type: "Int" },
  },
  filters: {
    state: choiceFilter("State", {
      registered: { label: "Registered", where: { registeredAt_not: null } },
      unregistered: { label: "Only staked", where: { registeredAt: null } },
      jailed: { label: "Jailed", where: { jailed: true } },
      struck: { label: "With strikes", where: { missedCount_gt: 0 } },
    }),
  },
  columns: [
    text("provider", (row) => row.id),
    foreign("name", (row) => row.name),
    foreign("endpoint", (row) => row.endpoint),
    text("operator", (row) => row.operator),
    text("operator group", (row) => row.group),
    text("jailed", (row) => (row.jailed ? "yes" : "no")),
    ...ever<ProviderRow>("active stake", ({ activeStake }) => activeStake),
    ...ever<ProviderRow>("allocated stake", ({ allocatedStake }) => allocatedStake),
    ...ever<ProviderRow>("thawing stake", ({ thawingStake }) => thawingStake),
    ...ever<ProviderRow>("delegated stake", ({ delegatedStake }) => delegatedStake),
    ...ever<ProviderRow>("thawing delegated stake", ({ delegatedThawingStake }) => delegatedThawingStake),
    ...ever<ProviderRow>("slashed stake", ({ slashedStake }) => slashedStake),
    text("deals", (row) => row.dealCount),
    text("active deals", (row) => row.activeDealCount),
    ...size<ProviderRow>("under proof", ({ liveBytes }) => liveBytes),
    text("periods proven", (row) => row.proofCount),
    text("periods missed", (row) => row.missedCount),
    ...moment<ProviderRow>("registered", ({ registeredAt }) => registeredAt),
    text("transaction of the registration", (row) => row.registrationTransactionHash),
  ],
};
