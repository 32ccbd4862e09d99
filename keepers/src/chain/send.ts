import type { Hex, LocalAccount, PublicClient } from "viem";
import { BaseError, keccak256, NonceTooLowError, TransactionReceiptNotFoundError } from "viem";
import { type BlockRef, pause } from "./follow.ts";
import type { NonceGuard } from "./nonces.ts";
import type { Attempt, Call, Mined, Outbox, OutboxRow, SentRow } from "./outbox.ts";
import { type Revert, revertOf } from "./reverts.ts";

/** A call could not be signed: it waits, and so do the others. */
export class SigningFailed extends Error {
  override readonly name = "SigningFailed";
}

/** What became of a call. Expected outcomes are values; only an abort is thrown. */
export type Outcome =
  | { status: "mined"; mined: Mined }
  /** The contract refused it when it was included: its gas is gone. */
  | { status: "reverted"; mined: Mined; error: string }
  /** The contract would refuse it: nothing was sent. */
  | { status: "refused"; error: string }
  /** Its deadline passed before it could be sent. */
  | { status: "late" };

export type SenderEvents = {
  onSent?: (row: OutboxRow, attempt: Attempt) => void;
  onFinished?: (row: OutboxRow, outcome: Outcome) => void;
  onError: (error: unknown, row?: OutboxRow) => void;
};

type Options = SenderEvents & {
  client: PublicClient;
  account: LocalAccount;
  chainId: number;
  outbox: Outbox;
  /** Asked before each look; while it refuses, nothing is sent and nothing is given up. */
  guard?: Pick<NonceGuard, "check" | "lost">;
  /** Never pays more than this. Wei per gas. */
  maxFeePerGasWei: bigint;
  /** Blocks without inclusion after which the fee rises by an eighth. */
  bumpAfterBlocks?: number;
  /** Blocks without inclusion after which the same bytes are sent again. */
  resendAfterBlocks?: number;
};

/**
 * What a transaction may burn beyond its estimate: the state may be another one when it is included. The first change of a deal's bytes in a
 * period costs some 25,000 more than a later one, and a period may end between estimate and inclusion. What is not burnt is not paid.
 */
const GAS_MARGIN = { percent: 25n, fixed: 60_000n };
/** Heads during which a used nonce may lack a receipt before it counts as used by another transaction. */
const LOST_AFTER_HEADS = 3;

/**
 * Sends one account's transactions. Each is simulated, then written to the outbox with its nonce and signed bytes, and only then sent,
 * so that a crash at any point neither loses nor repeats it. One sender per account may `tick` at a time.
 */
