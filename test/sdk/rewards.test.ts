import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buyLot } from "../../sdk/src/fees.ts";
import { claimReward, getEpoch, getReward, RewardsMissing, recordFees } from "../../sdk/src/rewards.ts";
import { CHANNEL_FEE, payChannelFee } from "../helpers/earned-reward.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

describe("getReward", () => {
  it("refuses a deployment that is older than the rewards", async () => {
    const { RewardPool: _, ...contracts } = chain.deployment.contracts;
    const options = { deployment: { ...chain.deployment, contracts }, epoch: 0n, tokenId: 1 };
    const provider = chain.deployment.contracts.Ledger;
    await expect(getReward(chain.reader, { ...options, provider })).rejects.toThrow(RewardsMissing);
  });
});

describe("rewards", () => {
  it("are recorded once, forecast while the epoch runs, and claimed after it", async () => {
    const { deployment, payer, provider, channelId, lot } = await payChannelFee(chain);
    await chain.goTo(lot.startedAt + 130);
    const { price } = await buyLot(payer, { deployment, tokenId: 1, lotId: lot.lotId, maxPrice: parseEther("100") });
    const recorded = await recordFees(payer, { deployment, channelId });
    const again = await recordFees(payer, { deployment, channelId });
    expect([recorded.amount, again.amount]).toEqual([CHANNEL_FEE, 0n]);

    const { epoch, endsAt } = await getEpoch(chain.reader, { deployment });
    const options = { deployment, provider: provider.account.address, epoch, tokenId: 1 };
    const reward = (price * 9n) / 10n;
    expect(await getReward(chain.reader, options)).toEqual({ fees: CHANNEL_FEE, reward, isDue: false });
    await expect(claimReward(payer, options)).rejects.toMatchObject({ code: "RewardsEpochRunning" });
    await chain.goTo(endsAt);
    expect((await getReward(chain.reader, options)).isDue).toBe(true);
    expect((await claimReward(payer, options)).amount).toBe(reward);
    expect(await getReward(chain.reader, options)).toEqual({ fees: 0n, reward: 0n, isDue: false });
    await expect(claimReward(payer, options)).rejects.toMatchObject({ code: "RewardsNothingDue" });
  });

  it("are nothing for a deal that paid nothing", async () => {
    const payer = chain.walletOf(11);
    const { amount } = await recordFees(payer, { deployment: chain.deployment, dealKey: 5n });
    expect(amount).toBe(0n);
  });
});
