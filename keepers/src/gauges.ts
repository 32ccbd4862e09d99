import { statfs } from "node:fs/promises";
import { Gauge } from "prom-client";
import { bindContracts } from "./chain/contracts.ts";
import { BID_STATES, bidStateOf, worthOf } from "./domain/auctions.ts";
import { chooseClaims } from "./domain/rewards.ts";
import { redemptionCost, type WaitingVoucher } from "./domain/vouchers.ts";
import { factsOf } from "./duties/bid.ts";
import type { Parts, State } from "./parts.ts";
import { readOperatorView } from "./store/operator-view.ts";
import type { WaitingReward } from "./store/rewards.ts";

/** Gas of one period's duties: record, prove, settle. */
export const GAS_PER_PERIOD = 350_000n;

/**
 * Gauges that are read when Prometheus asks. What stands in the database is the same at every process of a keeper; a read that fails leaves
 * its gauges out instead of telling old values.
 */
export function registerGauges(parts: Parts, state: State): void {
  const { config, deployment, account, metrics, client, store, storage, log } = parts;
  const registers = [metrics.registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers });

  const deadline = gauge(
    "keeper_deadline_seconds",
    "Time left until the earliest deadline, in the time of the chain; negative when it has passed.",
    ["duty"],
  );
  const missed = gauge("keeper_missed_periods", "Proofs of the last thirty periods whose window closed without them.");
  const strikes = gauge("keeper_strikes", "Strikes of the provider's proving sets.");
  const calls = gauge("keeper_outbox_calls", "Calls that are not mined yet, by status.", ["status"]);
  const oldest = gauge("keeper_outbox_oldest_seconds", "Age of the oldest of them; 0 when there is none.");
  const expected = gauge("keeper_expected_bytes", "Capacity of accepted deals that may still be filled.");
  const waiting = gauge("keeper_vouchers_waiting", "Vouchers that are not redeemed yet.");
  const waitingAmount = gauge("keeper_vouchers_waiting_amount", "What they pay. Token base units, net of the fee.", [
    "token",
  ]);
  const rewards = gauge("keeper_rewards_waiting_ever", "Rewards that can be claimed. EVER, not base units.");
  const rewardEpochs = gauge(
    "keeper_rewards_waiting_epochs",
    "Whole epochs for which the oldest of them that is worth its gas can be claimed; 0 when there is none.",
  );
  const lotWorth = gauge(
    "keeper_lot_worth_ever",
    "What the lot for sale is worth by the operator's prices. EVER, not base units; 0 when there is none.",
    ["token"],
  );
  const lotPrice = gauge("keeper_lot_price_ever", "What it costs now. EVER, not base units.", ["token"]);
  const bidState = gauge("keeper_bid_state", "1 for the state in which the bidding for a token's fees is.", [
    "token",
    "state",
  ]);
  const processes = gauge("keeper_processes", "Processes of this keeper that run.");
  const silent = gauge("keeper_node_silent_seconds", "Time since the node answered; 0 on a standby.");
  const diskFree = gauge("keeper_disk_free_bytes", "Space left on the disk of dataDir.");
  const diskSize = gauge("keeper_disk_size_bytes", "Size of that disk.");
  const adapter = gauge("keeper_adapter_state", "1 for the state in which an adapter is.", ["network", "state"]);
  const fromDatabase = [
    deadline,
    missed,
    strikes,
    calls,
    oldest,
    expected,
    waiting,
    waitingAmount,
    rewards,
    rewardEpochs,
    processes,
  ];

  async function readDatabase(): Promise<void> {
    for (const each of fromDatabase) each.reset();
    const view = await readOperatorView(store.db, config.provider);
    const nowAt = view.head?.at ?? 0;
    const [proof] = view.due;
    if (proof) deadline.set({ duty: "prove" }, proof.dueAt - nowAt);
    if (view.acceptBy !== null) deadline.set({ duty: "answer" }, view.acceptBy - nowAt);
    waiting.set(view.vouchers.length);
    for (const { channel, due } of view.vouchers) waitingAmount.inc({ token: channel.tokenId }, Number(due));
    const ends = await worthwhileEnds(view.vouchers);
    if (ends.length > 0) deadline.set({ duty: "redeem" }, Math.min(...ends) - nowAt);
    rewards.set(Number(view.rewards.reduce((sum, { amount }) => sum + amount, 0n)) / 1e18);
    rewardEpochs.set(await longestWait(view.rewards));
    missed.set(view.missed);
    strikes.set(view.sets.reduce((sum, set) => sum + set.strikes, 0));
    calls.set({ status: "queued" }, view.outbox.queued);
    calls.set({ status: "sent" }, view.outbox.sent);
    oldest.set(view.outbox.oldestSeconds ?? 0);
    expected.set(view.expectedBytes);
    processes.set(view.processes.filter(({ isAlive }) => isAlive).length);
  }

  /** When the channels end whose vouchers pay more than the gas: nobody is woken for the others. */
  async function worthwhileEnds(vouchers: readonly WaitingVoucher[]): Promise<number[]> {
    const { coinPrices } = config.vouchers ?? {};
    if (!coinPrices || vouchers.length === 0) return [];
    const gasPriceWei = await client.getGasPrice();
    return vouchers.flatMap(({ channel, due }) => {
      const coinPrice = coinPrices[channel.tokenId];
      return coinPrice !== undefined && due > redemptionCost(1, gasPriceWei, coinPrice) ? [channel.endsAt] : [];
    });
  }

  /** Epochs that the oldest reward waits whose gas is worth it: nobody is woken for the others. */
  async function longestWait(waitingRewards: readonly WaitingReward[]): Promise<number> {
    if (!config.rewards || waitingRewards.length === 0) return 0;
    const worthwhile = new Set(chooseClaims(waitingRewards, config.rewards, await client.getGasPrice()));
    return Math.max(0, ...waitingRewards.filter((each) => worthwhile.has(each)).map((each) => each.waitedEpochs));
  }

  /** What is for sale, and what keeps the keeper from buying it. */
  async function readAuctions(): Promise<void> {
    for (const each of [lotWorth, lotPrice, bidState]) each.reset();
    const { auctions } = config;
    if (!auctions) return;
    const { contracts: addresses } = deployment;
    const view = { contracts: bindContracts(client, addresses), addresses, account: account.address };
    for (const [token, everPrice] of Object.entries(auctions.everPrices)) {
      const facts = await factsOf(view, Number(token));
      if (!facts) return;
      lotWorth.set({ token }, Number(worthOf(facts.amount, everPrice)) / 1e18);
      lotPrice.set({ token }, Number(facts.price) / 1e18);
      const present = bidStateOf(facts, auctions, everPrice);
      for (const each of BID_STATES) bidState.set({ token, state: each }, each === present ? 1 : 0);
    }
  }

  async function readDisk(): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(config.dataDir);
    diskFree.set(bavail * bsize);
    diskSize.set(blocks * bsize);
  }

  const failed = gauge(
    "keeper_scrape_failed",
    "1 when the database, the disk or the auctions could not be read for this scrape.",
  );
  metrics.beforeScrape = async () => {
    silent.set(state.isLeading ? (performance.now() - state.answeredAt) / 1_000 : 0);
    adapter.reset();
    if (config.provider) adapter.set({ network: storage.network, state: storage.status().state }, 1);
    const read = await Promise.allSettled([readDatabase(), readDisk(), readAuctions()]);
    const broken = read.find(({ status }) => status === "rejected");
    if (broken?.status === "rejected") log.warn({ err: broken.reason }, "a scrape is incomplete");
    failed.set(broken ? 1 : 0);
  };
}