export function createSender(options: Options) {
  const { client, account, chainId, outbox, guard, maxFeePerGasWei, onSent, onFinished, onError } = options;
  const { bumpAfterBlocks = 6, resendAfterBlocks = 3 } = options;
  const waiters = new Map<string, Set<() => void>>();
  const sentAtBlock = new Map<number, number>();
  const headsWithoutReceipt = new Map<number, number>();
  let running: Promise<void> | undefined;
  let next: BlockRef | undefined;
  let seen: Hex | undefined;

  function wake(key: string): void {
    for (const resolve of waiters.get(key) ?? []) resolve();
  }

  async function finish(row: OutboxRow, outcome: Outcome): Promise<void> {
    if (outcome.status === "mined") await outbox.finish(row.id, "mined", outcome.mined);
    if (outcome.status === "reverted") await outbox.finish(row.id, "reverted", outcome.mined, outcome.error);
    if (outcome.status === "refused") await outbox.close(row.id, "refused", outcome.error);
    if (outcome.status === "late") await outbox.close(row.id, "late", "its deadline passed before it was sent");
    sentAtBlock.delete(row.id);
    headsWithoutReceipt.delete(row.id);
    onFinished?.(row, outcome);
    wake(row.key);
  }

  async function minedOf({ attempts }: SentRow): Promise<(Mined & { isOk: boolean }) | undefined> {
    for (const { hash } of attempts) {
      try {
        const receipt = await client.getTransactionReceipt({ hash });
        const mined = { hash, blockNumber: Number(receipt.blockNumber), gasUsed: Number(receipt.gasUsed) };
        return { ...mined, isOk: receipt.status === "success" };
      } catch (error) {
        if (!(error instanceof TransactionReceiptNotFoundError)) throw error;
      }
    }
    return undefined;
  }

  async function simulate({ to, data }: Pick<Call, "to" | "data">): Promise<{ gas: bigint } | { revert: Revert }> {
    try {
      const gas = await client.estimateGas({ account: account.address, to, data });
      return { gas: gas + (gas * GAS_MARGIN.percent) / 100n + GAS_MARGIN.fixed };
    } catch (error) {
      const revert = revertOf(error);
      if (!revert) throw error;
      return { revert };
    }
  }

  async function fees(previous?: Attempt): Promise<Pick<Attempt, "maxFeePerGas" | "maxPriorityFeePerGas"> | undefined> {
    const now = await client.estimateFeesPerGas({ chain: null, type: "eip1559" });
    const raised = (old: bigint | undefined, wanted: bigint) => {
      const least = old === undefined ? 0n : old + old / 8n + 1n; // a replacement must pay at least a tenth more
      return largest(wanted, least);
    };
    const maxPriorityFeePerGas = raised(previous?.maxPriorityFeePerGas, now.maxPriorityFeePerGas);
    const wanted = raised(previous?.maxFeePerGas, now.maxFeePerGas);
    const maxFeePerGas = largest(wanted, maxPriorityFeePerGas);
    if (maxFeePerGas > maxFeePerGasWei && previous) return undefined;
    const capped = (fee: bigint) => -largest(-fee, -maxFeePerGasWei); // the smaller of the two
    return { maxFeePerGas: capped(maxFeePerGas), maxPriorityFeePerGas: capped(maxPriorityFeePerGas) };
  }

  async function signed(
    row: Pick<OutboxRow, "to" | "data">,
    nonce: number,
    gas: number,
    head: BlockRef,
    previous?: Attempt,
  ) {
    const fee = await fees(previous);
    if (!fee) return undefined;
    const { to, data } = row;
    const call = { type: "eip1559", chainId, to, data, nonce, gas: BigInt(gas), ...fee } as const;
    const raw = await account.signTransaction(call).catch((cause: unknown) => {
      throw new SigningFailed(`a call was not signed: ${cause instanceof Error ? cause.message : cause}`, { cause });
    });
    return { hash: keccak256(raw), raw, ...fee, signedAtBlock: head.number } satisfies Attempt;
  }

  /** Without a signer what was signed before is sent again. */
  async function signedAgain(row: SentRow, head: BlockRef, latest: Attempt): Promise<Attempt | undefined> {
    try {
      return await signed(row, row.nonce, row.gas, head, latest);
    } catch (error) {
      if (!(error instanceof SigningFailed)) throw error;
      onError(error, row);
      return undefined;
    }
  }

  async function broadcast(row: OutboxRow, attempt: Attempt, head: BlockRef): Promise<void> {
    sentAtBlock.set(row.id, head.number);
    try {
      await client.sendRawTransaction({ serializedTransaction: attempt.raw });
      onSent?.(row, attempt);
    } catch (error) {
      if (!isHarmless(error)) onError(error, row); // the bytes are kept: they are sent again after some blocks
    }
  }

  /** Looks after everything that is under way: receipts, lost nonces, sending again, higher fees. */
  async function follow(rows: SentRow[], head: BlockRef, usedNonces: number): Promise<void> {
    const isNewHead = seen !== head.hash;
    seen = head.hash;
    for (const row of rows) {
      const mined = await minedOf(row);
      // Only what lies in blocks whose events are applied counts: a reorg of those is noticed, and takes this back as well.
      if (mined && mined.blockNumber > head.number) continue;
      if (mined) {
        const { isOk, ...where } = mined;
        await finish(row, isOk ? { status: "mined", mined: where } : await revertedOutcome(row, where));
        continue;
      }
      if (row.nonce < usedNonces) {
        const heads = (headsWithoutReceipt.get(row.id) ?? 0) + (isNewHead ? 1 : 0);
        headsWithoutReceipt.set(row.id, heads);
        if (heads > LOST_AFTER_HEADS) {
          headsWithoutReceipt.delete(row.id);
          await outbox.requeue(row.id);
          guard?.lost(row.nonce);
        }
        continue;
      }
      const latest = row.attempts.at(-1);
      const sentAt = sentAtBlock.get(row.id);
      if (!latest) continue;
      if (sentAt === undefined || Math.abs(head.number - sentAt) >= resendAfterBlocks) {
        const isSlow = Math.abs(head.number - latest.signedAtBlock) >= bumpAfterBlocks;
        const attempt = isSlow ? await signedAgain(row, head, latest) : undefined;
        if (attempt) await outbox.addAttempt(row.id, attempt);
        await broadcast(row, attempt ?? latest, head);
      }
    }
  }

  /** The receipt does not tell the reason: ask again as of the block before. */
  async function revertedOutcome(row: SentRow, mined: Mined): Promise<Outcome> {
    try {
      const { to, data } = row;
      await client.call({ account: account.address, to, data, blockNumber: BigInt(mined.blockNumber) });
      return { status: "reverted", mined, error: "it ran out of gas, or the state changed within its block" };
    } catch (error) {
      return { status: "reverted", mined, error: revertOf(error)?.text ?? "the node no longer tells the reason" };
    }
  }

  async function sendQueued(head: BlockRef, firstNonce: number): Promise<void> {
    let nonce = firstNonce;
    for (const row of await outbox.queued()) {
      try {
        if (row.notAfter !== null && head.at >= row.notAfter) {
          await finish(row, { status: "late" });
          continue;
        }
        const simulation = await simulate(row);
        if ("revert" in simulation) {
          await finish(row, { status: "refused", error: simulation.revert.text });
          continue;
        }
        const gas = Number(simulation.gas);
        const attempt = await signed(row, nonce, gas, head);
        if (!attempt) continue;
        await outbox.sign(row.id, nonce, gas, attempt);
        nonce++;
        await broadcast(row, attempt, head);
      } catch (error) {
        onError(error, row);
        if (error instanceof SigningFailed) return; // it would be asked in vain for each
      }
    }
  }

  /** Nonces below those under way that no transaction of ours has: spends them, or nothing behind them is ever mined. */
  async function fillGap(head: BlockRef, from: number, to: number): Promise<void> {
    for (let nonce = from; nonce < to; nonce++) {
      const call: Call = {
        key: `fill:${nonce}:${head.hash}`,
        to: account.address,
        data: "0x",
        label: "fill a nonce",
        priority: 0,
      };
      const row = await outbox.enqueue(call);
      const attempt = await signed(call, nonce, 21_000, head);
      if (!attempt) return;
      await outbox.sign(row.id, nonce, 21_000, attempt);
      await broadcast(row, attempt, head);
    }
  }

  async function tickOnce(head: BlockRef): Promise<void> {
    const usedNonces = await client.getTransactionCount({ address: account.address, blockTag: "latest" });
    if (guard && !(await guard.check(usedNonces, head)).may) return;
    const rows = await outbox.sent();
    await follow(rows, head, usedNonces);

    const open = await outbox.sent();
    const lowest = open[0]?.nonce;
    const isStuck = lowest !== undefined && lowest > usedNonces && rows[0]?.nonce === lowest;
    if (isStuck) await fillGap(head, usedNonces, lowest);
    const highest = open.at(-1)?.nonce ?? -1;
    await sendQueued(head, Math.max(usedNonces, highest + 1));
  }

  return {
    /** Looks after what is under way and sends what waits. Calls while one runs are merged into one more run. */
    tick(head: BlockRef): Promise<void> {
      next = head;
      running ??= (async () => {
        try {
          while (next) {
            const newest = next;
            next = undefined;
            await tickOnce(newest);
          }
        } catch (error) {
          onError(error);
        } finally {
          running = undefined;
        }
      })();
      return running;
    },

    /** Asks for a transaction and waits for what becomes of it. Throws when `signal` aborts; the call stays in the outbox. */
    async submit(call: Call, signal: AbortSignal, onQueued?: () => void): Promise<Outcome> {
      let rung = Promise.withResolvers<void>();
      const listener = () => rung.resolve();
      const listeners = waiters.get(call.key) ?? new Set();
      waiters.set(call.key, listeners.add(listener));
      try {
        await outbox.enqueue(call);
        onQueued?.();
        while (true) {
          rung = Promise.withResolvers<void>(); // before reading, so that nothing is missed in between
          const row = await outbox.find(call.key);
          if (!row) throw new Error(`the outbox lost ${call.key}`);
          const outcome = outcomeOf(row);
          if (outcome) return outcome;
          await Promise.race([rung.promise, pause(1_000, signal)]); // another replica may be the one that sends
          signal.throwIfAborted();
        }
      } finally {
        listeners.delete(listener);
        if (listeners.size === 0) waiters.delete(call.key);
      }
    },

    /** The chain went back to a block: what was mined after it is under way again, and is sent once more. */
    async rewound(blockNumber: number): Promise<void> {
      await running; // it may have read a receipt of the blocks that are gone
      await outbox.rewind(blockNumber);
      sentAtBlock.clear();
      headsWithoutReceipt.clear();
    },
  };
}

export type Sender = ReturnType<typeof createSender>;

function outcomeOf({ status, hash, blockNumber, gasUsed, error }: OutboxRow): Outcome | undefined {
  if (status === "late") return { status };
  if (status === "refused") return { status, error: error ?? "" };
  if ((status === "mined" || status === "reverted") && hash !== null && blockNumber !== null) {
    const mined = { hash, blockNumber, gasUsed: gasUsed ?? 0 };
    return status === "mined" ? { status, mined } : { status, mined, error: error ?? "" };
  }
  return undefined;
}

// biome's useMathMinMax does not know that Math.max refuses bigints
function largest(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

/** The node has it already, or it was mined meanwhile: its receipt decides. */
function isHarmless(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  if (error.walk((cause) => cause instanceof NonceTooLowError)) return true;
  return /already known|already imported|nonce too low|known transaction/i.test(error.message);
}
