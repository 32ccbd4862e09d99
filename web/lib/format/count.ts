/** An integer with grouped thousands. */
export function formatCount(count: number | bigint): string {
  return count.toLocaleString("en-US");
}

/** `1 piece`, `2 pieces`: a number is never shown without its noun. */
export function plural(count: number | bigint, singular: string, many = `${singular}s`): string {
  return `${formatCount(count)} ${BigInt(count) === 1n ? singular : many}`;
}

/** `part` of `whole` in percent with one decimal where it matters; "—" when there is no whole. */
export function formatShare(part: number | bigint, whole: number | bigint): string {
  if (Number(whole) === 0) return "—";
  const percent = (Number(part) / Number(whole)) * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  return percent < 99.95 && percent >= 0.05 ? `${Number(percent.toFixed(1))} %` : percent > 50 ? "> 99.9 %" : "< 0.1 %";
}

/** Basis points: `10 %`, `12.5 %`, `−3.2 %`. */
export function formatBps(bps: number): string {
  return `${bps < 0 ? "−" : ""}${Math.abs(bps) / 100} %`;
}
