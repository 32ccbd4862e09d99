import type { Deployment } from "@4ever/sdk/deployments";
import { formatSpan, formatTime } from "@4ever/sdk/periods";
import { formatBytes } from "@4ever/sdk/units";
import type { Address } from "viem";
import type { KeeperConfig } from "../config.ts";
import { type Clock, endOf, firstOpenPeriod, periodAt } from "../domain/clock.ts";
import { need } from "../needs.ts";
import { openStore } from "../store/database.ts";
import { type Overview, readOverview } from "../store/overview.ts";

/** What is due next for a deal or a set, in chain time. */
export type NextStep = { what: string; at: number };

/** What the keeper knows and what comes next, for people or, with `json`, for machines. Amounts in base units as text. */
export async function describeStatus(
  { config, deployment, account }: { config: KeeperConfig; deployment: Deployment; account: Address },
  json: boolean,
): Promise<string> {
  const store = openStore(config.databaseUrl, config.schema, { onError: () => undefined, maxConnections: 4 });
  try {
    const advice = "Check that PostgreSQL runs there; the tables are made by the first `4ever-keeper start`.";
    const overview = await need("databaseUrl", advice, readOverview(store.db, config.provider));
    const { parameters } = deployment;
    const status = summarise(overview, { ...parameters }, { role: config.role, account });
    return json ? JSON.stringify(status, null, 2) : toText(status);
  } finally {
    await store.close();
  }
}

/** Pure: the rows, put into words and moments. */
export function summarise(overview: Overview, clock: Clock, { role, account }: { role: string; account: Address }) {
  const { cursor } = overview;
  const nowAt = cursor?.blockAt ?? 0;
  const current = periodAt(clock, nowAt);
  return {
    role,
    account,
    block: cursor?.blockNumber,
    at: nowAt,
    period: current,
    periodEndsAt: endOf(clock, current),
    lastSeedOf: overview.lastRound,
    deals: overview.deals.map((deal) => ({
      dealId: deal.dealId.toString(),
      status: deal.status,
      customer: deal.customer,
      capacityBytes: deal.capacityBytes.toString(),
      liveBytes: deal.liveBytes.toString(),
      settledPeriod: deal.settledPeriod,
      endPeriod: deal.endPeriod,
      earned: deal.earned.toString(),
      next: nextOf(deal, clock, nowAt),
    })),
    sets: overview.sets.map(({ setId, lastProvenPeriod, strikes }) => ({ setId, lastProvenPeriod, strikes })),
    underWay: overview.underWay.map(({ key, label, status, nonce, error }) => ({ key, label, status, nonce, error })),
    uploads: overview.uploads.map(({ dealId, root, state, sizeBytes, received }) => ({
      dealId: dealId.toString(),
      root,
      state,
      sizeBytes,
      receivedBytes: received.reduce((sum, [from, to]) => sum + to - from, 0),
    })),
    held: overview.held,
  };
}

type Status = ReturnType<typeof summarise>;

function nextOf(deal: Overview["deals"][number], clock: Clock, nowAt: number): NextStep {
  if (deal.status === "requested") return { what: "accept it, once its first piece is here, until", at: deal.acceptBy };
  const end = deal.endPeriod ?? 0;
  if (firstOpenPeriod(clock, nowAt) >= end) return { what: "finish it, since", at: endOf(clock, end) };
  if (periodAt(clock, nowAt) >= end) return { what: "finish it at", at: endOf(clock, end) };
  return { what: "prove the running period after", at: endOf(clock, periodAt(clock, nowAt)) };
}

function toText(status: Status): string {
  const { at } = status;
  const when = (moment: number) =>
    `${formatTime(moment)} (${moment >= at ? `in ${formatSpan(moment - at)}` : `${formatSpan(at - moment)} ago`})`;
  const lines = [
    `${status.role} ${status.account}`,
    status.block === undefined
      ? "no block was seen yet: is the keeper running?"
      : `block ${status.block}, ${formatTime(at)}; period ${status.period} ends ${when(status.periodEndsAt)}`,
    `${status.held.pieces} pieces held, ${formatBytes(status.held.bytes)}`,
    "",
    status.deals.length === 0 ? "no open deals" : `${status.deals.length} open deals`,
    ...status.deals.map(
      ({ dealId, status, liveBytes, capacityBytes, settledPeriod, endPeriod, earned, next }) =>
        `  deal ${dealId}: ${status}, ${formatBytes(BigInt(liveBytes))} of ${formatBytes(BigInt(capacityBytes))}` +
        `${settledPeriod === null ? "" : `, settled to period ${settledPeriod} of ${endPeriod}, earned ${earned}`}` +
        `; next: ${next.what} ${when(next.at)}`,
    ),
    ...status.sets.map(
      ({ setId, lastProvenPeriod, strikes }) =>
        `  set ${setId}: last proven period ${lastProvenPeriod ?? "none"}, ${strikes} strikes`,
    ),
    ...status.uploads.map(
      ({ dealId, state, receivedBytes, sizeBytes }) =>
        `  upload for deal ${dealId}: ${state}, ${formatBytes(receivedBytes)} of ${formatBytes(sizeBytes)}`,
    ),
    ...status.underWay.map(
      ({ label, status, nonce }) => `  ${status}${nonce === null ? "" : ` (nonce ${nonce})`}: ${label}`,
    ),
  ];
  return lines.join("\n");
}
