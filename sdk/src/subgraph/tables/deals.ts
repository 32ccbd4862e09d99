import type { Address, Hex } from "viem";
import type { DealStatus } from "../../deal-status.ts";
import { foreign, moment, money, type SentToken, size, TOKEN_FIELDS, text } from "./columns.ts";
import { addressFilter, choiceFilter, cidFilter } from "./filters.ts";
import { documentOf, type Table } from "./table.ts";

/** A deal's status as the index sends it. */
type SentDealStatus = Uppercase<DealStatus>;

/** A deal. Money in token base units; `earned` is gross, `paid` is net of the fee. */
export interface DealRow {
  id: Hex;
  dealId: string;
  market: Address;
  status: SentDealStatus;
  customer: { id: Address };
  provider: { id: Address; name: string };
  service: { name: string };
  cid: string;
  capacityBytes: string;
  liveBytes: string;
  unitPrice: string;
  token: SentToken;
  locked: string;
  earned: string;
  paid: string;
  fee: string;
  refunded: string;
  provenPeriods: number;
  acceptBy: string;
  fromPeriod: number | null;
  termEndPeriod: number | null;
  endPeriod: number | null;
  provingSet: { id: Hex; setId: string } | null;
  requestedAt: string;
  closedAt: string | null;
  requestTransactionHash: Hex;
  position: string;
}

const status = (value: SentDealStatus, label: string) => ({ label, where: { status: value } });

/** Rented capacity: what was asked for, and what became of the money. */
export const deals: Table<DealRow> = {
  name: "deals",
  document: documentOf(
    "deals",
    "Deal",
    "deals",
    `id dealId market status cid capacityBytes liveBytes unitPrice locked earned paid fee refunded provenPeriods
     acceptBy fromPeriod termEndPeriod endPeriod requestedAt closedAt requestTransactionHash position
     customer { id }
     provider { id name }
     service { name }
     ${TOKEN_FIELDS}
     provingSet { id setId }`,
  ),
  sorts: {
    position: { label: "Requested", field: "position", type: "BigInt", isUnique: true },
    capacity: { label: "Capacity", field: "capacityBytes", type: "BigInt" },
    live: { label: "Under proof", field: "liveBytes", type: "BigInt" },
    locked: { label: "Locked", field: "locked", type: "BigInt" },
    earned: { label: "Earned", field: "earned", type: "BigInt" },
    proven: { label: "Proven periods", field: "provenPeriods", type: "Int" },
  },
  filters: {
    status: choiceFilter("Status", {
      requested: status("REQUESTED", "Requested"),
      active: status("ACTIVE", "Active"),
      ending: status("ENDING", "Ending"),
      finished: status("FINISHED", "Finished"),
      declined: status("DECLINED", "Declined"),
      cancelled: status("CANCELLED", "Cancelled"),
      expired: status("EXPIRED", "Expired"),
    }),
    customer: addressFilter("Customer", "customer"),
    provider: addressFilter("Provider", "provider"),
    cid: cidFilter("firstPieceCidDigest"),
  },
  columns: [
    text("deal", (row) => row.dealId),
    text("market", (row) => row.market),
    text("deal key", (row) => row.id),
    text("status", (row) => row.status),
    text("customer", (row) => row.customer.id),
    text("provider", (row) => row.provider.id),
    foreign("provider name", (row) => row.provider.name),
    text("service", (row) => row.service.name),
    text("CID of the first piece", (row) => row.cid),
    ...size<DealRow>("capacity", ({ capacityBytes }) => capacityBytes),
    ...size<DealRow>("under proof", ({ liveBytes }) => liveBytes),
    ...money<DealRow>([
      ["price", ({ unitPrice }) => unitPrice, " per GiB and 30 periods"],
      ["locked", ({ locked }) => locked],
      ["earned, gross", ({ earned }) => earned],
      ["paid, net", ({ paid }) => paid],
      ["fee", ({ fee }) => fee],
      ["returned", ({ refunded }) => refunded],
    ]),
    text("proven periods", (row) => row.provenPeriods),
    text("first period", (row) => row.fromPeriod),
    text("first period after the term", (row) => row.termEndPeriod),
    text("first unpaid period", (row) => row.endPeriod),
    text("proving set", (row) => row.provingSet?.setId ?? null),
    ...moment<DealRow>("requested", ({ requestedAt }) => requestedAt),
    ...moment<DealRow>("closed", ({ closedAt }) => closedAt),
    text("transaction of the request", (row) => row.requestTransactionHash),
  ],
};
