const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes with three significant digits and a binary unit: `1.46 GiB`. */
export function formatBytes(bytes: bigint | number): string {
  const count = Number(bytes);
  if (count < 1024) return `${count} B`;
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  // 999.6 KiB would round to "1000 KiB"; a reader expects it as 0.98 MiB, which three digits give.
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${UNITS[unit]}`;
}

/** Every byte, grouped, for tooltips and copying: `1,572,864 bytes`. */
export function exactBytes(bytes: bigint | number): string {
  const count = BigInt(bytes);
  return `${count.toLocaleString("en-US")} ${count === 1n ? "byte" : "bytes"}`;
}
