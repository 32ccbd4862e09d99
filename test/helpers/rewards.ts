import { getAddress, parseEther } from "viem";
import { deployFees, EPOCH_SECONDS, FLOOR_PRICE, HALF_LIFE_SECONDS, USD_ID } from "./fees.ts";
import type { Connection } from "./policy.ts";

/** EVER base units in each of the first epochs. */
export const FIRST_EMISSION = parseEther("1000");
export const HALVING_EPOCHS = 4n;

/**
 * The pool over the real router, ledger and token; payments, channels and vault are doubles. Deal 1 belongs to the first provider, deal 2
 * to the second, both in token 1; deal 3 is the first provider's in token 2.
 */
export async function deployRewards(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const deployed = await deployFees(connection);
  const { ever, router, manager, by, originAt } = deployed;
  const [, , , , , one, two] = await viem.getWalletClients();
  if (!one || !two) throw new Error("too few accounts");
  const providers = [getAddress(one.account.address), getAddress(two.account.address)] as const;
  const double = await viem.deployContract("PaymentsDouble");
  const vault = await viem.deployContract("StakeRewardsDouble", [ever.address]);
  const pool = await viem.deployContract("RewardPool", [
    {
      ever: ever.address,
      router: router.address,
      ledger: double.address,
      payments: double.address,
      channels: double.address,
      vault: vault.address,
    },
    FIRST_EMISSION,
    HALVING_EPOCHS,
  ]);
  await manager.write.grantRole([0n, pool.address, 0]);
  const payer = by.customer.account.address;
  await double.write.setDeal([1n, payer, providers[0], 1]);
  await double.write.setDeal([2n, payer, providers[1], 1]);
  await double.write.setDeal([3n, payer, providers[0], 2]);

  return {
    ...deployed,
    pool,
    double,
    vault,
    providers,
    /** Deals have paid this much in all, and it is recorded. Token base units. */
    async record(dealKey: bigint, fees: bigint) {
      await double.write.setPaid([dealKey, 0n, fees]);
      return await pool.write.recordDeal([dealKey]);
    },
    /** Fees come in and are sold at once, for a price near `price`: EVER base units. */
    async sell(amount: bigint, tokenId = USD_ID, price = FLOOR_PRICE) {
      await deployed.pay(amount, tokenId);
      await router.write.collect([tokenId]);
      const { startPrice } = await router.read.lotOf([tokenId]);
      let halvings = 0n;
      while (startPrice >> halvings > price) halvings++;
      await deployed.after(halvings * HALF_LIFE_SECONDS, tokenId);
      await deployed.buy(tokenId);
    },
    /** Goes to the beginning of an epoch. */
    enter: (epoch: bigint) => networkHelpers.time.increaseTo(originAt + epoch * EPOCH_SECONDS),
  };
}
