import { randomUUID } from "node:crypto";
import { PgBoss } from "pg-boss";
import { type Address, type Hex, parseGwei } from "viem";
import { firstBlockAt } from "./chain/blocks.ts";
import { bindContracts } from "./chain/contracts.ts";
import { type BlockRef, type ChainStore, createFollower, UNDO_DEPTH_BLOCKS } from "./chain/follow.ts";
import { ADOPT_ADVICE, createNonceGuard } from "./chain/nonces.ts";
import { revertOf } from "./chain/reverts.ts";
import { createSender, type Sender, SigningFailed } from "./chain/send.ts";
import { periodAt } from "./domain/clock.ts";
import { type Duty, dutyKey } from "./domain/duty.ts";
import { answer } from "./duties/answer.ts";
import { bid } from "./duties/bid.ts";
import { createBounties } from "./duties/bounties.ts";
import type { DutyContext } from "./duties/context.ts";
import { createExits } from "./duties/exits.ts";
import { abandon, expire, report } from "./duties/guard.ts";
import { discard, forget, verify } from "./duties/keep.ts";
import { finish, settle, withdraw } from "./duties/money.ts";
import { addFirst, addLater, remove, syncOperator } from "./duties/pieces.ts";
import { prove } from "./duties/prove.ts";
import { createRecord } from "./duties/record.ts";
import { redeem } from "./duties/redeem.ts";
import { claim, recordFees } from "./duties/rewards.ts";
import { createRunner } from "./duties/runner.ts";
import { GAS_PER_PERIOD } from "./gauges.ts";
import type { Parts, State } from "./parts.ts";
import { pruneChannels, readWaiting } from "./store/channels.ts";
import { dueDuties } from "./store/due.ts";
import { createDutyStore } from "./store/duty-store.ts";
import { createNonceBook } from "./store/nonces.ts";
import { createOutbox, pruneOutbox } from "./store/outbox.ts";
import { prunePeriods } from "./store/projection.ts";

/** Blocks between two looks at what changes slowly: the key's balance, old periods, a probe of the storage. */
const SLOW_BLOCKS = 50;
/** Periods whose seeds and proofs stay in the database. */
const KEPT_PERIODS = 256;
const SHUTDOWN_MS = 10_000;

/** Counts and tells an error; `where` is one of a few words, for the metrics. */
export type ReportError = (where: string, error: unknown, what?: string) => void;

