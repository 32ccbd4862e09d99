import type { Address, Hex } from "viem";

/** Key of a deal in the index: market (20 bytes) and number (12 bytes). */
export function dealEntityId(market: Address, dealId: bigint): Hex {
  return `${market.toLowerCase() as Hex}${dealId.toString(16).padStart(24, "0")}`;
}
