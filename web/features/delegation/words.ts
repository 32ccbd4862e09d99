import { growthBps, type Pool } from "@4ever/sdk/pools";
import { formatBps, formatShare } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";

/** How a provider is called in a sentence: by its own name, else by its address. */
export function nameOf({ name, provider }: Pick<Pool, "name" | "provider">): string {
  return name || shorten(provider);
}

/** What a pool's EVER gained since the pool began: `+2.5 %`. */
export function growthWords(pool: Pick<Pool, "index">): string {
  const bps = growthBps(pool);
  return bps > 0 ? `+${formatBps(bps)}` : formatBps(bps);
}

/** Part of the judged periods that were proven: `99.2 %`. */
export function provenWords({ provenPeriods, missedPeriods }: Pick<Pool, "provenPeriods" | "missedPeriods">): string {
  const judged = provenPeriods + missedPeriods;
  return judged === 0 ? "none due yet" : formatShare(provenPeriods, judged);
}
