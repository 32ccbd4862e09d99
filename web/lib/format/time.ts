/** Months and years from two on: a deadline in 59 days is not one in a month. */
const STEPS: readonly [seconds: number, singular: string, least?: number][] = [
  [31_536_000, "year", 2],
  [2_592_000, "month", 2],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** A span in its largest one or two units: `2 h 5 min`, `21 days`, `45 s`. `seconds` may be fractional; its sign is dropped. */
export function formatSpan(seconds: number | bigint): string {
  const total = Math.round(Math.abs(Number(seconds)));
  if (total < 60) return `${total} s`;
  if (total < 3_600) return total % 60 === 0 ? `${total / 60} min` : `${Math.floor(total / 60)} min ${total % 60} s`;
  if (total < 86_400) {
    const minutes = Math.floor((total % 3_600) / 60);
    return `${Math.floor(total / 3_600)} h${minutes ? ` ${minutes} min` : ""}`;
  }
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3_600);
  if (days < 3 && hours) return `${days} d ${hours} h`;
  return `${days} ${days === 1 ? "day" : "days"}`;
}

/** `at` against `now`, both Unix seconds of chain time: `in 3 hours`, `2 minutes ago`, `now`. */
export function formatRelative(at: number, now: number): string {
  const distance = at - now;
  const magnitude = Math.abs(distance);
  for (const [seconds, unit, least = 1] of STEPS) {
    if (magnitude < least * seconds) continue;
    const count = Math.floor(magnitude / seconds);
    const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
    return distance < 0 ? `${words} ago` : `in ${words}`;
  }
  return "now";
}

/** The moment in the reader's own zone, with the zone named. */
export function formatAbsolute(at: number): string {
  return new Date(at * 1000).toLocaleString(undefined, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
}
