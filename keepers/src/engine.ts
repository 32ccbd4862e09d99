import { randomUUID } from "node:crypto";
import { PgBoss } from "pg-boss";
import { type Address, type Hex, parseGwei } from "viem";
import { firstBlockAt } from "./chain/blocks.ts";
import { bindContracts } from "./chain/contracts.ts";
import {
  type BlockRef,
  ChainChanged,
  type ChainStore,
  createFollower,
  pause,
  UNDO_DEPTH_BLOCKS,
} from "./chain/follow.ts";
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
import { waitToLead } from "./store/leader.ts";
import { createNonceBook } from "./store/nonces.ts";
import { createOutbox, pruneOutbox } from "./store/outbox.ts";
import { createProjection, prunePeriods } from "./store/projection.ts";

/** Blocks between two looks at what changes slowly: the key's balance, old periods, a probe of the storage. */
const SLOW_BLOCKS = 50;
/** Periods whose seeds and proofs stay in the database. */
const KEPT_PERIODS = 256;
const SHUTDOWN_MS = 10_000;
/** Rest before a lost lead is sought again. */
const LEAD_AGAIN_MS = 1_000;

/** Everything that acts, while this process leads: follower, sender, planner and workers. */
export async function createEngine(parts: Parts, state: State) {
  const { config, deployment, account, log, metrics, client, store } = parts;
  const { chainId } = deployment;
  const { signal } = state.stopped;
  const projection = createProjection(store.db, deployment.contracts.DealMarket, payeeOf(parts));
  const genesisHash = (await client.getBlock({ blockNumber: 0n })).hash;
  const reportError = createReporter(parts);
  let acting: Acting | undefined;

  /** Waits to lead, then acts until the keeper stops or the lead is lost. */
  async function lead(onWorking: () => void): Promise<void> {
    const lost = new AbortController();
    let isWaiting = false;
    const leadership = await waitToLead(config.databaseUrl, `keeper ${chainId} ${account.address}`, {
      signal,
      onStandby: async () => {
        onWorking();
        const cursor = await projection.cursor();
        if (cursor && cursor.hash !== state.head().hash) state.moveTo(cursor); // what it serves and takes follows the one that acts
        state.isReady = true;
        if (!isWaiting) log.warn("another process acts with this key; standing by");
        isWaiting = true;
      },
      onLost: (cause) => lost.abort(new Error("the database connection that holds the lead broke", { cause })),
    });
    if (!leadership) return;
    state.isLeading = true;
    state.isReady = false; // until it knows the chain's head
    state.announce();
    metrics.leading.set(1);
    const whileLeading = AbortSignal.any([signal, lost.signal]);
    // Made anew each time: somebody else may have acted meanwhile.
    const actor = createActing(parts, state, { projection, genesisHash, signal: whileLeading, reportError });
    acting = actor;
    try {
      await state.presence?.lead(true);
      await actor.start();
      onWorking();
      await actor.run();
      lost.signal.throwIfAborted();
    } finally {
      acting = undefined;
      state.isLeading = false;
      state.isReady = false;
      state.refusal = undefined;
      metrics.leading.set(0);
      metrics.refusing.set(0);
      await state.presence?.lead(false).catch((error) => reportError("lead", error));
      await actor.stop({ graceful: !lost.signal.aborted });
      await leadership.release();
    }
  }

  return {
    nudge: () => void acting?.plan(),
    busy: () => acting?.busy() ?? [],

    /**
     * Acts whenever it leads, until the keeper stops. A lead that is lost, as when the database restarts, is sought again. Rejects when it
     * cannot go on.
     */
    async run(): Promise<void> {
      const cursor = await projection.cursor();
      if (cursor) state.moveTo(cursor);
      let hasWorked = false;
      while (!signal.aborted) {
        try {
          await lead(() => {
            hasWorked = true;
          });
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof ChainChanged || !hasWorked) throw error;
          reportError("lead", error);
          await pause(LEAD_AGAIN_MS, signal);
        }
      }
    },

    /** Lets running duties see that they should end. */
    stop: () => acting?.abort(),
  };
}

type Acting = ReturnType<typeof createActing>;
type ReportError = (where: string, error: unknown, what?: string) => void;

/** The same error again and again is told once in ten seconds. */
function createReporter({ metrics, log }: Parts): ReportError {
  const said = new Map<string, number>();
  return (where, err, what) => {
    metrics.errors.inc({ where });
    const text = `${where}: ${err instanceof Error ? err.message : String(err)}`;
    const now = performance.now();
    if ((said.get(text) ?? Number.NEGATIVE_INFINITY) > now - 10_000) return;
    if (said.size > 100) said.clear();
    said.set(text, now);
    log.error({ err, where, what }, "something unexpected happened");
  };
}

/** What acts during one lead. */
function createActing(
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

export type Engine = Awaited<ReturnType<typeof createEngine>>;

/** Whose channels are followed: the provider's, where the protocol has channels. They are, whether or not vouchers are taken now. */
function payeeOf({ config, deployment }: Parts): Address | undefined {
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
