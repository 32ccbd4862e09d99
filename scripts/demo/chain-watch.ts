// What the demo sees on the chain, without the index: events and blocks.
import { setTimeout as delay } from "node:timers/promises";
import { type Address, createPublicClient, http, parseEventLogs, type TransactionReceipt } from "viem";
import type { Deployment } from "../../sdk/src/deployments.ts";
import { dealPaymentsAbi, ledgerAbi, possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { periodAt } from "../../sdk/src/periods.ts";

const POLL_MS = 300;

/** What did not happen in time. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
}

const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

/** Reads of one deployment on one chain. */
export function createChainWatch(rpcUrl: string, deployment: Deployment) {
  const client = createPublicClient({ transport: http(rpcUrl), pollingInterval: POLL_MS, cacheTime: 0 });
  const { contracts, parameters, startBlock } = deployment;

  /** Asks until `probe` gives something, at most for `withinSeconds`. Throws {@link TimedOut}. */
  async function until<T>(what: string, withinSeconds: number, probe: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + withinSeconds * 1_000;
    while (performance.now() < deadline) {
      const found = await probe();
      if (found !== undefined) return found;
      await delay(POLL_MS);
    }
    throw new TimedOut(`${what} did not happen within ${withinSeconds} s.`);
  }

  const period = async () => periodAt(parameters, Number((await client.getBlock()).timestamp));

  return {
    client,
    until,
    period,
    /** Waits until a period has begun. */
    async enter(wanted: number): Promise<void> {
      const patience = (wanted - (await period()) + 2) * parameters.periodSeconds;
      await until(`Period ${wanted}`, patience, async () => ((await period()) >= wanted ? true : undefined));
    },
    /** Periods in which a set was proven, and the gas of each proof. */
    async provenPeriods(setId: number): Promise<Map<number, bigint>> {
      const logs = await client.getContractEvents({
        address: contracts.PossessionProofs,
        abi: possessionProofsAbi,
        eventName: "PeriodProven",
        args: { setId: BigInt(setId) },
        fromBlock: BigInt(startBlock),
        strict: true,
      });
      const receipts = await Promise.all(
        logs.map(({ transactionHash }) => client.getTransactionReceipt({ hash: transactionHash })),
      );
      return new Map(logs.map(({ args }, i) => [Number(args.period), receipts[i]?.gasUsed ?? 0n]));
    },
    /** Periods of a set that somebody reported as missed. */
    async missedPeriods(setId: number): Promise<number[]> {
      const logs = await client.getContractEvents({
        address: contracts.PossessionProofs,
        abi: possessionProofsAbi,
        eventName: "PeriodMissed",
        args: { setId: BigInt(setId) },
        fromBlock: BigInt(startBlock),
        strict: true,
      });
      return logs.map(({ args }) => Number(args.period));
    },
    /** All that a deal's lock paid out, by the ledger's own events. Token base units. */
    async payments(dealKey: bigint): Promise<{ paid: bigint; fee: bigint; refunded: bigint; settling: bigint[] }> {
      const range = { fromBlock: BigInt(startBlock), strict: true } as const;
      const ofLock = { address: contracts.Ledger, abi: ledgerAbi, args: { lockId: dealKey }, ...range } as const;
      const [paid, fees, refunds, settled] = await Promise.all([
        client.getContractEvents({ ...ofLock, eventName: "Paid" }),
        client.getContractEvents({ ...ofLock, eventName: "FeePaid" }),
        client.getContractEvents({ ...ofLock, eventName: "Refunded" }),
        client.getContractEvents({
          address: contracts.DealPayments,
          abi: dealPaymentsAbi,
          eventName: "Settled",
          args: { dealKey },
          ...range,
        }),
      ]);
      const receipts = await Promise.all(
        settled.map(({ transactionHash }) => client.getTransactionReceipt({ hash: transactionHash })),
      );
      return {
        paid: sum(paid.map(({ args }) => args.amount)),
        fee: sum(fees.map(({ args }) => args.amount)),
        refunded: sum(refunds.map(({ args }) => args.amount)),
        settling: receipts.map(({ gasUsed }) => gasUsed),
      };
    },
    /** What locks gave back to an account since a block. Token base units. */
    async refundsTo(payer: Address, fromBlock: bigint): Promise<bigint> {
      const logs = await client.getContractEvents({
        address: contracts.Ledger,
        abi: ledgerAbi,
        eventName: "Refunded",
        args: { payer },
        fromBlock,
        strict: true,
      });
      return sum(logs.map(({ args }) => args.amount));
    },
    /** The period from which a deal's rate earns for bytes, and those bytes, in a receipt of `addPieces`. */
    firstRateOf(receipt: TransactionReceipt): { fromPeriod: number; liveBytes: bigint } | undefined {
      const [rate] = parseEventLogs({ abi: dealPaymentsAbi, eventName: "RateChanged", logs: receipt.logs });
      return rate && { fromPeriod: rate.args.fromPeriod, liveBytes: rate.args.liveBytes };
    },
    /** The transaction that added the first piece of a deal; undefined before. */
    async firstPieceReceipt(dealKey: bigint): Promise<TransactionReceipt | undefined> {
      const [added] = await client.getContractEvents({
        address: contracts.PossessionProofs,
        abi: possessionProofsAbi,
        eventName: "PieceAdded",
        args: { dealKey },
        fromBlock: BigInt(startBlock),
        strict: true,
      });
      return added && client.getTransactionReceipt({ hash: added.transactionHash });
    },
  };
}
export type ChainWatch = ReturnType<typeof createChainWatch>;
