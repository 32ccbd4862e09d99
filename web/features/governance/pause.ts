const HOUR_SECONDS = 3_600;

/** Reads how long a pause lasts, in whole hours. @param mostSeconds The contract's bound. */
export function readPause(
  text: string,
  mostSeconds: number,
): { ok: true; spanSeconds: number } | { ok: false; problem: string } {
  const most = Math.floor(mostSeconds / HOUR_SECONDS);
  const hours = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  if (hours < 1 || hours > most) return { ok: false, problem: `Enter 1 to ${most} whole hours.` };
  return { ok: true, spanSeconds: hours * HOUR_SECONDS };
}
