import { BigInt } from "@graphprotocol/graph-ts";

export const ZERO = BigInt.zero();
/** Bytes of one leaf of a piece. */
export const LEAF_BYTES = BigInt.fromI32(128);
const MOST_I32 = BigInt.fromI32(i32.MAX_VALUE);

/** As `Int`; what does not fit becomes the largest one, since a handler that fails stops the index for everybody. */
export function toInt(value: BigInt): i32 {
  return value.gt(MOST_I32) ? i32.MAX_VALUE : value.toI32();
}
