import { formatEver } from "@4ever/sdk/units";
import { bindContracts } from "../../chain/contracts.ts";
import type { WaitingReward } from "../../store/rewards.ts";
import { type Finding, ok, type Subject, warning } from "./check.ts";

/** Whether rewards are fetched, and what waits. */
export async function checkRewards(
  { client, config, deployment }: Subject,
  waiting: readonly WaitingReward[],
): Promise<Finding> {
  const { pool } = bindContracts(client, deployment.contracts);
  if (!pool)
    return config.rewards
      ? warning("this deployment pays no rewards", "Take `rewards` out of the configuration.")
      : ok("this deployment pays none");
  if (!config.rewards) return ok("none are fetched: with `rewards` in the configuration your fees earn EVER");
  const sum = waiting.reduce((total, { amount }) => total + amount, 0n);
  const oldest = Math.max(0, ...waiting.map(({ waitedEpochs }) => waitedEpochs));
  if (oldest < 2) return ok(`${formatEver(sum)} can be claimed`);
  return warning(
    `${formatEver(sum)} can be claimed, some for ${oldest} epochs`,
    "Look whether the gas price is worth it to you (`rewards.everPerCoin`, `rewards.worth`), or claim it: 4ever reward claim --provider YOURS",
  );
}
