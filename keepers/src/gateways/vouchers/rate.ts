/** Callers that are remembered at most; when there are more, all begin anew. */
const MAX_CALLERS = 10_000;

/**
 * Lets each caller do `perSecond` of something in the long run, and `burst` at once.
 * @param nowMs A clock that never goes back.
 */
export function createRate(
  { perSecond, burst }: { perSecond: number; burst: number },
  nowMs = () => performance.now(),
) {
  const callers = new Map<string, { left: number; at: number }>();
  return (caller: string): boolean => {
    const at = nowMs();
    const before = callers.get(caller) ?? { left: burst, at };
    const left = Math.min(burst, before.left + ((at - before.at) / 1_000) * perSecond);
    if (!callers.has(caller) && callers.size >= MAX_CALLERS) callers.clear();
    callers.set(caller, { left: left >= 1 ? left - 1 : left, at });
    return left >= 1;
  };
}
