import type { ChannelTerms } from "./vouchers.ts";

/**
 * Where a book or an accumulator keeps one record for each channel. It outlives the process.
 * Whoever implements it over a database does `replace` as one conditional update.
 */
export interface ChannelStore<Entry> {
  read(key: string): Promise<Entry | undefined>;
  /**
   * Writes `next` if the entry is still `before`, as it was read, and resolves when it would survive a crash; to false when somebody
   * else wrote first.
   */
  replace(key: string, before: Entry | undefined, next: Entry): Promise<boolean>;
}

/** Names a channel for ever, across chains and contracts. */
export function channelKey({ chainId, channels, channelId }: ChannelTerms): string {
  return `${chainId}/${channels.toLowerCase()}/${channelId}`;
}
