import type { Pool } from "@4ever/sdk/pools";
import type { PoolEvent } from "@4ever/sdk/subgraph/pools";

/** What stood behind a provider from a moment on. EVER base units; Unix seconds. */
export interface PoolMoment {
  at: number;
  own: bigint;
  delegated: bigint;
}

/**
 * Active stake over time, oldest first: told backwards from what is there now, so that it is exact however far back the events go.
 * @param events The newest first.
 */
export function timelineOf({ own, delegated }: Pick<Pool, "own" | "delegated">, events: readonly PoolEvent[]) {
  const moments: PoolMoment[] = [];
  let now = { own, delegated };
  for (const event of events) {
    if (event.own === 0n && event.delegated === 0n) continue;
    // Of several in one block the last one is what that block left.
    if (moments.at(-1)?.at !== event.at) moments.push({ at: event.at, ...now });
    now = { own: now.own - event.own, delegated: now.delegated - event.delegated };
  }
  return moments.reverse();
}
