import { type Address, encodeAbiParameters, getAbiItem, type Hex, parseEther, zeroAddress } from "viem";
import { dealMarketAbi } from "../../sdk/src/generated/abis.ts";
import { GENESIS_USD, USD } from "./money.ts";
import { signPermit } from "./permit.ts";
import { type Connection, deployPolicy, GIB, HOSTING } from "./policy.ts";
import { headersOf, type OpenablePiece, pieceOf, proofOf, rpcBlock, uniformPiece } from "./proofs.ts";

/** Constructor parameters in time. Seconds; periods. */
export interface Spans {
  periodSeconds: bigint;
  proofWindowSeconds: bigint;
  retrySeconds: bigint;
  acceptSeconds: bigint;
  refundDelaySeconds: bigint;
  gracePeriods: bigint;
  noticePeriods: bigint;
  holdbackPeriods: bigint;
}

export const PRODUCTION_SPANS: Spans = {
  periodSeconds: 86_400n,
  proofWindowSeconds: 21_600n,
  retrySeconds: 2_400n,
  acceptSeconds: 7_200n,
  refundDelaySeconds: 30n * 86_400n,
  gracePeriods: 7n,
  noticePeriods: 7n,
  holdbackPeriods: 30n,
};

export const LOCAL_SPANS: Spans = {
  periodSeconds: 20n,
  proofWindowSeconds: 10n,
  retrySeconds: 10n,
  acceptSeconds: 120n,
  refundDelaySeconds: 600n,
  gracePeriods: 3n,
  noticePeriods: 2n,
  holdbackPeriods: 2n,
};

/** The period in which each fixture begins: not the first one, and in the middle of a word of 224. */
export const FIRST_PERIOD = 300n;
/** The first token of the ledger. */
export const TOKEN = 1;
/** Token base units per GiB and 30 periods: 0.02 dollars. */
export const UNIT_PRICE = 20_000n;
export const OFFER_BYTES = 100n * GIB;
/** `IDealMarket.Status`. */
export const Status = {
  None: 0,
  Requested: 1,
  Active: 2,
  Ending: 3,
  Finished: 4,
  Declined: 5,
  Cancelled: 6,
  Expired: 7,
} as const;
/** `IDealMarket.Action`. */
export const Action = { Request: 0, Renew: 1, ChangeCapacity: 2 } as const;

/** `IDealMarket.Request` as viem encodes it. */
export interface RequestArguments {
  mode: number;
  replicas: number;
  proofClass: number;
  offerId: number;
  tokenId: number;
  capacityBytes: bigint;
  termPeriods: number;
  maxUnitPrice: bigint;
  bounty: bigint;
  payments: Address;
  verifier: Address;
  sessionKey: Address;
  firstPiece: { root: Hex; leafCount: number; cidDigest: Hex };
}

/**
 * The whole protocol of real contracts on the simulated chain, at the beginning of `FIRST_PERIOD`: `hosting` and the dollar are listed,
 * the market too; one provider is registered, staked and allocated with offer 1; the customer holds dollars, in its wallet only.
 */
