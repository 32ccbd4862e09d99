import type { SendStep } from "@4ever/sdk/client";
import type { Address, Hash, Hex } from "viem";
import { type KeyValue, loadRecords, saveRecords } from "@/lib/transactions/storage";
import {
  type Explanation,
  isUnderWay,
  type Receipt,
  type Stage,
  type TransactionPlan,
  type TransactionRecord,
} from "@/lib/transactions/types";

/** What the store reaches the outside with. */
export interface TransactionPorts {
  chainId: number;
  storage: KeyValue;
  /** Account of the connected wallet. */
  account: () => Address | undefined;
  /** Next nonce of an account, its pending transactions included. */
  nonceOf: (account: Address) => Promise<number>;
  /** Height of the chain. */
  blockNumber: () => Promise<number>;
  /** Waits until a transaction is mined; follows a replacement and reports its hash. Throws when the chain cannot be asked. */
  waitForReceipt: (hash: Hash, onReplaced: (hash: Hash) => void) => Promise<Receipt>;
  /** The receipt as the chain sees it now; undefined when it has none (any more). */
  receiptOf: (hash: Hash) => Promise<Receipt | undefined>;
  /** A mined transaction by its sender and nonce, from a block on; undefined when none is found. */
  findMined: (
    account: Address,
    nonce: number,
    fromBlock: number,
  ) => Promise<{ hash: Hash; to: Address | null } | undefined>;
  /** Height up to which the index has processed everything. */
  indexedBlock: () => Promise<number>;
  /** Why a mined transaction reverted. */
  explainRevert: (hash: Hash) => Promise<Explanation>;
  explain: (error: unknown) => Explanation;
  /** Pause between looks at the index. */
  pause: () => Promise<void>;
  nowMs: () => number;
  newId: () => string;
  newBatchId: () => Hex;
}

export interface TransactionsSnapshot {
  records: readonly TransactionRecord[];
  /** Record shown in the drawer. */
  openId: string | undefined;
  /** The drawer's list of recent transactions. */
  isListOpen: boolean;
}

/**
 * Carries transactions from review to indexed, whatever page is shown. Rule: once a hash is known it is only waited for; a
 * send whose fate is unknown is looked for on chain before it may be sent again. Nothing is paid twice.
 */
export class TransactionStore {
  readonly #ports: TransactionPorts;
  readonly #plans = new Map<string, TransactionPlan>();
  readonly #listeners = new Set<() => void>();
  /** Names of batches whose fate is unknown, by their records. */
  readonly #openBatches = new Map<string, Hex>();
  /** Transactions outlive pages, so nothing of theirs is ever aborted; actions want a signal all the same. */
  readonly #abort = new AbortController();
  #snapshot: TransactionsSnapshot;

