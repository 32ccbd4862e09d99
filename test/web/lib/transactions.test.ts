import type { SendStep } from "@4ever/sdk/client";
import type { Address, Hash } from "viem";
import { describe, expect, it, vi } from "vitest";
import { askedStep, type TransactionPorts, TransactionStore } from "@/lib/transactions/store";
import type { Receipt, RunOptions, Stage, TransactionPlan } from "@/lib/transactions/types";

const ALICE: Address = "0x00000000000000000000000000000000000000a1";
const LEDGER: Address = "0x00000000000000000000000000000000000000c1";
const hashOf = (digit: number): Hash => `0x${String(digit).repeat(64)}`;

function receiptOf(hash: Hash, change: Partial<Receipt> = {}): Receipt {
  return {
    hash,
    blockNumber: 7,
    blockHash: hashOf(8),
    succeeded: true,
    gasUsed: 100n,
    gasPriceWei: 2n,
    logs: [],
    ...change,
  };
}

/** A wallet, a chain and an index under the test's control. */
function setup(change: Partial<TransactionPorts> = {}) {
  const stored = new Map<string, string>();
  let ids = 0;
  let batches = 0;
  const ports: TransactionPorts = {
    chainId: 31_337,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
    account: () => ALICE,
    nonceOf: async () => 4,
    blockNumber: async () => 6,
    waitForReceipt: async (hash) => receiptOf(hash),
    receiptOf: async (hash) => receiptOf(hash),
    findMined: async () => undefined,
    indexedBlock: async () => 7,
    explainRevert: async () => ({ kind: "refused", what: "It reverted.", next: "Look again." }),
    explain: (error) => ({
      kind: error instanceof TypeError ? "unreachable" : "refused",
      what: String(error),
      next: "",
    }),
    pause: async () => {},
    nowMs: () => 0,
    newId: () => `tx-${++ids}`,
    newBatchId: () => `0x0${++batches}`,
    ...change,
  };
  const store = new TransactionStore(ports);
  const stages: Stage["name"][] = [];
  store.subscribe(() => {
    const name = store.getSnapshot().records[0]?.stage.name;
    if (name && stages.at(-1) !== name) stages.push(name);
  });
  return { store, stages, ports, stored };
}

/** A plan that signs a permit and sends one transaction, unless told otherwise. */
function planOf(
  run: (report: (step: SendStep) => void) => Promise<unknown> = async (report) => {
    report({ name: "signing", what: "permit" });
    report({ name: "simulated" });
    report({ name: "signing", what: "transaction" });
    report({ name: "sent", hash: hashOf(1) });
    report({ name: "confirmed", hash: hashOf(1) });
  },
): TransactionPlan {
  return {
    key: "test/pay",
    title: "Pay",
    sentence: "Something is paid.",
    costs: [],
    undo: "Nothing can be undone.",
    action: "Pay",
    steps: [
      { what: "permit", title: "Sign the permit" },
      { what: "transaction", title: "Send the payment" },
    ],
    to: LEDGER,
    run: ({ onStep }) => run(onStep),
  };
}

const stageOf = (store: TransactionStore) => store.getSnapshot().records[0]?.stage;

// The store writes down whole errors for the console.
vi.spyOn(console, "error").mockReturnValue();

