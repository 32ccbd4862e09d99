import { getAddress, parseEther } from "viem";
import { MAX_UINT128 as MOST, REFUND_DELAY_SECONDS, USD } from "./money.ts";
import { type Connection, GENESIS_EVER } from "./policy.ts";

export const EPOCH_SECONDS = 1_000_000n;
export const HALF_LIFE_SECONDS = 3_600n;
/** EVER base units. */
export const FLOOR_PRICE = parseEther("1");
export const SHARE_DELAY_SECONDS = 7n * 86_400n;
/** Basis points. */
export const INSURANCE_BPS = 2_000n;
/** Where an auction without a price begins: all the EVER that can exist. Base units. */
export const EVER_CAP = parseEther("1000000000");
export const START_MULTIPLE = 4n;
/** Tokens of the ledger: of dollars, of units as small as EVER's, one percent burned by each transfer, one that calls back, EVER. */
export const USD_ID = 1;
export const WIDE_ID = 2;
export const FEE_ID = 3;
export const REENTRANT_ID = 4;
export const EVER_ID = 5;

/** The price of a lot some seconds after it opened, as the contract computes it. EVER base units. */
export function priceAfter(startPrice: bigint, seconds: bigint): bigint {
  const halved = startPrice >> (seconds / HALF_LIFE_SECONDS);
  const price = halved - (halved * (seconds % HALF_LIFE_SECONDS)) / (2n * HALF_LIFE_SECONDS);
  return price > FLOOR_PRICE ? price : FLOOR_PRICE;
}

/** What of an amount is insured at the first share, and what is sold. Token base units. */
export const insuredOf = (amount: bigint) => (amount * INSURANCE_BPS) / 10_000n;
export const soldOf = (amount: bigint) => amount - insuredOf(amount);

/**
 * The router with a ledger that pays its fees to it; `insurance` is a plain account. Fees come from the customer, who has as much
 * of each token as can be sold. Buyer and stranger hold EVER, and have approved the router for all of it.
 */
export async function deployFees(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const [governor, customer, buyer, stranger, insurance] = await viem.getWalletClients();
  if (!governor || !customer || !buyer || !stranger || !insurance) throw new Error("too few accounts");
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const holders = [customer, buyer, stranger].map(({ account }) => account.address);
  const ever = await viem.deployContract("EverToken", [holders, holders.map(() => GENESIS_EVER), manager.address]);
  const originAt = BigInt(await networkHelpers.time.latest());
  const router = await viem.deployContract("FeeRouter", [
    ever.address,
    originAt,
    EPOCH_SECONDS,
    HALF_LIFE_SECONDS,
    FLOOR_PRICE,
    SHARE_DELAY_SECONDS,
    Number(INSURANCE_BPS),
    manager.address,
  ]);
  const ledger = await viem.deployContract("Ledger", [router.address, REFUND_DELAY_SECONDS]);
  const usd = await viem.deployContract("PlainToken");
  const wide = await viem.deployContract("PlainToken");
  const feeToken = await viem.deployContract("FeeToken");
  const reentrant = await viem.deployContract("ReentrantToken");
  const asCustomer = { account: customer.account };
  for (const { address } of [usd, wide, feeToken, reentrant]) {
    const token = await viem.getContractAt("PlainToken", address);
    await ledger.write.registerToken([address]);
    await token.write.mint([customer.account.address, MOST]);
    await token.write.approve([ledger.address, MOST], asCustomer);
  }
  await ledger.write.registerToken([ever.address]);
  await ever.write.approve([ledger.address, GENESIS_EVER], asCustomer);
  for (const { account } of [buyer, stranger]) await ever.write.approve([router.address, GENESIS_EVER], { account });
  await router.write.connect([ledger.address, insurance.account.address]);

  return {
    manager,
    ever,
    router,
    ledger,
    usd,
    wide,
    feeToken,
    reentrant,
    originAt,
    buyerAddress: getAddress(buyer.account.address),
    strangerAddress: getAddress(stranger.account.address),
    insuranceAddress: getAddress(insurance.account.address),
    by: {
      customer: asCustomer,
      buyer: { account: buyer.account },
      stranger: { account: stranger.account },
    },
    /** Fees come in, as the ledger's balance of the router. */
    pay: (amount: bigint, tokenId = USD_ID) => ledger.write.deposit([router.address, tokenId, amount], asCustomer),
    /** Unix seconds of the next block, which this fixes. */
    async nextAt(seconds: bigint) {
      const at = BigInt(await networkHelpers.time.latest()) + seconds;
      await networkHelpers.time.setNextBlockTimestamp(at);
      return at;
    },
    /** Moves the next block to some seconds after the lot opened. */
    async after(seconds: bigint, tokenId = USD_ID) {
      const { startedAt } = await router.read.lotOf([tokenId]);
      await networkHelpers.time.setNextBlockTimestamp(BigInt(startedAt) + seconds);
    },
    /** Buys the present lot at whatever it costs. */
    async buy(tokenId = USD_ID, account = { account: buyer.account }) {
      const { lotId } = await router.read.lotOf([tokenId]);
      return await router.write.buy([tokenId, lotId, EVER_CAP, account.account.address], account);
    },
  };
}

/** Ten dollars of fees, of which eight are sold. */
export const TEN = 10n * USD;