  constructor(ports: TransactionPorts) {
    this.#ports = ports;
    this.#snapshot = { records: loadRecords(ports.storage, ports.chainId), openId: undefined, isListOpen: false };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  getSnapshot = (): TransactionsSnapshot => this.#snapshot;

  /** The plan behind a record; gone after a reload, when only watching is left. */
  planOf(id: string): TransactionPlan | undefined {
    return this.#plans.get(id);
  }

  /** Goes on watching what an earlier visit has sent. */
  resumeStored(): void {
    for (const { id, stage } of this.#snapshot.records) {
      if (stage.name === "confirming") void this.#confirm(id, stage.step, stage.hash);
    }
  }

  /** Shows a plan for review, or the transaction under way that has the same key. */
  open(plan: TransactionPlan): string {
    const account = this.#ports.account();
    if (!account) throw new Error("A transaction is planned without a wallet.");
    const running = this.#snapshot.records.find((record) => record.key === plan.key && isUnderWay(record));
    if (running) {
      this.show(running.id);
      return running.id;
    }
    const id = this.#ports.newId();
    this.#plans.set(id, plan);
    const record: TransactionRecord = {
      id,
      key: plan.key,
      title: plan.title,
      sentence: plan.sentence,
      account,
      chainId: this.#ports.chainId,
      createdAtMs: this.#ports.nowMs(),
      stage: { name: "review" },
      hashes: [],
      steps: plan.steps.map(({ what, title }) => ({ what, title })),
      outcome: plan.outcome,
      feeWei: undefined,
    };
    const kept = this.#snapshot.records.filter(({ stage }) => stage.name !== "review");
    this.#set({ records: [record, ...kept], openId: id, isListOpen: false });
    return id;
  }

  show(id: string): void {
    this.#set({ ...this.#snapshot, openId: id, isListOpen: false });
  }

  showList(): void {
    this.#set({ ...this.#snapshot, openId: undefined, isListOpen: true });
  }

  /** Closes the drawer. What is under way goes on; what was only reviewed is dropped. */
  close(): void {
    const { records, openId } = this.#snapshot;
    this.#set({
      records: records.filter(({ id, stage }) => !(id === openId && stage.name === "review")),
      openId: undefined,
      isListOpen: false,
    });
  }

  /** Runs the plan that was reviewed. */
  async start(id: string): Promise<void> {
    if (this.#recordOf(id).stage.name === "review") await this.#run(id);
  }

  /** Goes on after a failure, without repeating anything that may have been paid. */
  async retry(id: string): Promise<void> {
    const { stage } = this.#recordOf(id);
    if (stage.name === "uncertain") return this.#look(id, stage);
    if (stage.name !== "failed") return;
    if (stage.resume === "wait" && stage.hash) return this.#confirm(id, stage.step, stage.hash);
    return this.#run(id);
  }

  #recordOf(id: string): TransactionRecord {
    const record = this.#snapshot.records.find((candidate) => candidate.id === id);
    if (!record) throw new Error(`There is no transaction ${id}.`);
    return record;
  }

  #set(snapshot: TransactionsSnapshot): void {
    this.#snapshot = snapshot;
    saveRecords(this.#ports.storage, this.#ports.chainId, snapshot.records);
    for (const listener of this.#listeners) listener();
  }

  #update(id: string, change: Partial<TransactionRecord>): void {
    const records = this.#snapshot.records.map((record) => (record.id === id ? { ...record, ...change } : record));
    this.#set({ ...this.#snapshot, records });
  }

  #enter(id: string, stage: Stage): void {
    this.#update(id, { stage });
  }

  async #run(id: string): Promise<void> {
    const plan = this.#plans.get(id);
    const { account } = this.#recordOf(id);
    if (!plan) return;
    if (this.#ports.account()?.toLowerCase() !== account.toLowerCase()) {
      const explanation: Explanation = {
        kind: "refused",
        what: "The wallet is connected with another account now.",
        next: `Switch back to ${account}, then try again. Nothing was sent.`,
      };
      return this.#enter(id, { name: "failed", step: 0, explanation, resume: "ask", hash: undefined });
    }
    this.#enter(id, { name: "preparing", step: 0 });
    this.#update(id, { steps: shownSteps(plan) });
    let step = 0;
    let hasAsked = false;
    /** Set while the wallet may be sending, and while a sent transaction is not mined. */
    const fate: { sending: "no" | "asked" | Hash } = { sending: "no" };
    /** Nonce and height from just before the wallet was asked: where to look for what it may have sent without telling. */
    let before: Promise<[nonce: number, fromBlock: number] | undefined> = Promise.resolve(undefined);
    const onStep = (event: SendStep) => {
      if (event.name === "signing") {
        const shown = this.#recordOf(id).steps;
        // A wallet that turns a batch down is asked for one thing after the other, as the plan has it.
        const isBatchOff = shown[step]?.what === "batch" && event.what === "approval";
        const asked = isBatchOff
          ? askedStep(shownSteps(plan), 0, false, event.what)
          : askedStep(shown, step, hasAsked, event.what);
        hasAsked = true;
        ({ step } = asked);
        this.#update(id, { steps: asked.steps });
        if (event.what !== "permit") {
          fate.sending = "asked";
          before = Promise.all([this.#ports.nonceOf(account), this.#ports.blockNumber()]).catch(() => undefined);
        }
        this.#enter(id, { name: "asking", step });
      } else if (event.name === "sent") {
        fate.sending = event.hash;
        this.#update(id, { hashes: [...this.#recordOf(id).hashes, event.hash] });
        this.#enter(id, { name: "confirming", step, hash: event.hash });
      } else if (event.name === "confirmed") {
        fate.sending = "no";
      }
    };
    const openBatch = this.#openBatches.get(id);
    this.#openBatches.delete(id);
    const batch = { id: openBatch ?? this.#ports.newBatchId(), mayBeSent: openBatch !== undefined };
    try {
      await plan.run({ batch, onStep, signal: this.#abort.signal });
    } catch (error) {
      const explanation = this.#ports.explain(error);
      if (fate.sending === "asked" && explanation.kind !== "rejected" && explanation.kind !== "refused") {
        console.error("The fate of a transaction is unknown", error);
        if (this.#recordOf(id).steps[step]?.what === "batch") this.#openBatches.set(id, batch.id);
        const known = await before;
        // Without a nonce nothing can be looked for; then the chain was unreachable before the wallet was asked, and it sent nothing.
        if (!known) return this.#fail(id, step, error);
        return this.#enter(id, { name: "uncertain", step, nonce: known[0], fromBlock: known[1], explanation });
      }
      // It is out: whatever failed while waiting, only waiting is repeated. A revert shows itself in the receipt.
      if (fate.sending !== "no" && fate.sending !== "asked") return this.#confirm(id, step, fate.sending);
      return this.#fail(id, step, error);
    }
    await this.#finish(id);
  }

  /** Looks on chain for a transaction that the wallet may have sent, before it is sent once more. */
  async #look(id: string, stage: Extract<Stage, { name: "uncertain" }>): Promise<void> {
    const { account, hashes } = this.#recordOf(id);
    const plan = this.#plans.get(id);
    this.#enter(id, { name: "looking", step: stage.step });
    // The wallet itself knows what became of a batch, under its name.
    if (this.#openBatches.has(id)) return this.#run(id);
    try {
      if ((await this.#ports.nonceOf(account)) <= stage.nonce) return await this.#run(id);
      const found = await this.#ports.findMined(account, stage.nonce, stage.fromBlock);
      if (!found) {
        const next = "Look into your wallet's activity. If nothing is pending there, wait a minute and check again.";
        const what = "A transaction of this account is on its way; it may be this one.";
        return this.#enter(id, { ...stage, explanation: { kind: "unknown", what, next } });
      }
      const isOurs = found.to?.toLowerCase() === plan?.to.toLowerCase();
      if (!isOurs) return await this.#run(id);
      this.#update(id, { hashes: [...hashes, found.hash] });
      await this.#confirm(id, stage.step, found.hash);
    } catch (error) {
      this.#enter(id, { ...stage, explanation: this.#ports.explain(error) });
    }
  }

  /** Waits for a transaction that is out. */
  async #confirm(id: string, step: number, hash: Hash): Promise<void> {
    this.#enter(id, { name: "confirming", step, hash });
    let current = hash;
    let receipt: Receipt;
    try {
      receipt = await this.#ports.waitForReceipt(hash, (replacement) => {
        const { hashes } = this.#recordOf(id);
        this.#update(id, { hashes: hashes.map((known) => (known === current ? replacement : known)) });
        current = replacement;
        this.#enter(id, { name: "confirming", step, hash: replacement });
      });
    } catch (error) {
      const explanation = this.#ports.explain(error);
      return this.#enter(id, { name: "failed", step, explanation, resume: "wait", hash: current });
    }
    if (!receipt.succeeded) {
      this.#update(id, { feeWei: feeOf([receipt]) });
      const explanation = await this.#ports.explainRevert(current);
      return this.#enter(id, { name: "failed", step, explanation, resume: "ask", hash: current });
    }
    // An approval is followed by what it is for; it is there now, so the plan goes straight on to that.
    if (this.#plans.has(id) && step + 1 < this.#recordOf(id).steps.length) return this.#run(id);
    await this.#finish(id);
  }

  /** All is on chain; waits until the index shows it, and makes sure that a reorganisation has not taken it back meanwhile. */
  async #finish(id: string): Promise<void> {
    const { hashes, steps } = this.#recordOf(id);
    const last = hashes[hashes.length - 1];
    if (!last) return this.#enter(id, { name: "done" });
    const receipts: Receipt[] = [];
    for (const hash of hashes) {
      const receipt = await this.#ports.receiptOf(hash).catch(() => undefined);
      if (receipt) receipts.push(receipt);
    }
    const mined = receipts.find(({ hash }) => hash === last);
    if (!mined?.succeeded) return this.#confirm(id, steps.length - 1, last);
    this.#update(id, { feeWei: feeOf(receipts) });

    const plan = this.#plans.get(id);
    plan?.onConfirmed?.(receipts);
    if (plan?.closesOnConfirm && this.#snapshot.openId === id) this.close();
    if (plan) this.#plans.set(id, { ...plan, onConfirmed: () => {} });
    this.#enter(id, { name: "indexing", blockNumber: mined.blockNumber, indexedBlock: undefined });
    for (;;) {
      const indexedBlock = await this.#ports.indexedBlock().catch(() => undefined);
      if (indexedBlock !== undefined && indexedBlock >= mined.blockNumber) break;
      this.#enter(id, { name: "indexing", blockNumber: mined.blockNumber, indexedBlock });
      await this.#ports.pause();
    }
    const now = await this.#ports.receiptOf(last).catch(() => mined);
    if (now?.blockHash !== mined.blockHash) return this.#confirm(id, steps.length - 1, last);
    this.#enter(id, { name: "done" });
    plan?.onIndexed?.(receipts);
  }

  #fail(id: string, step: number, error: unknown): void {
    console.error("A transaction did not go out", error);
    const explanation = this.#ports.explain(error);
    this.#enter(id, { name: "failed", step, explanation, resume: "ask", hash: undefined });
  }
}

type ShownStep = TransactionRecord["steps"][number];

function shownSteps({ steps }: TransactionPlan): ShownStep[] {
  return steps.map(({ what, title }) => ({ what, title }));
}

/**
 * Fits the shown steps to what the action really asks for: money that is there needs no permit, and wallets that sign none send an
 * approval instead, alone or in a batch with what it is for.
 */
export function askedStep(
  steps: readonly ShownStep[],
  current: number,
  hasAsked: boolean,
  what: ShownStep["what"],
): { steps: readonly ShownStep[]; step: number } {
  if (what === "batch") {
    const title = "Approve and pay in one go; no permit can be signed";
    return { steps: [...steps.slice(0, current), { what, title }], step: current };
  }
  const at = steps.findIndex((step, index) => step.what === what && index >= current);
  if (at < 0) {
    const title = what === "approval" ? "Send the approval; no permit can be signed" : "Send the transaction";
    return { steps: steps.map((step, index) => (index === current ? { what, title } : step)), step: current };
  }
  const firstUnasked = hasAsked ? current + 1 : current;
  return { steps: steps.filter((_, index) => index < firstUnasked || index >= at), step: Math.min(firstUnasked, at) };
}

function feeOf(receipts: readonly Receipt[]): bigint {
  return receipts.reduce((sum, { gasUsed, gasPriceWei }) => sum + gasUsed * gasPriceWei, 0n);
}