describe("TransactionStore", () => {
  it("goes from review to done, and shows what the network took", async () => {
    const { store, stages } = setup();
    const onIndexed = vi.fn();
    const id = store.open({ ...planOf(), onIndexed });
    expect(stageOf(store)).toEqual({ name: "review" });
    await store.start(id);
    expect(stages).toEqual(["review", "preparing", "asking", "confirming", "indexing", "done"]);
    expect(store.getSnapshot().records[0]).toMatchObject({ hashes: [hashOf(1)], feeWei: 200n });
    expect(onIndexed).toHaveBeenCalledExactlyOnceWith([receiptOf(hashOf(1))]);
  });

  it("waits for the index, and says how far it is", async () => {
    const heights = [3, 6, 7];
    const seen: (number | undefined)[] = [];
    const { store } = setup({ indexedBlock: async () => heights.shift() ?? 7 });
    store.subscribe(() => {
      const stage = stageOf(store);
      if (stage?.name === "indexing") seen.push(stage.indexedBlock);
    });
    await store.start(store.open(planOf()));
    expect(seen).toContain(3);
    expect(stageOf(store)?.name).toBe("done");
  });

  it("fails without a trace when the person declines, and asks again on retry", async () => {
    let declines = 1;
    const { store, stored } = setup();
    const plan = planOf(async (report) => {
      report({ name: "signing", what: "permit" });
      if (declines-- > 0) throw new Error("declined");
      report({ name: "signing", what: "transaction" });
      report({ name: "sent", hash: hashOf(1) });
    });
    const id = store.open(plan);
    await store.start(id);
    expect(stageOf(store)).toMatchObject({ name: "failed", resume: "ask", hash: undefined });
    expect([...stored.values()]).toEqual(["[]"]);
    await store.retry(id);
    expect(stageOf(store)?.name).toBe("done");
  });

  it("never sends again what it has a hash of: a lost connection only means waiting longer", async () => {
    let isDown = true;
    const run = vi.fn(async (report: (step: SendStep) => void) => {
      report({ name: "signing", what: "transaction" });
      report({ name: "sent", hash: hashOf(1) });
      throw new TypeError("the node is gone");
    });
    const { store } = setup({
      waitForReceipt: async (hash) => {
        if (isDown) throw new TypeError("the node is gone");
        return receiptOf(hash);
      },
    });
    const id = store.open(planOf(run));
    await store.start(id);
    expect(stageOf(store)).toMatchObject({ name: "failed", resume: "wait", hash: hashOf(1) });
    isDown = false;
    await store.retry(id);
    expect(stageOf(store)?.name).toBe("done");
    expect(run).toHaveBeenCalledOnce();
  });

  describe("when the wallet fails while sending", () => {
    const broken = async (report: (step: SendStep) => void) => {
      report({ name: "signing", what: "transaction" });
      throw new TypeError("the wallet lost its connection");
    };

    it("is uncertain, and does not send again while something may be out", async () => {
      let nonce = 4;
      const run = vi.fn(broken);
      const { store } = setup({ nonceOf: async () => nonce });
      const id = store.open(planOf(run));
      await store.start(id);
      expect(stageOf(store)).toMatchObject({ name: "uncertain", nonce: 4, fromBlock: 6 });
      nonce = 5;
      await store.retry(id);
      expect(stageOf(store)).toMatchObject({ name: "uncertain", explanation: { kind: "unknown" } });
      expect(run).toHaveBeenCalledOnce();
    });

    it("follows the transaction when the chain shows that it went out", async () => {
      let nonce = 4;
      const run = vi.fn(broken);
      const { store } = setup({
        nonceOf: async () => nonce,
        findMined: async (_account, wanted) => (wanted === 4 ? { hash: hashOf(2), to: LEDGER } : undefined),
        receiptOf: async (hash) => receiptOf(hash),
      });
      const id = store.open(planOf(run));
      await store.start(id);
      nonce = 5;
      await store.retry(id);
      expect(store.getSnapshot().records[0]).toMatchObject({ stage: { name: "done" }, hashes: [hashOf(2)] });
      expect(run).toHaveBeenCalledOnce();
    });

    it.each([
      ["nothing went out", 4, undefined],
      ["another transaction took the nonce", 5, { hash: hashOf(3), to: ALICE }],
    ])("sends again when %s", async (_case, nonceAfter, found) => {
      let nonce = 4;
      let fails = 1;
      const run = vi.fn(async (report: (step: SendStep) => void) => {
        if (fails-- > 0) return broken(report);
        report({ name: "signing", what: "transaction" });
        report({ name: "sent", hash: hashOf(1) });
      });
      const { store } = setup({ nonceOf: async () => nonce, findMined: async () => found });
      const id = store.open(planOf(run));
      await store.start(id);
      nonce = nonceAfter;
      await store.retry(id);
      expect(stageOf(store)?.name).toBe("done");
      expect(run).toHaveBeenCalledTimes(2);
    });
  });

  describe("when a wallet carries out approval and payment at once", () => {
    const batch = (report: (step: SendStep) => void) => {
      report({ name: "signing", what: "permit" });
      report({ name: "simulated" });
      report({ name: "signing", what: "batch" });
    };
    const kinds = (store: TransactionStore) => store.getSnapshot().records[0]?.steps.map(({ what }) => what);

    it("shows one step for both, and follows the transaction", async () => {
      const { store } = setup();
      const run = async (report: (step: SendStep) => void) => {
        batch(report);
        report({ name: "sent", hash: hashOf(1) });
        report({ name: "confirmed", hash: hashOf(1) });
      };
      await store.start(store.open(planOf(run)));
      expect(kinds(store)).toEqual(["batch"]);
      expect(store.getSnapshot().records[0]).toMatchObject({ stage: { name: "done" }, hashes: [hashOf(1)] });
    });

    it("looks for it under its own name when its fate is unknown, and never by the account's nonce", async () => {
      const names: RunOptions["batch"][] = [];
      const findMined = vi.fn(async () => undefined);
      const { store } = setup({ findMined, nonceOf: async () => 9 });
      const id = store.open({
        ...planOf(),
        run: async ({ batch: name, onStep }) => {
          names.push(name);
          batch(onStep);
          if (names.length === 1) throw new TypeError("the wallet lost its connection");
          onStep({ name: "sent", hash: hashOf(1) });
        },
      });
      await store.start(id);
      expect(stageOf(store)?.name).toBe("uncertain");
      await store.retry(id);

      expect(stageOf(store)?.name).toBe("done");
      const [first, second] = names;
      expect(first?.mayBeSent).toBe(false);
      expect(second).toEqual({ id: first?.id, mayBeSent: true });
      expect(findMined).not.toHaveBeenCalled();
    });

    it("takes another name after a failure that is certain", async () => {
      const names: RunOptions["batch"][] = [];
      const { store } = setup();
      const id = store.open({
        ...planOf(),
        run: async ({ batch: name, onStep }) => {
          names.push(name);
          batch(onStep);
          if (names.length === 1) throw new Error("told not to sign");
          onStep({ name: "sent", hash: hashOf(1) });
        },
      });
      await store.start(id);
      await store.retry(id);
      expect(names.map(({ mayBeSent }) => mayBeSent)).toEqual([false, false]);
      expect(new Set(names.map((name) => name.id)).size).toBe(2);
    });

    it("asks for one after the other when the wallet turns the batch down", async () => {
      const { store } = setup();
      const run = async (report: (step: SendStep) => void) => {
        batch(report);
        report({ name: "signing", what: "approval" });
        report({ name: "signing", what: "transaction" });
        report({ name: "sent", hash: hashOf(1) });
      };
      await store.start(store.open(planOf(run)));
      expect(kinds(store)).toEqual(["approval", "transaction"]);
      expect(stageOf(store)?.name).toBe("done");
    });
  });

  it("explains a revert, and may try again, since only the fee was paid", async () => {
    const reverted = receiptOf(hashOf(1), { succeeded: false });
    const { store } = setup({ waitForReceipt: async () => reverted, receiptOf: async () => reverted });
    await store.start(store.open(planOf()));
    expect(stageOf(store)).toMatchObject({ name: "failed", resume: "ask", explanation: { what: "It reverted." } });
    expect(store.getSnapshot().records[0]?.feeWei).toBe(200n);
  });

  it("goes back to waiting when a reorganisation takes the transaction out", async () => {
    const blocks = [hashOf(8), hashOf(9)];
    let reads = 0;
    const { store, stages } = setup({
      receiptOf: async (hash) => receiptOf(hash, { blockHash: blocks[Math.min(reads++, 1)] ?? hashOf(9) }),
    });
    await store.start(store.open(planOf()));
    expect(stages.slice(-4)).toEqual(["indexing", "confirming", "indexing", "done"]);
  });

  it("refuses to go on with another account", async () => {
    let account = ALICE;
    const run = vi.fn(async () => {});
    const { store } = setup({ account: () => account });
    const id = store.open(planOf(run));
    account = LEDGER;
    await store.start(id);
    expect(stageOf(store)).toMatchObject({ name: "failed", explanation: { kind: "refused" } });
    expect(run).not.toHaveBeenCalled();
  });

  it("shows the one under way when the same thing is started twice", async () => {
    const { store } = setup({ waitForReceipt: () => new Promise(() => {}) });
    const plan = planOf(async (report) => {
      report({ name: "signing", what: "transaction" });
      report({ name: "sent", hash: hashOf(1) });
      await new Promise(() => {});
    });
    const id = store.open(plan);
    void store.start(id);
    await vi.waitFor(() => expect(stageOf(store)?.name).toBe("confirming"));
    store.close();
    expect(store.open(plan)).toBe(id);
    expect(store.getSnapshot().records).toHaveLength(1);
  });

  it("is found again after a reload, and followed to its end", async () => {
    const first = setup({ waitForReceipt: () => new Promise(() => {}) });
    const id = first.store.open(
      planOf(async (report) => {
        report({ name: "signing", what: "transaction" });
        report({ name: "sent", hash: hashOf(1) });
        await new Promise(() => {});
      }),
    );
    void first.store.start(id);
    await vi.waitFor(() => expect(first.stored.size).toBe(1));

    const second = setup({ storage: first.ports.storage });
    expect(stageOf(second.store)).toMatchObject({ name: "confirming", hash: hashOf(1) });
    second.store.resumeStored();
    await vi.waitFor(() => expect(stageOf(second.store)?.name).toBe("done"));
  });

  it("drops stored records that it cannot read", () => {
    const storage = { getItem: () => '[{"id":1}]', setItem: () => {}, removeItem: () => {} };
    expect(setup({ storage }).store.getSnapshot().records).toEqual([]);
  });
});

describe("askedStep", () => {
  const steps = [
    { what: "permit", title: "Sign" },
    { what: "transaction", title: "Send" },
  ] as const;

  it("follows the plan", () => {
    expect(askedStep(steps, 0, false, "permit")).toEqual({ steps, step: 0 });
    expect(askedStep(steps, 0, true, "transaction")).toEqual({ steps, step: 1 });
  });

  it("drops a permit that is not needed", () => {
    expect(askedStep(steps, 0, false, "transaction")).toEqual({ steps: [steps[1]], step: 0 });
  });

  it("shows an approval in place of a permit that the wallet cannot sign", () => {
    const asked = askedStep(steps, 0, true, "approval");
    expect(asked.steps.map(({ what }) => what)).toEqual(["approval", "transaction"]);
    expect(asked.step).toBe(0);
  });
});
