import { type Abi, type Hash, type Log, numberToHex, type ParseEventLogsReturnType, parseEventLogs } from "viem";
import { getBlock, getLogs, getTransaction } from "viem/actions";
import type { ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import {
  dealMarketAbi,
  dealPaymentsAbi,
  exitBountiesAbi,
  feeRouterAbi,
  ledgerAbi,
  possessionProofsAbi,
  providerRegistryAbi,
  randomBeaconAbi,
  rewardPoolAbi,
  serviceCatalogAbi,
  stakeVaultAbi,
  usageChannelsAbi,
} from "../generated/abis.ts";
import type { HeaderBlock } from "../proofs/header.ts";
import { keyOf } from "./difference.ts";
import { least } from "./stream.ts";

/** The contracts whose events are replayed. */
export const AUDITED = {
  Ledger: ledgerAbi,
  DealPayments: dealPaymentsAbi,
  DealMarket: dealMarketAbi,
  PossessionProofs: possessionProofsAbi,
  RandomBeacon: randomBeaconAbi,
  StakeVault: stakeVaultAbi,
  ProviderRegistry: providerRegistryAbi,
  ServiceCatalog: serviceCatalogAbi,
  UsageChannels: usageChannelsAbi,
  FeeRouter: feeRouterAbi,
  RewardPool: rewardPoolAbi,
  ExitBounties: exitBountiesAbi,
} as const;
/** Name of one of them. */
export type AuditedContract = keyof typeof AUDITED;

type EventOf<name extends AuditedContract> = ParseEventLogsReturnType<(typeof AUDITED)[name], undefined, true>[number];
/** An event of one of them. */
export type AuditEvent = { [name in AuditedContract]: EventOf<name> & { contract: name } }[AuditedContract];

/** What one transaction did, in order. */
export interface AuditTransaction {
  hash: Hash;
  blockNumber: bigint;
  /** Unix seconds of its block. */
  at: number;
  events: AuditEvent[];
}

/** The chain changed while it was read: what was read belongs to no chain. */
export class Reorganised extends Error {
  override readonly name = "Reorganised";
  readonly block: bigint;
  constructor(block: bigint) {
    super(`The chain was reorganised at block ${block} while it was read.`);
    this.block = block;
  }
}

/** How many questions are under way at once. */
const CONCURRENCY = 16;
/** Blocks per question for logs, at first and at most; a node that refuses a range is asked for halves. */
const FIRST_RANGE = 2_000n;
const MAX_RANGE = 50_000n;
/** Logs that an answer should hold: some 5 kB of memory each until they are replayed. */
const LOGS_PER_RANGE = 5_000n;

/** Runs `work` over all items, a bounded number at a time; results in the order of the items. */
export async function forAll<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) {
      signal?.throwIfAborted();
      results[i] = await work(items[i] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return results;
}

/**
 * All transactions of the audited contracts in a span of blocks, in order, a range of blocks at a time. Times come from the blocks, and
 * each block must be the one that its logs name. Throws {@link Reorganised}, and what the node answers to a single block.
 */
export async function* readTransactions(
  client: ProtocolClient,
  { contracts }: Deployment,
  { from, to, signal }: { from: bigint; to: bigint; signal?: AbortSignal | undefined },
): AsyncGenerator<{ to: bigint; transactions: AuditTransaction[] }> {
  const names = Object.keys(AUDITED) as AuditedContract[];
  const known = names.flatMap((name) => {
    const address = contracts[name];
    return address ? [{ name, address }] : []; // an earlier deployment has fewer
  });
  const byAddress = new Map(known.map(({ name, address }) => [keyOf(address), name]));
  const addresses = known.map(({ address }) => address);
  let size = FIRST_RANGE;
  for (let start = from; start <= to; ) {
    signal?.throwIfAborted();
    const end = start + size - 1n < to ? start + size - 1n : to;
    let logs: Log<bigint, number, false>[];
    try {
      logs = await getLogs(client, { address: addresses, fromBlock: start, toBlock: end });
    } catch (cause) {
      signal?.throwIfAborted();
      if (end === start) throw cause;
      size = (end - start + 1n) / 2n;
      continue;
    }
    const times = await timesOf(client, logs, signal);
    yield { to: end, transactions: group(logs, byAddress, times) };
    start = end + 1n;
    size = nextRange(size, logs.length);
  }
}

/** Blocks to ask for after a range of `blocks` with so many logs: more where little happened, fewer where an answer was large. */
export function nextRange(blocks: bigint, logs: number): bigint {
  const fitting = (blocks * LOGS_PER_RANGE) / BigInt(Math.max(1, logs));
  const most = least(2n * blocks, MAX_RANGE);
  return fitting < 1n ? 1n : least(fitting, most);
}

async function timesOf(client: ProtocolClient, logs: readonly Log<bigint, number, false>[], signal?: AbortSignal) {
  const hashes = new Map<bigint, Hash>();
  for (const { blockNumber, blockHash } of logs) {
    const known = hashes.get(blockNumber);
    if (known !== undefined && known !== blockHash) throw new Reorganised(blockNumber);
    hashes.set(blockNumber, blockHash);
  }
  const times = new Map<bigint, number>();
  await forAll(
    [...hashes],
    async ([blockNumber, hash]) => {
      const block = await getBlock(client, { blockNumber });
      if (block.hash !== hash) throw new Reorganised(blockNumber);
      times.set(blockNumber, Number(block.timestamp));
    },
    signal,
  );
  return times;
}

function group(
  logs: readonly Log<bigint, number, false>[],
  byAddress: ReadonlyMap<string, AuditedContract>,
  times: ReadonlyMap<bigint, number>,
): AuditTransaction[] {
  const byContract = Map.groupBy(logs, ({ address }) => byAddress.get(keyOf(address)));
  const events: AuditEvent[] = [];
  for (const [contract, its] of byContract) {
    if (contract === undefined) continue;
    // What the ABI does not know is of OpenZeppelin's parts; no figure follows from it.
    const parsed = parseEventLogs({ abi: AUDITED[contract] as Abi, logs: its, strict: true });
    for (const event of parsed) events.push({ ...event, contract } as unknown as AuditEvent);
  }
  const transactions: AuditTransaction[] = [];
  for (const event of events.sort(inOrder)) {
    let last = transactions.at(-1);
    if (last?.hash !== event.transactionHash) {
      const { transactionHash: hash, blockNumber } = event;
      last = { hash, blockNumber, at: times.get(blockNumber) ?? 0, events: [] };
      transactions.push(last);
    }
    last.events.push(event);
  }
  return transactions;
}

type Position = { blockNumber: bigint; logIndex: number };
function inOrder(a: Position, b: Position): number {
  if (a.blockNumber === b.blockNumber) return a.logIndex - b.logIndex;
  return a.blockNumber < b.blockNumber ? -1 : 1;
}

/** Inputs of transactions, with whom they called. */
export async function inputsOf(client: ProtocolClient, hashes: readonly Hash[], signal?: AbortSignal) {
  const found = await forAll(hashes, (hash) => getTransaction(client, { hash }), signal);
  return new Map(found.map(({ hash, to, input }) => [hash, { to, input }]));
}

/** A block as the node tells it, every field of its header included. */
export async function headerOf(client: ProtocolClient, number: bigint): Promise<HeaderBlock | null> {
  return (await client.request({
    method: "eth_getBlockByNumber",
    params: [numberToHex(number), false],
  } as never)) as HeaderBlock | null;
}

/** Hash of a block of the chain as it is now. */
export async function hashOf(client: ProtocolClient, blockNumber: bigint): Promise<Hash> {
  return (await getBlock(client, { blockNumber })).hash;
}
