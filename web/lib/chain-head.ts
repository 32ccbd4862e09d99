/** The newest block as the dashboard saw it. `timestamp` is Unix seconds of chain time. */
export interface ChainHead {
  number: number;
  timestamp: number;
  seenAtMs: number;
}

/**
 * Chain time now: the head's time plus what has passed here since it was seen. Deadlines are judged by the chain's clock,
 * which on a local chain can be far from the reader's.
 */
export function chainNowOf(head: ChainHead, nowMs: number): number {
  return head.timestamp + Math.max(0, nowMs - head.seenAtMs) / 1000;
}
