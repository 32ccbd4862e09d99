// The ids of the index, as subgraph/src/ids.ts builds them: numbers are big-endian and of fixed width, addresses in lower case.
import { type Address, concat, type Hex, toHex } from "viem";

/** Id of the one `Network`: "network". */
export const NETWORK_ID: Hex = "0x6e6574776f726b";

/** Id of a `Token`, by its number in the ledger. */
export function tokenIdOf(tokenId: number): Hex {
  return toHex(tokenId, { size: 4 });
}

/** Id of what an account can spend in one token. */
export function balanceIdOf(account: Address, tokenId: number): Hex {
  return concat([lower(account), tokenIdOf(tokenId)]);
}

/** Id of an `Offer`, by its number in the registry. */
export function offerIdOf(offerId: number): Hex {
  return toHex(offerId, { size: 4 });
}

/** Id of an `Allocation`: a provider's stake that backs a service. */
export function allocationIdOf(provider: Address, serviceId: Hex): Hex {
  return concat([lower(provider), serviceId]);
}

/** Id of a `Deal`, by its key. */
export function dealIdOf(dealKey: bigint): Hex {
  return toHex(dealKey, { size: 32 });
}

/** Id of a `ProvingSet`, by its number in its verifier. */
export function provingSetIdOf(verifier: Address, setId: number): Hex {
  return concat([lower(verifier), toHex(setId, { size: 4 })]);
}

/** Id of a `Proof` or a `MissedPeriod`: a set has one of either per period. */
export function verdictIdOf(provingSetId: Hex, period: number): Hex {
  return concat([provingSetId, toHex(period, { size: 4 })]);
}

/** Id of the `Lock` that an operator, such as the contract for payments, keeps under a number; for deals it is the deal's key. */
export function lockIdOf(operator: Address, lockId: bigint): Hex {
  return concat([lower(operator), toHex(lockId, { size: 32 })]);
}

/** Id of a `Channel`. */
export function channelIdOf(channelId: bigint): Hex {
  return toHex(channelId, { size: 8 });
}

/** Id of a `FeeLot`: counted per token from 1 on. */
export function feeLotIdOf(tokenId: number, lotId: bigint): Hex {
  return concat([tokenIdOf(tokenId), toHex(lotId, { size: 8 })]);
}

/** Id of a `FeeEpoch`. */
export function epochIdOf(epoch: bigint): Hex {
  return toHex(epoch, { size: 8 });
}

/** Id of a `ProviderReward`: what an account's fees in one token earn in one epoch. */
export function rewardIdOf(provider: Address, epoch: bigint, tokenId: number): Hex {
  return concat([lower(provider), epochIdOf(epoch), tokenIdOf(tokenId)]);
}

/** Id of an `ExitBounty`: an account's exit from a provider. */
export function exitBountyIdOf(provider: Address, account: Address): Hex {
  return concat([lower(provider), lower(account)]);
}

/** Id of a `Round`. */
export function roundIdOf(period: number): Hex {
  return toHex(period, { size: 4 });
}

function lower(address: Address): Hex {
  return address.toLowerCase() as Hex;
}