export async function deployProtocol(connection: Connection, spans: Spans = PRODUCTION_SPANS) {
  const { viem, networkHelpers } = connection;
  const policy = await deployPolicy(connection);
  const { governor, provider, operator, customer, stranger, catalog, registry, vault, ever } = policy;
  const feeRecipient = (await viem.getWalletClients())[9];
  if (!feeRecipient) throw new Error("too few accounts");
  const startsAt = BigInt(await networkHelpers.time.latest()) + 1_000n;
  const originAt = startsAt - FIRST_PERIOD * spans.periodSeconds;

  const usd = await viem.deployContract("LocalUsd", [governor.account.address]);
  const ledger = await viem.deployContract("Ledger", [feeRecipient.account.address, spans.refundDelaySeconds]);
  const payments = await viem.deployContract("DealPayments", [
    ledger.address,
    spans.holdbackPeriods,
    originAt,
    spans.periodSeconds,
  ]);
  const beacon = await viem.deployContract("RandomBeacon", [
    originAt,
    spans.periodSeconds,
    spans.proofWindowSeconds,
    spans.retrySeconds,
  ]);
  const proofs = await viem.deployContract("PossessionProofs", [
    beacon.address,
    payments.address,
    ledger.address,
    registry.address,
  ]);
  const parts = {
    ledger: ledger.address,
    payments: payments.address,
    proofs: proofs.address,
    beacon: beacon.address,
    registry: registry.address,
    catalog: catalog.address,
    vault: vault.address,
  };
  const market = await viem.deployContract("DealMarket", [
    parts,
    spans.acceptSeconds,
    spans.gracePeriods,
    spans.noticePeriods,
  ]);
  const by = {
    governor: { account: governor.account },
    provider: { account: provider.account },
    operator: { account: operator.account },
    customer: { account: customer.account },
    stranger: { account: stranger.account },
  };

  await ledger.write.registerToken([usd.address]);
  await catalog.write.setToken([TOKEN, true]);
  await registry.write.setMarket([market.address, true]);
  await vault.write.setMarket([market.address, true]);
  await usd.write.mint([customer.account.address, GENESIS_USD]);
  await usd.write.mint([stranger.account.address, GENESIS_USD]);
  await registry.write.register(
    [operator.account.address, 1, "https://provider.example:8443", "First", "0x"],
    by.provider,
  );
  await ever.write.approve([vault.address, parseEther("1000")], by.provider);
  await vault.write.stake([parseEther("1000")], by.provider);
  await vault.write.allocate([HOSTING, parseEther("500")], by.provider);
  await registry.write.publishOffer([HOSTING, TOKEN, UNIT_PRICE, OFFER_BYTES, 2, "eu-central"], by.provider);
  await networkHelpers.time.increaseTo(startsAt);

  const keyOf = (dealId: bigint) => (BigInt(market.address) << 96n) | dealId;
  const firstPiece = uniformPiece(Number(GIB / 128n), "first");
  /** A request of 2 GiB for 30 periods at the offer's price, with a first piece of 1 GiB. */
  const request = (changes: Partial<RequestArguments> = {}): RequestArguments => ({
    mode: 0,
    replicas: 1,
    proofClass: 1,
    offerId: 1,
    tokenId: TOKEN,
    capacityBytes: 2n * GIB,
    termPeriods: 30,
    maxUnitPrice: UNIT_PRICE,
    bounty: 0n,
    payments: payments.address,
    verifier: proofs.address,
    sessionKey: zeroAddress,
    firstPiece: pieceOf(firstPiece),
    ...changes,
  });

  return {
    ...policy,
    market,
    usd,
    ledger,
    payments,
    beacon,
    proofs,
    parts,
    spans,
    feeRecipient,
    by,
    originAt,
    firstPiece,
    keyOf,
    request,
    /** Base units that must be locked for some bytes at the offer's price; rounded up. */
    costOf: (periods: bigint, amountBytes = 2n * GIB, unitPrice = UNIT_PRICE) =>
      costOf(unitPrice, amountBytes, periods),
    /** What an agent of the customer's call may lock. */
    handover: (most: bigint) => ({ operator: payments.address, agent: market.address, tokenId: TOKEN, most }),
    /** Puts the customer's dollars into the ledger. */
    async deposit(amount = 1_000n * USD) {
      await usd.write.approve([ledger.address, amount], by.customer);
      await ledger.write.deposit([customer.account.address, TOKEN, amount], by.customer);
    },
    /** The customer's permit for the ledger. */
    async permit(amount: bigint, deadline = 2n ** 48n) {
      const signed = await signPermit(customer, usd, { spender: ledger.address, value: amount, deadline });
      return { amount, ...signed };
    },
    /** The customer's lasting approval of the market. */
    approve: (most: bigint) =>
      ledger.write.approveOperator([payments.address, market.address, TOKEN, most, 2n ** 40n], by.customer),
    /** Goes to the beginning of a period. */
    enter: (period: bigint) => networkHelpers.time.increaseTo(originAt + period * spans.periodSeconds),
    /** Records the seed of a period that has ended, from the first block after its end. Goes there when it has not ended yet. */
    async record(period: bigint) {
      const endsAt = originAt + (period + 1n) * spans.periodSeconds;
      if (BigInt(await networkHelpers.time.latest()) < endsAt) await networkHelpers.time.increaseTo(endsAt);
      const boundaryAt = await beacon.read.boundaryOf([period]);
      let number = BigInt(await networkHelpers.time.latestBlock());
      while (BigInt((await rpcBlock(connection, number - 1n)).timestamp) >= boundaryAt) number -= 1n;
      return beacon.write.record([period, ...(await headersOf(connection, number))], by.stranger);
    },
    /** Proves an ended and recorded period over all that the set holds. */
    async prove(setId: bigint, period: bigint, pieces: readonly OpenablePiece[] = [firstPiece]) {
      const [seed] = await beacon.read.roundOf([period]);
      const total = await proofs.read.totalAt([setId, period]);
      const proof = await proofOf(connection, { proofs: proofs.address, setId, period, seed, total, pieces });
      return proofs.write.prove([setId, period, proof], by.operator);
    },
  };
}

/** Token base units, rounded up. `unitPrice` per GiB and 30 periods. */
export function costOf(unitPrice: bigint, amountBytes: bigint, periods: bigint): bigint {
  return (unitPrice * amountBytes * periods + GIB * 30n - 1n) / (GIB * 30n);
}

const REQUEST = getAbiItem({ abi: dealMarketAbi, name: "request" }).inputs[0];

/** What the ledger hands to the market for a request. */
export function encodeRequest(request: RequestArguments): Hex {
  return encodeAbiParameters([{ type: "uint8" }, REQUEST], [Action.Request, request]);
}

/** What the ledger hands to the market for a renewal. */
export function encodeRenew(dealId: bigint, addedPeriods: number): Hex {
  return encodeAbiParameters(
    [{ type: "uint8" }, { type: "uint256" }, { type: "uint32" }],
    [Action.Renew, dealId, addedPeriods],
  );
}

/** What the ledger hands to the market for another capacity. */
export function encodeChangeCapacity(dealId: bigint, capacityBytes: bigint, maxUnitPrice: bigint): Hex {
  return encodeAbiParameters(
    [{ type: "uint8" }, { type: "uint256" }, { type: "uint64" }, { type: "uint96" }],
    [Action.ChangeCapacity, dealId, capacityBytes, maxUnitPrice],
  );
}
