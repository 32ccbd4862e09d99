import {
  dealMarketAbi,
  dealPaymentsAbi,
  possessionProofsAbi,
  randomBeaconAbi,
  usageChannelsAbi,
} from "@4ever/sdk/generated/abis";
import { type Log, type ParseEventLogsReturnType, parseEventLogs } from "viem";

/** What the contracts say whose events a keeper follows. */
const followedAbi = [
  ...dealMarketAbi,
  ...dealPaymentsAbi,
  ...possessionProofsAbi,
  ...randomBeaconAbi,
  ...usageChannelsAbi,
] as const;

/** One event of ours, decoded. `eventName` tells which arguments it has. */
export type ChainEvent = ParseEventLogsReturnType<typeof followedAbi, undefined, true>[number];

/** Decodes the logs of the followed contracts, in the order of the chain; logs of other shapes are dropped. */
export function decodeEvents(logs: Log<bigint, number, false>[]): ChainEvent[] {
  const events = parseEventLogs({ abi: followedAbi, logs, strict: true });
  return events.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}
