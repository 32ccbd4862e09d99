import { type Address, encodeAbiParameters, getAddress, type Hex, parseAbiParameters } from "viem";
import { signPermit } from "./permit.ts";
import { type Connection, GIB } from "./policy.ts";

/** One dollar of a token with 6 decimals. Base units. */
export const USD = 1_000_000n;
/** What customer and stranger hold of each payment token at first. Base units. */
export const GENESIS_USD = 1_000_000n * USD;
export const REFUND_DELAY_SECONDS = 600n;
export const MAX_UINT96 = 2n ** 96n - 1n;
export const MAX_UINT128 = 2n ** 128n - 1n;
export const MAX_UINT256 = 2n ** 256n - 1n;

/**
 * The ledger alone, with three registered tokens: 1 has a permit, 2 has none, 3 burns a share of each transfer. Customer and stranger
 * hold some of each and have approved the ledger for none. `agent` and `operator` are plain accounts; `hostile` is a contract that does
 * what it is told.
 */
export async function deployLedger(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const [governor, customer, provider, operator, agent, stranger, feeRecipient] = await viem.getWalletClients();
  if (!governor || !customer || !provider || !operator || !agent || !stranger || !feeRecipient) {
    throw new Error("too few accounts");
  }
  const ledger = await viem.deployContract("Ledger", [feeRecipient.account.address, REFUND_DELAY_SECONDS]);
  const usd = await viem.deployContract("LocalUsd", [governor.account.address]);
  const plain = await viem.deployContract("PlainToken");
  const fee = await viem.deployContract("FeeToken");
  for (const { address } of [usd, plain, fee]) await ledger.write.registerToken([address]);
  for (const { account } of [customer, stranger]) {
    await usd.write.mint([account.address, GENESIS_USD]);
    await plain.write.mint([account.address, GENESIS_USD]);
    await fee.write.mint([account.address, GENESIS_USD]);
  }
  const hostile = await viem.deployContract("HostileMarket");

  return {
    ledger,
    usd,
    plain,
    fee,
    hostile,
    governor,
    customer,
    provider,
    operator,
    agent,
    stranger,
    feeRecipient,
    by: {
      customer: { account: customer.account },
      provider: { account: provider.account },
      operator: { account: operator.account },
      stranger: { account: stranger.account },
    },
    /** Unix seconds of the next block's time, plus `seconds`. */
    in: async (seconds: bigint) => BigInt(await networkHelpers.time.latest()) + 1n + seconds,
    /** A permit of the customer for the ledger. */
    async permit(amount: bigint, deadline = 2n ** 48n) {
      const signed = await signPermit(customer, usd, { spender: ledger.address, value: amount, deadline });
      return { amount, ...signed };
    },
  };
}

/** Length of a period of `deployPayments`. Seconds. */
export const PERIOD_SECONDS = 100n;
/** The period in which `deployPayments` begins. */
export const FIRST_PERIOD = 50n;
export const HOLDBACK_PERIODS = 2n;
/** Token base units per GiB and 30 periods: three dollars, so that one GiB earns 100,000 in a period. */
export const UNIT_PRICE = 3n * USD;
export const PER_GIB_PERIOD = 100_000n;
/** Basis points. */
export const FEE_BPS = 250;
/** The fee in a gross amount at {@link FEE_BPS}, rounded down. Token base units. */
export const feeOf = (gross: bigint) => (gross * BigInt(FEE_BPS)) / 10_000n;
/** What of a gross amount reaches the provider. Token base units. */
export const netOf = (gross: bigint) => gross - feeOf(gross);

/**
 * Payments on the ledger, between doubles: the market is a plain account, the verifier finds proven what a test says. The customer has
 * 1,000 dollars in the ledger and has approved the market for all of it. `FIRST_PERIOD` has just begun.
 */
export async function deployPayments(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const deployed = await deployLedger(connection);
  const { ledger, usd, customer, provider, agent, by } = deployed;
  const startsAt = BigInt(await networkHelpers.time.latest()) + 1_000n;
  const originAt = startsAt - FIRST_PERIOD * PERIOD_SECONDS;
  const payments = await viem.deployContract("DealPayments", [
    ledger.address,
    HOLDBACK_PERIODS,
    originAt,
    PERIOD_SECONDS,
  ]);
  const verifier = await viem.deployContract("VerifierDouble");
  const market = { account: agent.account };
  const [payer, payee] = [getAddress(customer.account.address), getAddress(provider.account.address)];
  await usd.write.approve([ledger.address, 1_000n * USD], by.customer);
  await ledger.write.deposit([payer, 1, 1_000n * USD], by.customer);
  await ledger.write.approveOperator([payments.address, agent.account.address, 1, MAX_UINT128, 2n ** 40n], by.customer);
  await networkHelpers.time.increaseTo(startsAt);

  /** Two GiB for 40 periods at `UNIT_PRICE`: 8 dollars. */
  const terms = {
    payer,
    payee,
    tokenId: 1,
    most: 8n * USD,
    signer: payer,
    capacityBytes: 2n * GIB,
    unitPrice: UNIT_PRICE,
    feeBps: FEE_BPS,
    expiresAt: Number(startsAt + 100n * PERIOD_SECONDS),
  };
  const keyOf = (dealId: bigint) => (BigInt(agent.account.address) << 96n) | dealId;
  return {
    ...deployed,
    payments,
    verifier,
    by: { ...by, market },
    payer,
    payee,
    marketAddress: getAddress(agent.account.address),
    terms,
    keyOf,
    /** Key of deal 1. */
    dealKey: keyOf(1n),
    reserve: (changes: Partial<typeof terms> = {}, dealId = 1n) =>
      payments.write.reserve([dealId, { ...terms, ...changes }], market),
    /** Starts a deal on set 9, for 40 periods unless told otherwise. */
    start: (dealId = 1n, endPeriod = FIRST_PERIOD + 41n) =>
      payments.write.start([dealId, verifier.address, 9, Number(endPeriod)], market),
    add: (amountBytes: bigint, nonce: bigint, { dealId = 1n, setId = 9n } = {}) =>
      verifier.write.addBytes([payments.address, keyOf(dealId), setId, amountBytes, nonce]),
    remove: (amountBytes: bigint, dealId = 1n) =>
      verifier.write.removeBytes([payments.address, keyOf(dealId), amountBytes]),
    /** Finds periods of set 9 proven, [`from`, `to`). */
    prove: (from: bigint, to: bigint) => verifier.write.setProven([9n, from, to, true]),
    /** Goes to the beginning of a period. */
    enter: (period: bigint) => networkHelpers.time.increaseTo(originAt + period * PERIOD_SECONDS),
    /** Money of the deal's payer, payee and of the fee recipient in the ledger, and what deal 1 still locks. */
    async funds() {
      const [left, provider, fees] = await balancesOf(ledger, 1, [payer, payee, deployed.feeRecipient.account.address]);
      const lock = await ledger.read.lockOf([payments.address, keyOf(1n)]);
      return { payer: left, payee: provider, fees, locked: lock.left };
    },
  };
}

/** Balances in the ledger. Token base units. */
export function balancesOf(
  ledger: { read: { balanceOf(args: readonly [Address, number]): Promise<bigint> } },
  tokenId: number,
  accounts: readonly Address[],
): Promise<bigint[]> {
  return Promise.all(accounts.map((account) => ledger.read.balanceOf([account, tokenId])));
}

/** What `HostileMarket` does when the ledger hands it a call. */
export function attempts(calls: readonly { target: Address; data: Hex }[]): Hex {
  return encodeAbiParameters(parseAbiParameters("(address target, bytes data)[]"), [calls]);
}
