import { type Address, concat, type Hex, toHex } from "viem";

// The ids of the index, as subgraph/src/ids.ts builds them: numbers are big-endian and of fixed width.

/** Id of the one `Network`: "network". */
export const NETWORK_ID: Hex = "0x6e6574776f726b";

export function tokenIdOf(tokenId: number): Hex {
  return toHex(tokenId, { size: 4 });
}

export function balanceIdOf(account: Address, tokenId: number): Hex {
  return concat([lower(account), tokenIdOf(tokenId)]);
}

export function offerIdOf(offerId: number): Hex {
  return toHex(offerId, { size: 4 });
}

export function dealIdOf(dealKey: bigint): Hex {
  return toHex(dealKey, { size: 32 });
}

export function provingSetIdOf(verifier: Address, setId: number): Hex {
  return concat([lower(verifier), toHex(setId, { size: 4 })]);
}

/** Id of the lock that an operator, such as the contract for payments, keeps under a number; for deals it is the deal's key. */
export function lockIdOf(operator: Address, lockId: bigint): Hex {
  return concat([lower(operator), toHex(lockId, { size: 32 })]);
}

export function roundIdOf(period: number): Hex {
  return toHex(period, { size: 4 });
}

/** The index knows addresses in lower case only. */
function lower(address: Address): Hex {
  return address.toLowerCase() as Hex;
}
