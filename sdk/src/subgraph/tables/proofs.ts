import type { Address, Hex } from "viem";
import { foreign, moment, text } from "./columns.ts";
import { addressFilter, choiceFilter, periodFilter, setFilter } from "./filters.ts";
import { documentOf, type Table } from "./table.ts";

interface VerdictRow {
  id: Hex;
  period: number;
  provingSet: { id: Hex; setId: string };
  provider: { id: Address; name: string };
  blockNumber: string;
  timestamp: string;
  transactionHash: Hex;
  position: string;
}

/** A period in which a set was proven. */
export interface ProofRow extends VerdictRow {
  totalLeaves: string;
}

/** A period that a set missed and somebody reported: a strike. */
export interface MissedRow extends VerdictRow {
  strikes: number;
  reportedBy: Address;
}

const VERDICT_FIELDS = `id period blockNumber timestamp transactionHash position
     provingSet { id setId }
     provider { id name }`;
const filters = { set: setFilter, provider: addressFilter("Provider", "provider"), period: periodFilter };
const sorts = {
  position: { label: "Time", field: "position", type: "BigInt", isUnique: true },
  period: { label: "Period", field: "period", type: "Int" },
} as const;
const first = <Row extends VerdictRow>() => [
  text<Row>("period", (row) => row.period),
  text<Row>("proving set", (row) => row.provingSet.setId),
  text<Row>("provider", (row) => row.provider.id),
  foreign<Row>("provider name", (row) => row.provider.name),
];
const last = <Row extends VerdictRow>(name: string) => [
  ...moment<Row>(name, ({ timestamp }) => timestamp),
  text<Row>("block", (row) => row.blockNumber),
  text<Row>("transaction", (row) => row.transactionHash),
];

/** All proofs that were accepted. */
export const proofs: Table<ProofRow> = {
  name: "proofs",
  document: documentOf("proofs", "Proof", "proofs", `totalLeaves ${VERDICT_FIELDS}`),
  sorts,
  filters,
  columns: [
    ...first<ProofRow>(),
    text("leaves that it is about", (row) => row.totalLeaves),
    ...last<ProofRow>("proven"),
  ],
};

/** All missed periods that were reported. */
export const missed: Table<MissedRow> = {
  name: "missed",
  document: documentOf("missed", "MissedPeriod", "missedPeriods", `strikes reportedBy ${VERDICT_FIELDS}`),
  sorts,
  filters,
  columns: [
    ...first<MissedRow>(),
    text("strikes after it", (row) => row.strikes),
    text("reported by", (row) => row.reportedBy),
    ...last<MissedRow>("reported"),
  ],
};

/** The randomness of one period, and what was proven with it. */
export interface RoundRow {
  id: Hex;
  period: number;
  seed: Hex;
  seedBlock: string;
  dueAt: string;
  recordedBy: Address;
  proofCount: number;
  missedCount: number;
  blockNumber: string;
  timestamp: string;
  transactionHash: Hex;
}

/** All rounds that were recorded. */
export const rounds: Table<RoundRow> = {
  name: "rounds",
  document: documentOf(
    "rounds",
    "Round",
    "rounds",
    "id period seed seedBlock dueAt recordedBy proofCount missedCount blockNumber timestamp transactionHash",
  ),
  sorts: {
    period: { label: "Period", field: "period", type: "Int", isUnique: true },
    proven: { label: "Proofs", field: "proofCount", type: "Int" },
    missed: { label: "Missed", field: "missedCount", type: "Int" },
  },
  filters: {
    verdict: choiceFilter("Verdict", {
      proven: { label: "With proofs", where: { proofCount_gt: 0 } },
      missed: { label: "With missed sets", where: { missedCount_gt: 0 } },
    }),
  },
  columns: [
    text("period", (row) => row.period),
    text("seed", (row) => row.seed),
    text("block of the seed", (row) => row.seedBlock),
    text("sets proven", (row) => row.proofCount),
    text("sets missed", (row) => row.missedCount),
    ...moment<RoundRow>("proofs due", ({ dueAt }) => dueAt),
    text("recorded by", (row) => row.recordedBy),
    ...moment<RoundRow>("recorded", ({ timestamp }) => timestamp),
    text("block", (row) => row.blockNumber),
    text("transaction", (row) => row.transactionHash),
  ],
};
