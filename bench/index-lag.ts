// How far the index is behind the chain: `npm run bench:index` writes bench/index.json.
// The real graph-node on PostgreSQL reads a chain that makes a block a second, each with 20 events of ours: deposits, of which the index
// makes four entities each. For each block: from the moment at which the node tells its number, to the first answer of the index that includes it. Two minutes.
import { setTimeout as delay } from "node:timers/promises";
import { erc20Abi } from "viem";
import { claimFaucet } from "../sdk/src/faucet.ts";
import { ledgerAbi } from "../sdk/src/generated/abis.ts";
import { getIndexedBlock } from "../sdk/src/subgraph/queries.ts";
import { startLocalChain } from "../test/helpers/local-chain.ts";
import { startLocalIndex } from "../test/helpers/local-index.ts";
import { CUSTOMER } from "../test/helpers/story.ts";
import { machine, median, report, rounded } from "./report.ts";

const EVENTS_PER_SECOND = 20;
const SECONDS = 60;
const LOOK_MS = 20;
const AMOUNT = 1n;
const TOKEN_ID = 1;

await using ending = new AsyncDisposableStack();
const chain = await startLocalChain();
ending.defer(chain.stop);
const index = await startLocalIndex(chain);
ending.defer(index.stop);
const { deployment, reader, test } = chain;
const { Ledger, PaymentToken } = deployment.contracts;
const customer = chain.walletOf(CUSTOMER);
const account = customer.account.address;
await claimFaucet(customer, { deployment });
const most = AMOUNT * BigInt(EVENTS_PER_SECOND * SECONDS * 2);
const approval = { address: PaymentToken, abi: erc20Abi, functionName: "approve", args: [Ledger, most] } as const;
await reader.waitForTransactionReceipt({ hash: await customer.writeContract(approval) });
await index.caughtUp();
await test.setAutomine(false);
await test.setIntervalMining({ interval: 1 });

const seenAt = new Map<number, number>();
const indexedAt = new Map<number, number>();
const first = Number(await reader.getBlockNumber()) + 1;
let isOver = false;
const watching = Promise.all([
  watch(async () => Number(await reader.getBlockNumber()), seenAt),
  watch(async () => (await getIndexedBlock(index.subgraph))?.number ?? 0, indexedAt),
]);
await deposit();
const last = Number(await reader.getBlockNumber());
while (!indexedAt.has(last)) await delay(LOOK_MS);
isOver = true;
await watching;

const events = await reader.getContractEvents({
  address: Ledger,
  abi: ledgerAbi,
  eventName: "Deposited",
  fromBlock: BigInt(first),
  toBlock: BigInt(last),
});
const lags = Array.from(
  { length: last - first + 1 },
  (_, i) => (indexedAt.get(first + i) ?? 0) - (seenAt.get(first + i) ?? 0),
);
const eventsPerSecond = events.length / (((seenAt.get(last) ?? 0) - (seenAt.get(first) ?? 0)) / 1_000);
const results = [
  {
    operation: `index-lag/${EVENTS_PER_SECOND}-events-per-second`,
    medianSeconds: rounded(Math.max(0, median(lags)) / 1_000),
    worstSeconds: rounded(Math.max(...lags) / 1_000),
    atMostSeconds: 2,
    events: events.length,
    blocks: lags.length,
    eventsPerSecond: rounded(eventsPerSecond),
  },
];
await requireAllIndexed(events.length);
report("index.json", results, { machine: machine() });

/** Writes down when each height was first told; several at once when it jumps. */
async function watch(height: () => Promise<number>, at: Map<number, number>): Promise<void> {
  let known = first - 1;
  while (!isOver) {
    const now = await height();
    while (known < now) at.set(++known, performance.now());
    await delay(LOOK_MS);
  }
}

/** Sends deposits evenly, and waits for the last of them. */
async function deposit(): Promise<void> {
  let nonce = await reader.getTransactionCount({ address: account });
  const startedAt = performance.now();
  const call = { address: Ledger, abi: ledgerAbi, functionName: "deposit", args: [account, TOKEN_ID, AMOUNT] } as const;
  const fees = { gas: 200_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
  let hash: `0x${string}` = "0x";
  for (let i = 0; i < EVENTS_PER_SECOND * SECONDS; i++) {
    await delay(Math.max(0, startedAt + (i * 1_000) / EVENTS_PER_SECOND - performance.now()));
    hash = await customer.writeContract({ ...call, ...fees, nonce: nonce++ });
  }
  await reader.waitForTransactionReceipt({ hash });
}

/** A lag says nothing about an index that leaves things out. */
async function requireAllIndexed(count: number): Promise<void> {
  const document =
    "query ($account: String!) { account(id: $account) { id } deposits(first: 1000, skip: 200, where: { account: $account }) { id } }";
  const { deposits } = await index.ask<{ deposits: object[] }>(document, { account: account.toLowerCase() });
  if (deposits.length !== count - 200) throw new Error(`the index has ${deposits.length + 200} of ${count} deposits`);
}
