import type { Address, Hex } from "viem";
import { foreign, moment, size, text } from "./columns.ts";
import { addressFilter, choiceFilter, cidFilter, dealFilter, setFilter } from "./filters.ts";
import { documentOf, type Table } from "./table.ts";

/** One provider's line of pieces, proven as a whole once per period. */
export interface SetRow {
  id: Hex;
  setId: string;
  verifier: Address;
  provider: { id: Address; name: string };
  operator: Address;
  market: Address;
  livePieceCount: number;
  pieceCount: number;
  liveBytes: string;
  proofCount: number;
  missedCount: number;
  lastProvenPeriod: number | null;
  lastMissedPeriod: number | null;
  openedAt: string;
  transactionHash: Hex;
  position: string;
}

/** All proving sets. */
export const sets: Table<SetRow> = {
  name: "sets",
  document: documentOf(
    "sets",
    "ProvingSet",
    "provingSets",
    `id setId verifier operator market livePieceCount pieceCount liveBytes proofCount missedCount
     lastProvenPeriod lastMissedPeriod openedAt transactionHash position
     provider { id name }`,
  ),
  sorts: {
    position: { label: "Opened", field: "position", type: "BigInt", isUnique: true },
    live: { label: "Under proof", field: "liveBytes", type: "BigInt" },
    pieces: { label: "Live pieces", field: "livePieceCount", type: "Int" },
    proven: { label: "Periods proven", field: "proofCount", type: "Int" },
    missed: { label: "Strikes", field: "missedCount", type: "Int" },
  },
  filters: {
    provider: addressFilter("Provider", "provider"),
    state: choiceFilter("State", {
      live: { label: "With live pieces", where: { livePieceCount_gt: 0 } },
      empty: { label: "Empty", where: { livePieceCount: 0 } },
      struck: { label: "With strikes", where: { missedCount_gt: 0 } },
    }),
  },
  columns: [
    text("proving set", (row) => row.setId),
    text("verifier", (row) => row.verifier),
    text("provider", (row) => row.provider.id),
    foreign("provider name", (row) => row.provider.name),
    text("operator", (row) => row.operator),
    text("market", (row) => row.market),
    text("live pieces", (row) => row.livePieceCount),
    text("pieces ever", (row) => row.pieceCount),
    ...size<SetRow>("under proof", ({ liveBytes }) => liveBytes),
    text("periods proven", (row) => row.proofCount),
    text("periods missed", (row) => row.missedCount),
    text("last period proven", (row) => row.lastProvenPeriod),
    text("last period missed", (row) => row.lastMissedPeriod),
    ...moment<SetRow>("opened", ({ openedAt }) => openedAt),
    text("transaction", (row) => row.transactionHash),
  ],
};

/** A sealed batch of bytes under one Merkle root. */
export interface PieceRow {
  id: Hex;
  root: Hex;
  cid: string;
  slot: string;
  leafCount: string;
  sizeBytes: string;
  addedIn: number;
  removedIn: number | null;
  addedAt: string;
  removedAt: string | null;
  provider: { id: Address; name: string };
  provingSet: { id: Hex; setId: string };
  deal: { id: Hex; dealId: string; market: Address };
  transactionHash: Hex;
  removalTransactionHash: Hex | null;
  position: string;
}

/** All pieces of known deals, removed ones included. */
export const pieces: Table<PieceRow> = {
  name: "pieces",
  document: documentOf(
    "pieces",
    "Piece",
    "pieces",
    `id root cid slot leafCount sizeBytes addedIn removedIn addedAt removedAt
     transactionHash removalTransactionHash position
     provider { id name }
     provingSet { id setId }
     deal { id dealId market }`,
  ),
  sorts: {
    position: { label: "Added", field: "position", type: "BigInt", isUnique: true },
    size: { label: "Size", field: "sizeBytes", type: "BigInt" },
  },
  filters: {
    state: choiceFilter("State", {
      live: { label: "Under proof", where: { removedIn: null } },
      removed: { label: "Removed", where: { removedIn_not: null } },
    }),
    deal: dealFilter,
    set: setFilter,
    provider: addressFilter("Provider", "provider"),
    cid: cidFilter("cidDigest"),
  },
  columns: [
    text("piece", (row) => row.id),
    text("CID", (row) => row.cid),
    text("Merkle root", (row) => row.root),
    text("deal", (row) => row.deal.dealId),
    text("market", (row) => row.deal.market),
    text("provider", (row) => row.provider.id),
    foreign("provider name", (row) => row.provider.name),
    text("proving set", (row) => row.provingSet.setId),
    text("slot", (row) => row.slot),
    text("leaves of 128 bytes", (row) => row.leafCount),
    ...size<PieceRow>("size", ({ sizeBytes }) => sizeBytes),
    text("added in period", (row) => row.addedIn),
    text("last proven with period", (row) => row.removedIn),
    ...moment<PieceRow>("added", ({ addedAt }) => addedAt),
    ...moment<PieceRow>("removed", ({ removedAt }) => removedAt),
    text("transaction that added it", (row) => row.transactionHash),
    text("transaction that removed it", (row) => row.removalTransactionHash),
  ],
};