/** What acts during one lead: follower, sender, planner and workers. */
export function createActing(
  parts: Parts,
  state: State,
  {
    projection,
    genesisHash,
    signal,
    reportError,
  }: { projection: ChainStore; genesisHash: Hex; signal: AbortSignal; reportError: ReportError },
) {
  const { config, deployment, account, log, metrics, client, clock, store } = parts;
  const { contracts: addresses, chainId } = deployment;
  const guard = createNonceGuard({
    client,
    account: account.address,
    book: createNonceBook(store.db, account.address),
    periodSeconds: clock.periodSeconds,
    onForeign: (foreign) => {
      for (const { kind, what, nonce } of foreign) {
        metrics.foreignNonces.inc({ kind });
        const text = "somebody else used a nonce of this key";
        if (kind === "other") log.warn({ nonce, what }, text);
        else log.error({ nonce, what, advice: ADOPT_ADVICE }, `${text}, as a keeper does`);
      }
    },
  });
  const sender = createSender({
    client,
    account,
    chainId,
    outbox: createOutbox(store.db, account.address),
    guard,
    maxFeePerGasWei: parseGwei(config.maxFeePerGasGwei.toString()),
    onSent: ({ key, label, nonce }, { hash }) => log.debug({ key, nonce, hash }, `sent: ${label}`),
    onFinished: ({ key, label }, outcome) => {
      const kind = key.split(":")[0] ?? key;
      metrics.transactions.inc({ kind, status: outcome.status });
      if ("mined" in outcome) metrics.gas.inc({ kind }, outcome.mined.gasUsed);
      log.info({ key, ...outcome }, `${outcome.status}: ${label}`);
    },
    onError: (err, row) => {
      if (err instanceof SigningFailed) metrics.signerFailures.inc();
      reportError("send", err, row?.label);
    },
  });
  const boss = new PgBoss({
    connectionString: config.databaseUrl,
    schema: `${config.schema}_jobs`,
    max: 4,
    application_name: config.schema,
    schedule: false,
    registerInstance: false,
    monitorVacuum: false,
  });
  boss.on("error", (error) => reportError("queue", error));

  const context = createContext(parts, state, sender);
  const runner = createRunner({
    boss,
    context,
    epoch: randomUUID(),
    handlers: {
      record: createRecord((at) => firstBlockAt(client, at)),
      prove,
      answer,
      "add-first": addFirst,
      add: addLater,
      remove,
      "sync-operator": syncOperator,
      settle,
      finish,
      expire,
      abandon,
      report,
      withdraw,
      redeem,
      bid,
      "record-fees": recordFees,
      claim,
      "withdraw-stake": createExits((at) => firstBlockAt(client, at)),
      "execute-exits": createBounties((at) => firstBlockAt(client, at)),
      verify,
      forget,
      discard,
    },
    onResult: (duty, result, ms) => {
      state.announce();
      metrics.duties.inc({ kind: duty.kind, status: result.status });
      metrics.dutySeconds.observe({ kind: duty.kind }, ms / 1_000);
      const level = result.status === "refused" ? "warn" : result.status === "done" ? "info" : "debug";
      log[level]({ duty: dutyKey(duty), ms }, `${result.status}: ${result.note}`);
    },
    onError: (duty, error) => {
      metrics.duties.inc({ kind: duty.kind, status: "failed" });
      reportError("duty", error, dutyKey(duty));
    },
  });

  let hasCaughtUp = false;
  let planning = false;
  let isPlanWanted = false;
  /**
   * Queues what is due; calls while one runs are merged into one more run. Before the state is that of the chain's head there is nothing to
   * plan from: what a half-read chain shows as missing may have happened.
   */
  async function plan(): Promise<void> {
    if (!hasCaughtUp || !guard.isCleared()) return;
    isPlanWanted = true;
    if (planning) return;
    planning = true;
    try {
      while (isPlanWanted && !signal.aborted) {
        isPlanWanted = false;
        await runner.plan(await allDue(parts, state.head()));
      }
    } catch (error) {
      if (!signal.aborted) reportError("plan", error);
    } finally {
      planning = false;
    }
  }

  let lookedAt = Number.NEGATIVE_INFINITY;
  /** What changes slowly: old periods and calls, the key's balance, a probe of the storage. */
  async function slowly({ number, at }: BlockRef): Promise<void> {
    if (Math.abs(number - lookedAt) < SLOW_BLOCKS) return;
    lookedAt = number;
    await Promise.all([
      prunePeriods(store.db, periodAt(clock, at) - KEPT_PERIODS),
      pruneOutbox(store.db, number - UNDO_DEPTH_BLOCKS),
      pruneChannels(store.db, { upToBlock: number - UNDO_DEPTH_BLOCKS, nowAt: at }),
    ]);
    const [balance, price] = await Promise.all([client.getBalance({ address: account.address }), client.getGasPrice()]);
    metrics.balance.set(Number(balance));
    if (config.auctions)
      metrics.everBalance.set(Number(await context.contracts.ever.read.balanceOf([account.address])));
    metrics.gasPeriods.set(Number(balance / (price * GAS_PER_PERIOD || 1n)));
    const root = await parts.content.anyRoot();
    if (!config.provider) return;
    const result = await parts.storage.probe(root, signal);
    if (result.verdict === "missing") log.error({ storage: parts.storage.name }, result.reason);
  }

  /** Says once that it does not send, and once that it does again. */
  function tellRefusal(): void {
    const refusal = guard.refusal();
    if (refusal === state.refusal) return;
    if (refusal === undefined) log.info("the key is this keeper's; it sends again");
    else log.error({ advice: ADOPT_ADVICE }, `it sends nothing: ${refusal}`);
    state.refusal = refusal;
    metrics.refusing.set(refusal === undefined ? 0 : 1);
    void state.presence?.beat().catch((error) => reportError("presence", error));
  }

  const follower = createFollower({
    client,
    addresses: [
      addresses.DealMarket,
      addresses.DealPayments,
      addresses.PossessionProofs,
      addresses.RandomBeacon,
      ...(payeeOf(parts) && addresses.UsageChannels ? [addresses.UsageChannels] : []),
    ],
    channels: payeeOf(parts) && addresses.UsageChannels,
    identity: { chainId, genesisHash, market: addresses.DealMarket },
    startBlock: deployment.startBlock,
    store: projection,
    pollMs: config.pollMs,
    onHead: (head) => {
      hasCaughtUp = true;
      state.isReady = true;
      state.moveTo(head);
      const wasCleared = guard.isCleared();
      const ticked = sender.tick(head).then(tellRefusal);
      void (wasCleared ? plan() : ticked.then(plan));
      slowly(head).catch((error) => reportError("housekeeping", error));
    },
    onRewind: async (from, to) => {
      metrics.rewinds.inc();
      log.warn({ from: from.number, to: to?.number ?? "the beginning" }, "the chain was reorganised");
      await sender.rewound(to?.number ?? -1);
    },
    onAnswer: () => {
      state.answeredAt = performance.now();
    },
    onError: (error) => reportError("follow", error),
  });

  return {
    plan,
    busy: () => runner.busy(),
    abort: () => runner.stop(),

    async start(): Promise<void> {
      if (config.provider) await parts.storage.recover();
      await boss.start();
      await runner.start();
    },

    run: () => follower.run(signal),

    async stop({ graceful }: { graceful: boolean }): Promise<void> {
      runner.stop();
      await boss.stop({ graceful, timeout: SHUTDOWN_MS }).catch((error) => reportError("queue", error));
    },
  };
}

