// Every id is built here, and only here. Numbers are big-endian and of fixed width, so that clients can build the same ids: what
// they build is named alike in sdk/src/subgraph/ids.ts.
import { Address, BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";

/** Id of the one `Network`. */
export const NETWORK_ID = Bytes.fromUTF8("network");
/** Id of the one `GovernorSettings`. */
export const GOVERNOR_ID = Bytes.fromUTF8("governor");
/** Id of the one `Guard`. */
export const GUARD_ID = Bytes.fromUTF8("guard");

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

/** Of what an event tells once: transaction hash and log index. */
export function eventIdOf(event: ethereum.Event): Bytes {
  return event.transaction.hash.concat(bigEndian(event.logIndex, 4));
}

/** By its number in the ledger. */
export function tokenIdOf(token: BigInt): Bytes {
  return bigEndian(token, 4);
}

/** Of what an account can spend in one token. */
export function balanceIdOf(account: Bytes, token: Bytes): Bytes {
  return account.concat(token);
}

/** Of what an operator may lock for one agent. */
export function approvalIdOf(account: Address, operator: Address, agent: Address, token: Bytes): Bytes {
  return account.concat(operator).concat(agent).concat(token);
}

/** By the number that its operator gave it; a deal's key for deals. */
export function lockIdOf(operator: Address, lock: BigInt): Bytes {
  return operator.concat(bigEndian(lock, 32));
}

/** By its number. */
export function channelIdOf(channel: BigInt): Bytes {
  return bigEndian(channel, 8);
}

/** By its token and its number. */
export function feeLotIdOf(token: Bytes, lot: BigInt): Bytes {
  return token.concat(bigEndian(lot, 8));
}

/** By its number. */
export function epochIdOf(epoch: BigInt): Bytes {
  return bigEndian(epoch, 8);
}

/** Of what an account's fees in one token earn in one epoch. */
export function rewardIdOf(account: Bytes, epoch: BigInt, token: Bytes): Bytes {
  return account.concat(epochIdOf(epoch)).concat(token);
}

/** By its number. */
export function proposalIdOf(proposal: BigInt): Bytes {
  return bigEndian(proposal, 32);
}

/** Of what one account votes with in one stake pool. */
export function poolBallotIdOf(proposal: Bytes, provider: Address, voter: Address): Bytes {
  return proposal.concat(provider).concat(voter);
}

/** By the moment of its beginning. */
export function pauseIdOf(pausedAt: BigInt): Bytes {
  return bigEndian(pausedAt, 8);
}

/** Of what a provider earned in one token. */
export function earningIdOf(provider: Bytes, token: Bytes): Bytes {
  return provider.concat(token);
}

/** By its number in the registry. */
export function offerIdOf(offer: BigInt): Bytes {
  return bigEndian(offer, 4);
}

/** Of a provider's stake that backs one service. */
export function allocationIdOf(provider: Address, service: Bytes): Bytes {
  return provider.concat(service);
}

/** Of what an account has delegated to a provider. */
export function delegationIdOf(provider: Address, delegator: Address): Bytes {
  return provider.concat(delegator);
}

/** Of one start of an unbonding, by its number. */
export function trancheIdOf(provider: Address, account: Address, tranche: BigInt): Bytes {
  return provider.concat(account).concat(bigEndian(tranche, 4));
}

/** Of what a case holds back of a provider's stake. */
export function freezeIdOf(provider: Address, caseId: Bytes): Bytes {
  return provider.concat(caseId);
}

/** Of the invitations that an issuer signed at once. */
export function inviteBatchIdOf(issuer: Address, nonce: BigInt): Bytes {
  return issuer.concat(bigEndian(nonce, 8));
}

/** Of an invitation, by its place in its batch. */
export function inviteIdOf(batch: Bytes, index: BigInt): Bytes {
  return batch.concat(bigEndian(index, 4));
}

/** By its market and its number in it, which are its key. */
export function dealIdIn(market: Address, deal: BigInt): Bytes {
  return market.concat(bigEndian(deal, 12));
}

/** By its key. */
export function dealIdOf(dealKey: BigInt): Bytes {
  return bigEndian(dealKey, 32);
}

/** By its number in its verifier. */
export function provingSetIdOf(verifier: Address, set: BigInt): Bytes {
  return verifier.concat(bigEndian(set, 4));
}

/** A slot is used again only after its piece left, in a later period. */
export function pieceIdOf(set: Bytes, slot: BigInt, addedIn: BigInt): Bytes {
  return set.concat(bigEndian(slot, 5)).concat(bigEndian(addedIn, 4));
}

/** Of a proof, and of a miss: a set has one of either per period. */
export function verdictIdOf(set: Bytes, period: BigInt): Bytes {
  return set.concat(bigEndian(period, 4));
}

/** Of the randomness of one period. */
export function roundIdOf(period: BigInt): Bytes {
  return bigEndian(period, 4);
}

/** Of the network's totals in one period. */
export function periodIdOf(period: i32): Bytes {
  return bigEndian(BigInt.fromI32(period), 4);
}

/** Of a token's totals in one period. */
export function tokenPeriodIdOf(token: Bytes, period: i32): Bytes {
  return token.concat(periodIdOf(period));
}

/** Where an event stands on the chain: block number and, in 32 bits, log index. No two events share one. */
export function positionOf(event: ethereum.Event): BigInt {
  return event.block.number.leftShift(32).plus(event.logIndex);
}
