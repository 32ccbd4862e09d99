import { GIB } from "@4ever/sdk/units";
import { parseAmount } from "@/lib/format/money";

const MIB = 2n ** 20n;

/** Units in which people enter a capacity; three decimals of each are taken. */
export const CAPACITY_UNITS = [
  { symbol: "MiB", bytes: MIB },
  { symbol: "GiB", bytes: GIB },
  { symbol: "TiB", bytes: 1024n * GIB },
] as const;
export type CapacityUnit = (typeof CAPACITY_UNITS)[number];

const DECIMALS = 3;
const SCALE = 10n ** BigInt(DECIMALS);

/** The largest unit in which a capacity is at least one. */
export function unitOf(capacityBytes: bigint): CapacityUnit {
  return CAPACITY_UNITS.findLast(({ bytes }) => capacityBytes >= bytes) ?? CAPACITY_UNITS[0];
}

/** Bytes of a typed number of a unit, down to whole bytes, or why it cannot be read. */
export function parseCapacity(
  text: string,
  { symbol, bytes }: CapacityUnit,
): { ok: true; bytes: bigint } | { ok: false; problem: string } {
  const parsed = parseAmount(text, { symbol, decimals: DECIMALS });
  return parsed.ok ? { ok: true, bytes: (parsed.amount * bytes) / SCALE } : parsed;
}

/** A capacity as a number of a unit, rounded up so that what is in it still fits. */
export function capacityText(capacityBytes: bigint, { bytes }: CapacityUnit): string {
  const scaled = (capacityBytes * SCALE + bytes - 1n) / bytes;
  const fraction = (scaled % SCALE).toString().padStart(DECIMALS, "0").replace(/0+$/, "");
  return `${scaled / SCALE}${fraction ? `.${fraction}` : ""}`;
}

/** Why a deal cannot have this capacity; undefined when it can. All sizes in bytes. */
export function capacityObstacle({
  wanted,
  present,
  used,
  offered,
  isOffered,
}: {
  wanted: bigint;
  present: bigint;
  /** Under proof. */
  used: bigint;
  /** Free in the offer; undefined while unknown. */
  offered: bigint | undefined;
  /** Whether the offer is still on the market; undefined while unknown. */
  isOffered: boolean | undefined;
}): "zero" | "same" | "used" | "withdrawn" | "offer" | undefined {
  if (wanted === 0n) return "zero";
  if (wanted === present) return "same";
  if (wanted < used) return "used";
  if (wanted <= present) return undefined;
  if (isOffered === false) return "withdrawn";
  return offered !== undefined && wanted - present > offered ? "offer" : undefined;
}
