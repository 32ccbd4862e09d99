import { formatUnits, parseUnits } from "viem";

/** Bytes of one GiB: what a price is about. */
export const GIB = 2n ** 30n;
/** Periods that a price is for: a month where a period is a day. */
export const PRICE_PERIODS = 30n;
/** Bytes of one leaf of a piece: what sizes are rounded up to on chain. */
export const LEAF_BYTES = 128n;
/** Steps in which markets reserve stake. EVER base units. */
export const STAKE_STEP = 10n ** 12n;
/** Decimals of EVER. */
export const EVER_DECIMALS = 18;
const BPS = 10_000n;

/** A text is not an amount. The message is a sentence for whoever typed it. */
export class UnitError extends Error {
  override readonly name = "UnitError";
}

/** Base units of an amount as people write it, such as `2.50`. Throws {@link UnitError}. */
export function parseMoney(text: string, decimals: number): bigint {
  const trimmed = text.trim();
  if (!/^\d+(\.\d+)?$/.test(trimmed)) throw new UnitError(`"${text}" is not an amount. Write it like 12 or 12.50.`);
  const places = trimmed.split(".")[1]?.length ?? 0;
  if (places > decimals)
    throw new UnitError(`"${text}" has ${places} decimal places, the token has ${decimals}. Write fewer.`);
  return parseUnits(trimmed, decimals);
}

/** `2500000` with 6 decimals and `USDC` → `2.5 USDC`. Exact: nothing is rounded. */
export function formatMoney(amount: bigint, { decimals, symbol }: { decimals: number; symbol: string }): string {
  return `${formatUnits(amount, decimals)} ${symbol}`;
}

/** EVER base units → `12.5 EVER`. */
export function formatEver(amount: bigint): string {
  return formatMoney(amount, { decimals: EVER_DECIMALS, symbol: "EVER" });
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `1610612736` → `1.5 GiB`, rounded to three places. */
export function formatBytes(bytes: bigint | number): string {
  let unit = 0;
  let value = BigInt(bytes) * 1000n;
  while (value >= 1024n * 1000n && unit < BYTE_UNITS.length - 1) {
    value = (value + 512n) / 1024n;
    unit++;
  }
  return `${Number(value) / 1000} ${BYTE_UNITS[unit]}`;
}

/** `10GiB`, `1.5 MiB` or `4096` → bytes, rounded up. Throws {@link UnitError}. */
export function parseBytes(text: string): bigint {
  const match = /^(\d+)(?:\.(\d{1,6}))?\s*(B|KiB|MiB|GiB|TiB|PiB)?$/i.exec(text.trim());
  const unit = BYTE_UNITS.findIndex((name) => name.toLowerCase() === (match?.[3] ?? "B").toLowerCase());
  if (!match || unit === -1) throw new UnitError(`"${text}" is not a size. Write it like 500MiB or 10GiB.`);
  const [, whole = "0", fraction = ""] = match;
  const scale = 10n ** BigInt(fraction.length);
  return ceilDiv(BigInt(whole + fraction) * 1024n ** BigInt(unit), scale);
}

/**
 * Most that a deal can cost: what `DealPayments.costOf` says. Token base units, rounded up, so that a lock never falls short of what is
 * earned. Use it for what to lock, never for what was earned.
 * @param unitPrice Token base units per GiB and 30 periods.
 */
export function costOf(unitPrice: bigint, amountBytes: bigint, periods: bigint): bigint {
  return ceilDiv(unitPrice * amountBytes * periods, GIB * PRICE_PERIODS);
}

/**
 * Gross earnings of bytes that were proven for some periods. Token base units, rounded down, in the customer's favour. The contracts round
 * once over a deal's whole history: sums of several calls can be less than what they pay.
 */
export function earnedOf(unitPrice: bigint, liveBytes: bigint, provenPeriods: bigint): bigint {
  return (unitPrice * liveBytes * provenPeriods) / (GIB * PRICE_PERIODS);
}

/** What reaches a provider of a gross amount. Token base units; the fee is rounded down, in the provider's favour. */
export function netOf(gross: bigint, feeBps: bigint): bigint {
  return gross - (gross * feeBps) / BPS;
}

/** EVER base units that back an amount: what `ServiceCatalog.stakeFor` says, rounded up to a multiple of {@link STAKE_STEP}. */
export function stakeFor(service: { unitBytes: bigint; stakePerUnit: bigint }, amountBytes: bigint): bigint {
  return ceilDiv(ceilDiv(amountBytes * service.stakePerUnit, service.unitBytes), STAKE_STEP) * STAKE_STEP;
}

function ceilDiv(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
