import type { Hex } from "viem";
import { ByteCache } from "./byte-cache.ts";
import { type Epoch, type FilePlan, KNOWN_MS, type Planned } from "./plans.ts";

const MOST_BYTES = 32 * 2 ** 20;
/** Memory of a plan without its extents. */
const PLAN_BYTES = 1_024;

type Known = { plan: FilePlan; epoch: number; atMs: number };

/** Plans of files that were asked for, each confirmed once for each state of the chain. */
export function createPlanCache(
  epoch: Epoch,
  ask: (label: string, path: string, knownRoot: Hex | undefined) => Promise<Planned>,
) {
  const known = new ByteCache<Known>(MOST_BYTES);
  const asking = new Map<string, Promise<FilePlan | undefined>>();

  async function learn(key: string, label: string, path: string): Promise<FilePlan | undefined> {
    const now = Atomics.load(epoch, 0); // before the question: what changes meanwhile makes it stale
    const atMs = performance.now();
    const before = known.get(key);
    const answer = await ask(label, path, before?.plan.root);
    if (answer === "none") {
      known.delete(key);
      return undefined;
    }
    const plan = answer === "same" ? before?.plan : answer.plan;
    if (plan) known.set(key, { plan, epoch: now, atMs }, PLAN_BYTES + key.length + plan.extents.byteLength);
    return plan;
  }

  return {
    /** The plan for a path of a site; undefined when its answer is none of a file in a local CAR. At once when it is known. */
    find(label: string, path: string): FilePlan | undefined | Promise<FilePlan | undefined> {
      const key = `${label}/${path}`;
      const entry = known.get(key);
      if (entry && entry.epoch === Atomics.load(epoch, 0) && performance.now() - entry.atMs < KNOWN_MS)
        return entry.plan;
      const under = asking.get(key);
      if (under) return under;
      const learning = learn(key, label, path).finally(() => asking.delete(key));
      asking.set(key, learning);
      return learning;
    },
  };
}

export type PlanCache = ReturnType<typeof createPlanCache>;
