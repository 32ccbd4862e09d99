// Carries the plan out.
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "viem";
import { BLOCK_SECONDS } from "../stack/anvil.ts";
import { callRpc } from "../stack/rpc.ts";
import type { SoakNetwork } from "./network.ts";
import { type Action, describeAction, type Step } from "./plan.ts";
import type { Random } from "./random.ts";

/** Something that was done; times of `performance.now()`. `note` says what came of it. */
export type Done = { action: Action; fromMs: number; toMs: number; note: string };

const FILLER = "filler";
/** Far longer than a block takes to make. */
const STILL_MS = 500;
const CHUNK = Buffer.alloc(2 ** 20);

export function createChaos(network: SoakNetwork, random: Random, say: (text: string) => void) {
  const { supervisor, rpcUrl, sellers, disk } = network;
  const done: Done[] = [];
  const kills = new Map<string, number>();
  let lostTransactions = 0;

  function kill(unit: string, signal: NodeJS.Signals = "SIGKILL"): boolean {
    const isHit = supervisor.signal(unit, signal);
    if (isHit && signal === "SIGKILL") kills.set(unit, (kills.get(unit) ?? 0) + 1);
    return isHit;
  }

  /** Replaces the last blocks. The nodes of a network send what was in them again, in their order; what a sender loses it loses from there on. */
  async function reorganise(depth: number, isLossy: boolean): Promise<string> {
    // A block that anvil makes meanwhile leaves a hole in its chain for ever. From here on blocks come each second only, as elsewhere.
    await callRpc(rpcUrl, "evm_setIntervalMining", [0]);
    try {
      await untilNoBlockComes();
      return await replaceBlocks(depth, isLossy);
    } finally {
      await callRpc(rpcUrl, "evm_setIntervalMining", [BLOCK_SECONDS]);
    }
  }

  /** A block that anvil had begun is still made. */
  async function untilNoBlockComes(): Promise<void> {
    for (let height: Hex | undefined; ; await delay(STILL_MS)) {
      const now = await callRpc<Hex>(rpcUrl, "eth_blockNumber");
      if (now === height) return;
      height = now;
    }
  }

  async function replaceBlocks(depth: number, isLossy: boolean): Promise<string> {
    const head = Number(await callRpc<Hex>(rpcUrl, "eth_blockNumber"));
    const blocks = await Promise.all(
      Array.from({ length: depth }, (_, i) =>
        callRpc<{ transactions: { hash: Hex; from: Hex }[] }>(rpcUrl, "eth_getBlockByNumber", [
          `0x${(head - depth + 1 + i).toString(16)}`,
          true,
        ]),
      ),
    );
    const sent = blocks.flatMap(({ transactions }) => transactions);
    const raw = await Promise.all(sent.map(({ hash }) => callRpc<Hex>(rpcUrl, "eth_getRawTransactionByHash", [hash])));
    await callRpc(rpcUrl, "anvil_reorg", [depth, []]);
    const senders = [...new Set(sent.map(({ from }) => from))];
    const losers = new Set(isLossy ? senders.filter(() => random.below(2) === 0) : []);
    let lost = 0;
    for (const [i, { from }] of sent.entries()) {
      if (losers.has(from)) lost++;
      else await callRpc(rpcUrl, "eth_sendRawTransaction", [raw[i]]).catch(() => lost++);
    }
    lostTransactions += lost;
    return `${sent.length} transactions taken back, ${lost} lost`;
  }

  /** Takes every byte that the disk has left, for a while. */
  async function fillDisk(seconds: number): Promise<string> {
    const small = sellers.at(-1);
    if (disk !== "tmpfs" || !small) return "there is no disk of its own: the keeper's quota stands for it";
    const file = join(small.dataDir, FILLER);
    const filler = openSync(file, "w");
    let mib = 0;
    try {
      for (;;) {
        const { bavail, bsize } = statfsSync(small.dataDir);
        if (bavail * bsize < CHUNK.length) break;
        mib += writeSync(filler, CHUNK) / CHUNK.length;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(filler);
    }
    await delay(seconds * 1_000);
    rmSync(file, { force: true });
    return `${Math.round(mib)} MiB written`;
  }

  async function act(action: Action): Promise<string> {
    switch (action.kind) {
      case "kill":
        return kill(action.unit) ? "killed" : "it was down";
      case "kill-all":
        return `${supervisor.names().filter((unit) => kill(unit)).length} killed`;
      case "restart-database":
        return kill("postgres", action.mode === "orderly" ? "SIGINT" : "SIGQUIT") ? "told" : "it was down";
      case "reorg":
        return await reorganise(action.depth, action.isLossy);
      case "jump":
        await callRpc(rpcUrl, "evm_increaseTime", [action.seconds]);
        return "done";
      case "fill-disk":
        return await fillDisk(action.seconds);
    }
  }

  return {
    done,
    kills,
    lostTransactions: () => lostTransactions,

    async run(plan: readonly Step[], startedAtMs: number, signal: AbortSignal): Promise<void> {
      for (const { atMs, action } of plan) {
        await delay(Math.max(0, startedAtMs + atMs - performance.now()), undefined, { signal });
        const fromMs = performance.now();
        // A chain that is down cannot be reorganised: that is no fault.
        const note = await act(action).catch((error: Error) => `could not be done: ${error.message}`);
        done.push({ action, fromMs, toMs: performance.now(), note });
        say(`${describeAction(action)}: ${note}`);
      }
    },
  };
}

export type Chaos = ReturnType<typeof createChaos>;
