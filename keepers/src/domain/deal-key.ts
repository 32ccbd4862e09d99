/** Deal that a deal key belongs to; the rest of the key is the market. */
export function dealIdOf(dealKey: bigint): bigint {
  return BigInt.asUintN(56, dealKey);
}

/** Market that a deal key belongs to, as a lower-case address. */
export function marketOf(dealKey: bigint): `0x${string}` {
  return `0x${(dealKey >> 96n).toString(16).padStart(40, "0")}`;
}
