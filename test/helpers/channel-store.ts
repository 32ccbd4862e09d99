import type { ChannelStore } from "../../sdk/src/channels/store.ts";

/** A store in memory. `pause` is awaited around every access, so that a test can order, or break, what happens at the same time. */
export function createMemoryStore<Entry>(pause: () => Promise<void> = async () => {}): ChannelStore<Entry> {
  const entries = new Map<string, Entry>();
  return {
    async read(key) {
      await pause();
      return entries.get(key);
    },
    async replace(key, before, next) {
      await pause();
      if (entries.get(key) !== before) return false;
      entries.set(key, next);
      await pause();
      return true;
    },
  };
}
