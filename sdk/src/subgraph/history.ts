// The network over time, period by period.
import type { Hex } from "viem";
import type { Query, Subgraph } from "./client.ts";
import { tokenIdOf } from "./ids.ts";

/** Longest span that one question can tell: graph-node returns a thousand entities at once. */
export const MOST_PERIODS = 1_000;

/** What the network was at the end of a period, or is in the one that runs. Sizes in bytes, money in token base units. */
export interface NetworkPoint {
  period: number;
  offeredBytes: bigint;
  rentedBytes: bigint;
  liveBytes: bigint;
  providerCount: number;
  activeDealCount: number;
  /** Base units in locks. */
  locked: bigint;
  /** Base units since the beginning: earned is gross, the others are what moved. */
  earned: bigint;
  paid: bigint;
  fees: bigint;
  refunded: bigint;
  deposited: bigint;
  withdrawn: bigint;
  /** Sets that owe a proof of this period. */
  dueCount: number;
  /** Sets that were proven in it, and those that were reported as missed. */
  provenCount: number;
  missedCount: number;
  /** Unix seconds until which proofs are taken; null without a round: then nobody could prove, and nobody is at fault. */
  dueAt: number | null;
  /** Latest transaction that changed the network's figures or its money, and the one that recorded the round. */
  networkHash: Hex | null;
  moneyHash: Hex | null;
  roundHash: Hex | null;
}

/** What is asked: `to` - `from` is at most {@link MOST_PERIODS}. */
export interface HistoryRequest {
  /** First period. */
  from: number;
  /** Last period, which may still run. */
  to: number;
  tokenId: number;
}

/** Document and variables of {@link getHistory}. */
export function historyQuery({ from, to, tokenId }: HistoryRequest) {
  return { document: HISTORY.document, variables: { from, to, before: from - 1, token: tokenIdOf(tokenId) } };
}

/** The points of a span, and what they were read at. */
export interface History {
  points: NetworkPoint[];
  /** The block up to which the index had read the chain. */
  block: number;
  /** Unix seconds of that block; null when the index does not say. What is due later is not judged by these points. */
  blockAt: number | null;
}

/** One point for each period from `from` to `to`. Periods without an event are as the one before them. */
export async function getHistory(subgraph: Subgraph, request: HistoryRequest, signal?: AbortSignal): Promise<History> {
  const { variables } = historyQuery(request);
  const answer = await subgraph.ask(HISTORY, variables, signal);
  const { number, timestamp } = answer._meta.block;
  return { points: pointsOf(request, answer), block: number, blockAt: timestamp };
}

/** Fills the periods in which nothing happened. */
export function pointsOf({ from, to }: Pick<HistoryRequest, "from" | "to">, sent: SentHistory): NetworkPoint[] {
  const networks = new Map(sent.network.map((row) => [row.period, row]));
  const money = new Map(sent.money.map((row) => [row.period, row]));
  const rounds = new Map(sent.rounds.map((row) => [row.period, row]));
  let network = sent.networkBefore[0];
  let coins = sent.moneyBefore[0];
  const points: NetworkPoint[] = [];
  for (let period = from; period <= to; period++) {
    const dueCount = network?.provingSetCount ?? 0; // as the period before it ended
    network = networks.get(period) ?? network;
    coins = money.get(period) ?? coins;
    const round = rounds.get(period);
    points.push({
      period,
      offeredBytes: BigInt(network?.offeredBytes ?? 0),
      rentedBytes: BigInt(network?.rentedBytes ?? 0),
      liveBytes: BigInt(network?.liveBytes ?? 0),
      providerCount: network?.providerCount ?? 0,
      activeDealCount: network?.activeDealCount ?? 0,
      locked: BigInt(coins?.locked ?? 0),
      earned: BigInt(coins?.earned ?? 0),
      paid: BigInt(coins?.paid ?? 0),
      fees: BigInt(coins?.fees ?? 0),
      refunded: BigInt(coins?.refunded ?? 0),
      deposited: BigInt(coins?.deposited ?? 0),
      withdrawn: BigInt(coins?.withdrawn ?? 0),
      dueCount,
      provenCount: round?.proofCount ?? 0,
      missedCount: round?.missedCount ?? 0,
      dueAt: round ? Number(round.dueAt) : null,
      networkHash: network?.transactionHash ?? null,
      moneyHash: coins?.transactionHash ?? null,
      roundHash: round?.transactionHash ?? null,
    });
  }
  return points;
}

interface SentNetworkPeriod {
  period: number;
  offeredBytes: string;
  rentedBytes: string;
  liveBytes: string;
  providerCount: number;
  activeDealCount: number;
  provingSetCount: number;
  transactionHash: Hex;
}
interface SentTokenPeriod {
  period: number;
  locked: string;
  earned: string;
  paid: string;
  fees: string;
  refunded: string;
  deposited: string;
  withdrawn: string;
  transactionHash: Hex;
}
interface SentRound {
  period: number;
  proofCount: number;
  missedCount: number;
  dueAt: string;
  transactionHash: Hex;
}
/** What the index answers: rows of a span in order, and the latest row before it. */
export interface SentHistory {
  networkBefore: SentNetworkPeriod[];
  network: SentNetworkPeriod[];
  moneyBefore: SentTokenPeriod[];
  money: SentTokenPeriod[];
  rounds: SentRound[];
}

/** The question of {@link getHistory}. */
export const HISTORY: Query<
  { from: number; to: number; before: number; token: Hex },
  SentHistory & { _meta: { block: { number: number; timestamp: number | null } } }
> = {
  document: `query History($from: Int!, $to: Int!, $before: Int!, $token: String!) {
  _meta { block { number timestamp } }
  networkBefore: networkPeriods(first: 1, where: { period_lte: $before }, orderBy: period, orderDirection: desc) {
    ...NetworkFields
  }
  network: networkPeriods(first: 1000, where: { period_gte: $from, period_lte: $to }, orderBy: period) {
    ...NetworkFields
  }
  moneyBefore: tokenPeriods(
    first: 1
    where: { token: $token, period_lte: $before }
    orderBy: period
    orderDirection: desc
  ) {
    ...MoneyFields
  }
  money: tokenPeriods(first: 1000, where: { token: $token, period_gte: $from, period_lte: $to }, orderBy: period) {
    ...MoneyFields
  }
  rounds(first: 1000, where: { period_gte: $from, period_lte: $to }, orderBy: period) {
    period proofCount missedCount dueAt transactionHash
  }
}
fragment NetworkFields on NetworkPeriod {
  period offeredBytes rentedBytes liveBytes providerCount activeDealCount provingSetCount transactionHash
}
fragment MoneyFields on TokenPeriod {
  period locked earned paid fees refunded deposited withdrawn transactionHash
}
`,
};
