/** A token as people read it. `decimals` scales base units; the symbol is always shown beside the number. */
export interface TokenUnit {
  symbol: string;
  decimals: number;
}

export type Rounding = "down" | "up";

const SIGNIFICANT_DECIMALS = 4;
/** Below this many leading zeros a number stops being readable, so it becomes "< 0.000001". */
const MOST_LEADING_ZEROS = 5;
const GROUPS = /\B(?=(\d{3})+(?!\d))/g;

/** All digits of an amount in token base units, without grouping or rounding: what is copied and shown in tooltips. */
export function exactAmount(amount: bigint, decimals: number): string {
  const sign = amount < 0n ? "-" : "";
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? "" : digits.slice(-decimals).replace(/0+$/, "");
  return `${sign}${whole}${fraction ? `.${fraction}` : ""}`;
}

/**
 * An amount in token base units with at most four significant decimals and grouped thousands, without its symbol.
 * `down` (the default) never shows more than there is; use `up` for what somebody has to pay.
 */
export function formatAmount(amount: bigint, decimals: number, rounding: Rounding = "down"): string {
  const magnitude = amount < 0n ? -amount : amount;
  const sign = amount < 0n ? "−" : "";
  if (magnitude === 0n) return "0";

  const scale = 10n ** BigInt(decimals);
  const fraction = (magnitude % scale).toString().padStart(decimals, "0");
  const leadingZeros = fraction.length - fraction.replace(/^0+/, "").length;
  const isBelowOne = magnitude < scale;
  if (isBelowOne && leadingZeros > MOST_LEADING_ZEROS) return `${sign}< 0.${"0".repeat(MOST_LEADING_ZEROS)}1`;

  const kept = Math.min(decimals, SIGNIFICANT_DECIMALS + (isBelowOne ? leadingZeros : 0));
  const step = 10n ** BigInt(decimals - kept);
  const rounded = rounding === "up" ? ((magnitude + step - 1n) / step) * step : (magnitude / step) * step;
  const [whole = "0", rest] = exactAmount(rounded, decimals).split(".");
  return `${sign}${whole.replace(GROUPS, ",")}${rest ? `.${rest}` : ""}`;
}

/** An amount with its symbol, e.g. `12.5 USDC`. */
export function formatMoney(amount: bigint, token: TokenUnit, rounding: Rounding = "down"): string {
  return `${formatAmount(amount, token.decimals, rounding)} ${token.symbol}`;
}

/** What somebody typed as a decimal, as token base units; the problem as a sentence when it is not one. */
export type ParsedAmount = { ok: true; amount: bigint } | { ok: false; problem: string };

/** Reads a typed decimal ("1,250.5") into token base units. Does not throw. */
export function parseAmount(text: string, token: TokenUnit): ParsedAmount {
  const cleaned = text.trim().replaceAll(/[,\s_]/g, "");
  if (cleaned === "") return { ok: false, problem: `Enter an amount in ${token.symbol}.` };
  const match = /^(\d*)(?:\.(\d*))?$/.exec(cleaned);
  const [, whole = "", fraction = ""] = match ?? [];
  if (!match || (whole === "" && fraction === "")) return { ok: false, problem: `“${text.trim()}” is not a number.` };
  if (fraction.replace(/0+$/, "").length > token.decimals) {
    return { ok: false, problem: `${token.symbol} has ${token.decimals} decimals; this has ${fraction.length}.` };
  }
  const padded = fraction.slice(0, token.decimals).padEnd(token.decimals, "0");
  return { ok: true, amount: BigInt(`${whole || "0"}${padded}`) };
}
