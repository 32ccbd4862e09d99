import { carsOfDrafts } from "@/lib/uploads/drafts";
import { carsOfJobs } from "@/lib/uploads/storage";

/** Held, shared, by every page that has packed something nobody has paid for; the browser lets go of it when a page ends. */
const LOCK = "4ever.unpaid-cars";
const DAY_MS = 86_400_000;

/** Keeps other pages from sweeping away what this one is packing, until the returned function is called. */
export async function guardCars(locks: LockManager): Promise<() => void> {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await new Promise<void>((granted, refused) => {
    locks
      .request(LOCK, { mode: "shared" }, () => {
        granted();
        return released;
      })
      .catch(refused);
  });
  return release;
}

/** CARs that are waiting for their upload: of uploads under way, and of requests that were just being paid for. */
export function neededCars(
  storage: Storage,
  { nowMs, acceptSeconds }: { nowMs: number; acceptSeconds: number },
): string[] {
  return [...carsOfJobs(storage), ...carsOfDrafts(storage, nowMs - acceptSeconds * 1_000 - DAY_MS)];
}

/**
 * Frees the space of packed folders that no upload will ever take: pages that were closed or reloaded before paying leave them behind.
 * While another page is packing or has something packed, it does nothing; a later page will.
 */
export async function sweepCars({
  locks,
  needed,
  removeOthers,
}: {
  locks: LockManager;
  needed: () => readonly string[];
  removeOthers: (keep: readonly string[]) => Promise<void>;
}): Promise<void> {
  await locks.request(LOCK, { mode: "exclusive", ifAvailable: true }, async (lock) => {
    if (lock) await removeOthers(needed());
  });
}
