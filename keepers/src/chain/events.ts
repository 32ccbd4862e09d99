import { dealMarketAbi, dealPaymentsAbi, possessionProofsAbi, randomBeaconAbi } from "@4ever/sdk/generated/abis";
import { type Address, type Log, type ParseEventLogsReturnType, parseEventLogs } from "viem";

/** Contracts whose events a keeper follows. */
export type WatchedContracts = {
  DealMarket: Address;
  DealPayments: Address;
  PossessionProofs: Address;
  RandomBeacon: Address;
};

const watchedAbi = [...dealMarketAbi, ...dealPaymentsAbi, ...possessionProofsAbi, ...randomBeaconAbi] as const;

/** One event of ours, decoded. `eventName` tells which arguments it has. */
export type ChainEvent = ParseEventLogsReturnType<typeof watchedAbi, undefined, true>[number];

/** Decodes the logs of the watched contracts, in the order of the chain; logs of other shapes are dropped. */
export function decodeEvents(logs: Log<bigint, number, false>[]): ChainEvent[] {
  const events = parseEventLogs({ abi: watchedAbi, logs, strict: true });
  return events.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}
