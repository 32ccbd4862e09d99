// Every id is built here, and only here. Numbers are big-endian and of fixed width, so that clients can build the same ids.
import { Address, BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";

/** Id of the one `Network`. */
export const NETWORK_ID = Bytes.fromUTF8("network");

/** `width` bytes, big-endian; what does not fit is cut off at the front. */
export function bigEndian(value: BigInt, width: i32): Bytes {
  const bytes = new Uint8Array(width);
  for (let i = 0; i < width && i < value.length; i++) bytes[width - 1 - i] = value[i];
  return Bytes.fromUint8Array(bytes);
}

/** The number that `length` bytes from `start` say, big-endian. */
export function numberAt(bytes: Bytes, start: i32, length: i32): BigInt {
  const reversed = new Uint8Array(length);
  for (let i = 0; i < length; i++) reversed[i] = bytes[start + length - 1 - i];
  return BigInt.fromUnsignedBytes(Bytes.fromUint8Array(reversed));
}

export function eventId(event: ethereum.Event): Bytes {
  return event.transaction.hash.concat(bigEndian(event.logIndex, 4));
}

export function tokenId(token: BigInt): Bytes {
  return bigEndian(token, 4);
}

export function balanceId(account: Bytes, token: Bytes): Bytes {
  return account.concat(token);
}

export function approvalId(account: Address, operator: Address, agent: Address, token: Bytes): Bytes {
  return account.concat(operator).concat(agent).concat(token);
}

export function lockId(operator: Address, lock: BigInt): Bytes {
  return operator.concat(bigEndian(lock, 32));
}

export function earningsId(provider: Bytes, token: Bytes): Bytes {
  return provider.concat(token);
}

export function offerId(offer: BigInt): Bytes {
  return bigEndian(offer, 4);
}

export function allocationId(provider: Address, service: Bytes): Bytes {
  return provider.concat(service);
}

export function inviteId(issuer: Address, nonce: BigInt): Bytes {
  return issuer.concat(bigEndian(nonce, 32));
}

/** A deal's key is its market and its number in it. */
export function dealIdOf(market: Address, deal: BigInt): Bytes {
  return market.concat(bigEndian(deal, 12));
}

export function dealIdOfKey(dealKey: BigInt): Bytes {
  return bigEndian(dealKey, 32);
}

export function setIdOf(verifier: Address, set: BigInt): Bytes {
  return verifier.concat(bigEndian(set, 4));
}

/** A slot is used again only after its piece left, in a later period. */
export function pieceId(set: Bytes, slot: BigInt, addedIn: BigInt): Bytes {
  return set.concat(bigEndian(slot, 5)).concat(bigEndian(addedIn, 4));
}

/** Of a proof, and of a miss: a set has one of either per period. */
export function setPeriodId(set: Bytes, period: BigInt): Bytes {
  return set.concat(bigEndian(period, 4));
}

export function roundId(period: BigInt): Bytes {
  return bigEndian(period, 4);
}

export function periodId(period: i32): Bytes {
  return bigEndian(BigInt.fromI32(period), 4);
}

export function tokenPeriodId(token: Bytes, period: i32): Bytes {
  return token.concat(periodId(period));
}

/** Where an event stands on the chain: block number and, in 32 bits, log index. No two events share one. */
export function positionOf(event: ethereum.Event): BigInt {
  return event.block.number.leftShift(32).plus(event.logIndex);
}