export type Acting = ReturnType<typeof createActing>;

/** Whose channels are followed: the provider's, where the protocol has channels. They are, whether or not vouchers are taken now. */
export function payeeOf({ config, deployment }: Parts): Address | undefined {
  return deployment.contracts.UsageChannels && config.provider;
}

function createContext(parts: Parts, state: State, sender: Sender): DutyContext {
  const { config, deployment, account, client, clock, store, incoming, storage } = parts;
  return {
    chainId: deployment.chainId,
    client,
    addresses: deployment.contracts,
    contracts: bindContracts(client, deployment.contracts),
    clock,
    provider: config.provider,
    account: account.address,
    acceptPolicy: config.accept,
    settleEveryPeriods: config.settleEveryPeriods,
    vouchers: config.vouchers,
    auctions: config.auctions,
    rewards: config.rewards,
    exits: config.exits,
    payout: config.payout,
    store: createDutyStore(store.db),
    incoming,
    storage,
    submit: (call, signal) => sender.submit(call, signal, () => void sender.tick(state.head())),
    async preview({ to, data }) {
      try {
        await client.call({ account: account.address, to, data });
        return undefined;
      } catch (error) {
        const revert = revertOf(error);
        if (!revert) throw error;
        return revert.text;
      }
    },
    head: state.head,
  };
}

async function allDue({ config, account, clock, store }: Parts, head: BlockRef): Promise<Duty[]> {
  const self = { provider: config.provider?.toLowerCase() as typeof config.provider, account: account.address };
  const duties = await dueDuties(store.db, { clock, nowAt: head.at, self, policy: config });
  if (config.vouchers && (await readWaiting(store.db, head.at)).length > 0) duties.push({ kind: "redeem" });
  for (const tokenId of Object.keys(config.auctions?.everPrices ?? {}))
    duties.push({ kind: "bid", tokenId: Number(tokenId) });
  if (config.rewards && config.provider)
    duties.push({ kind: "record-fees" }, { kind: "claim" }, { kind: "withdraw-stake" });
  if (config.exits) duties.push({ kind: "execute-exits" });
  const isOwnAccount = config.provider === account.address;
  if (!config.payout || !isOwnAccount) return duties;
  const period = periodAt(clock, head.at);
  const payouts = Object.keys(config.payout.thresholds).map(
    (tokenId): Duty => ({ kind: "withdraw", tokenId: Number(tokenId), period }),
  );
  return [...duties, ...payouts];
}
