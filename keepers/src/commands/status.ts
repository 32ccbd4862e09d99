import type { Deployment } from "@4ever/sdk/deployments";
import { formatSpan, formatTime } from "@4ever/sdk/periods";
import { formatBytes, formatEver } from "@4ever/sdk/units";
import type { Address } from "viem";
import type { KeeperConfig } from "../config.ts";
import { type Clock, endOf, firstOpenPeriod, lastRecordAt, periodAt } from "../domain/clock.ts";
import { need } from "../needs.ts";
import { openStore } from "../store/database.ts";
import { type OperatorView, readOperatorView } from "../store/operator-view.ts";
import { type Overview, readOverview } from "../store/overview.ts";

/** What is due next for a deal or a set, in chain time. */
type NextStep = { what: string; at: number };

/** What the keeper knows and what comes next, for people or, with `json`, for machines. Amounts in base units as text. */
export async function describeStatus(
  { config, deployment, account }: { config: KeeperConfig; deployment: Deployment; account: Address },
  json: boolean,
): Promise<string> {
  const store = openStore(config.databaseUrl, config.schema, { onError: () => undefined, maxConnections: 4 });
  try {
    const advice = "Check that PostgreSQL runs there; the tables are made by the first `4ever-keeper start`.";
    const both = Promise.all([readOverview(store.db, config.provider), readOperatorView(store.db, config.provider)]);
    const [overview, view] = await need("databaseUrl", advice, both);
    const { parameters } = deployment;
    const status = summarise(overview, view, parameters, { ...config, account });
    return json ? JSON.stringify(status, null, 2) : toText(status);
  } finally {
    await store.close();
  }
}

/** Pure: the rows, put into words and moments. */
function summarise(
  overview: Overview,
  view: OperatorView,
  clock: Clock,
  { role, account, auctions }: Pick<KeeperConfig, "role" | "auctions"> & { account: Address },
) {
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
    processes: view.processes.map(({ url, isLeading, isAlive, problem }) => ({ url, isLeading, isAlive, problem })),
    due: dueOf(overview, view, clock, nowAt),
    missedPeriods: view.missed,
    vouchers: view.vouchers.map(({ channel, due }) => ({
      channelId: channel.channelId.toString(),
      tokenId: channel.tokenId,
      due: due.toString(),
      endsAt: channel.endsAt,
    })),
    rewards: view.rewards.map(({ epoch, tokenId, amount }) => ({
      epoch: epoch.toString(),
      tokenId,
      amount: amount.toString(),
    })),
    earned: view.earned.map(({ tokenId, amount }) => ({ tokenId, amount: amount.toString() })),
    bids: auctions && {
      tokenIds: Object.keys(auctions.everPrices).map(Number),
      maxLotEver: auctions.maxLotEver.toString(),
    },
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

/** What has a deadline: proofs of recorded periods, vouchers of channels that end, requests to answer, calls that make no sense later. The earliest first. */
function dueOf(overview: Overview, view: OperatorView, clock: Clock, nowAt: number) {
  const requests = overview.deals.filter(({ status }) => status === "requested");
  const last = overview.lastRound;
  const running = overview.deals.some(({ liveBytes }) => liveBytes > 0n);
  const current = periodAt(clock, nowAt);
  const isRoundOpen = running && current > 0 && last !== current - 1;
  return [
    ...view.due.map(({ setId, period, dueAt }) => ({ what: `prove period ${period} of set ${setId}`, dueAt })),
    ...view.vouchers.map(({ channel: { channelId, tokenId, endsAt }, due }) => ({
      what: `redeem the voucher of channel ${channelId}, ${due} base units of token ${tokenId}`,
      dueAt: endsAt,
    })),
    ...requests.map(({ dealId, acceptBy }) => ({ what: `accept deal ${dealId}`, dueAt: acceptBy })),
    ...(isRoundOpen
      ? [{ what: `record the round of period ${current - 1}`, dueAt: lastRecordAt(clock, current - 1) }]
      : []),
    ...overview.underWay.flatMap(({ label, notAfter }) =>
      notAfter === null ? [] : [{ what: `have mined: ${label}`, dueAt: notAfter }],
    ),
  ]
    .map((due) => ({ ...due, isLate: due.dueAt <= nowAt }))
    .sort((a, b) => a.dueAt - b.dueAt);
}

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
    ...status.processes.map(({ url, isLeading, isAlive, problem }) => {
      const does = !isAlive ? "ended without a word" : isLeading ? "leads" : "stands by";
      return `process ${url}: ${does}${problem === null ? "" : `; ${problem}`}`;
    }),
    ...status.earned.map(
      ({ tokenId, amount }) => `earned ${amount} base units of token ${tokenId} so far, before the fee`,
    ),
    ...(status.bids
      ? [
          `buys fees in token ${status.bids.tokenIds.join(", ")}, for at most ${formatEver(BigInt(status.bids.maxLotEver))} a lot`,
        ]
      : []),
    ...status.rewards.map(
      ({ epoch, tokenId, amount }) =>
        `${formatEver(BigInt(amount))} can be claimed for the fees in token ${tokenId} of epoch ${epoch}`,
    ),
    "",
    status.due.length === 0 ? "nothing is due" : `${status.due.length} due`,
    ...status.due.map(({ what, dueAt, isLate }) => `  ${isLate ? "LATE: " : ""}${what}, until ${when(dueAt)}`),
    ...(status.missedPeriods === 0 ? [] : [`  MISSED: ${status.missedPeriods} proofs of the last periods`]),
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
