// Which periods were proven, which were not, and what was going on meanwhile.
import { setTimeout as delay } from "node:timers/promises";
import type { Done } from "./chaos.ts";
import { type History, isLiveIn } from "./history.ts";
import type { SoakNetwork } from "./network.ts";
import { describeAction } from "./plan.ts";
import type { Outage } from "./supervisor.ts";

const SAMPLE_MS = 500;
/** A keeper that came back catches up first. */
const AFTERMATH_MS = 8_000;

/** When the chain's clock showed what. */
export type Clock = { at: number; ms: number }[];

/** Looks at the chain's clock now and then, for as long as it answers. */
export async function watchClock({ client }: SoakNetwork, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const block = await client.getBlock().catch(() => undefined);
    if (block) clock.push({ at: Number(block.timestamp), ms: performance.now() });
    await delay(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
}

export type Periods = {
  proven: number;
  missed: number;
  /** Periods that went without a proof, by what was going on in their window. */
  causes: Record<string, number>;
  /** Longest row of periods that one set went without a proof. */
  longestGap: number;
};

/** Judges every closed period in which a set had live pieces. A miss without a cause is one that chaos does not explain. */
export function judgePeriods(
  { deployment, sellers }: SoakNetwork,
  history: History,
  { clock, done, outages }: { clock: Clock; done: readonly Done[]; outages: readonly Outage[] },
): Periods {
  const { originAt, periodSeconds } = deployment.parameters;
  const lastClosed = Math.floor((Number(history.block.timestamp) - originAt) / periodSeconds) - 2;
  const result: Periods = { proven: 0, missed: 0, causes: {}, longestGap: 0 };
  for (const [setId, provider] of history.setProviders) {
    const seller = sellers.find(({ offer }) => offer.provider === provider)?.name ?? "";
    const pieces = history.pieces.filter((piece) => piece.setId === setId);
    const proven = history.proven.get(setId) ?? new Set<number>();
    const first = Math.min(...pieces.map(({ addedIn }) => addedIn + 1));
    let gap = 0;
    for (let period = first; period <= lastClosed; period++) {
      if (!pieces.some((piece) => isLiveIn(piece, period))) continue;
      if (proven.has(period)) {
        result.proven++;
        gap = 0;
        continue;
      }
      result.missed++;
      result.longestGap = Math.max(result.longestGap, ++gap);
      const window = { from: originAt + (period + 1) * periodSeconds, to: originAt + (period + 2) * periodSeconds };
      const cause = causeOf(seller, window, { clock, done, outages }) ?? "nothing that was done to it";
      result.causes[cause] = (result.causes[cause] ?? 0) + 1;
    }
  }
  return result;
}

function causeOf(
  seller: string,
  window: { from: number; to: number },
  { clock, done, outages }: { clock: Clock; done: readonly Done[]; outages: readonly Outage[] },
): string | undefined {
  const inside = clock.filter(({ at }) => at >= window.from && at < window.to);
  const [first, last] = [inside[0]?.ms, inside.at(-1)?.ms];
  if (first === undefined || last === undefined) return "the chain's clock went past its window";
  const meets = (fromMs: number, toMs: number) => fromMs <= last && toMs + AFTERMATH_MS >= first;
  const outage = outages.find(
    ({ name, fromMs, toMs }) => [seller, "chain", "postgres"].includes(name) && meets(fromMs, toMs),
  );
  if (outage) return outage.name === seller ? "its keeper was down" : `the ${outage.name} was down`;
  const found = done.find(({ action, fromMs, toMs }) => /^(reorg|jump)$/.test(action.kind) && meets(fromMs, toMs));
  return found && describeAction(found.action).replace(/ \d+.*/, "");
}
