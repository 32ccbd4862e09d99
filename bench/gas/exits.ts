import { parseEther, parseGwei } from "viem";
import type { Measured, Scenario } from "./scenarios.ts";

const MOST_TRANCHES = 16;
const SMALL = parseEther("1");

/**
 * Thawed stake of a provider's own that somebody pays out for a bounty: one tranche, and 16 of them. `exit/withdraw` is the vault alone.
 */
export const exits: Scenario = async ({ contracts, connection, furnish, provider, gasOf, by }) => {
  const { vault, exits: bounties } = contracts;
  await furnish();
  const account = provider.account.address;
  const unbonding = await vault.read.UNBONDING_SECONDS();
  const thaw = () => vault.write.thaw([SMALL], by.provider);
  const pass = () => connection.networkHelpers.time.increase(unbonding);
  const offer = (tranche: number) =>
    gasOf(bounties.write.offer([account, tranche], { ...by.provider, value: parseGwei("100000") }));
  const execute = () => gasOf(bounties.write.execute([account, account, 1n], by.operator));

  await thaw();
  await pass();
  const measured: Measured = { "exit/withdraw": await gasOf(vault.write.withdraw([account, account], by.operator)) };
  await thaw();
  measured["exit/offer"] = await offer(1);
  measured["exit/raise"] = await offer(1);
  await pass();
  measured["exit/execute"] = await execute();
  await thaw();
  await offer(2);
  measured["exit/take-back"] = await gasOf(bounties.write.takeBack([account], by.provider));
  for (let i = 1; i < MOST_TRANCHES; i++) await thaw();
  await offer(MOST_TRANCHES + 1);
  await pass();
  measured["exit/execute/16"] = await execute();
  return measured;
};
