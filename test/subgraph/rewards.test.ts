import { parseEther } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { audit } from "../../sdk/src/audit/audit.ts";
import { buyLot } from "../../sdk/src/fees.ts";
import { claimReward, getEpoch, recordFees } from "../../sdk/src/rewards.ts";
import { CHANNEL_FEE, payChannelFee } from "../helpers/earned-reward.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";

let chain: LocalChain;
let index: LocalIndex;
let story: Awaited<ReturnType<typeof tellStory>>;

/** A channel's fee is sold and recorded in one epoch, and its reward claimed in the next. */
async function tellStory() {
  const { deployment, payer, provider, channelId, lot } = await payChannelFee(chain);
  await chain.goTo(lot.startedAt + 130);
  await buyLot(payer, { deployment, tokenId: 1, lotId: lot.lotId, maxPrice: parseEther("100") });
  await recordFees(payer, { deployment, channelId });
  const { epoch, endsAt } = await getEpoch(chain.reader, { deployment });
  await chain.goTo(endsAt);
  const options = { deployment, provider: provider.account.address, epoch, tokenId: 1 };
  const { amount } = await claimReward(payer, options);
  return {
    provider: provider.account.address.toLowerCase(),
    payer: payer.account.address.toLowerCase(),
    epoch,
    amount,
  };
}

beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellStory();
  index = await startLocalIndex(chain);
  await index.caughtUp();
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

it("tells which fees earned which reward, and its claim", async () => {
  const { providerRewards, rewardClaims } = await index.ask<{ providerRewards: object[]; rewardClaims: object[] }>(`{
    providerRewards {
      account { id } epoch token { tokenId } fees claimed
      records { amount deal { id } channel { channelId } recordedBy }
    }
    rewardClaims { account { id } amount claimedBy reward { epoch } }
  }`);
  const account = { id: story.provider };
  expect(providerRewards).toEqual([
    {
      account,
      epoch: `${story.epoch}`,
      token: { tokenId: "1" },
      fees: `${CHANNEL_FEE}`,
      claimed: `${story.amount}`,
      records: [{ amount: `${CHANNEL_FEE}`, deal: null, channel: { channelId: "1" }, recordedBy: story.payer }],
    },
  ]);
  expect(rewardClaims).toEqual([
    { account, amount: `${story.amount}`, claimedBy: story.payer, reward: { epoch: `${story.epoch}` } },
  ]);
});

it("agrees with the audit, which finds a reward that is not what it should be", async () => {
  const { deployment } = chain;
  const { subgraph } = index;
  const report = await audit(chain.reader, { deployment, subgraph });
  expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });

  const planted: typeof subgraph = {
    ...subgraph,
    ask: async (...asked) => {
      const answer: unknown = await subgraph.ask(...asked);
      const { providerRewards = [] } = answer as { providerRewards?: { claimed: string }[] };
      for (const reward of providerRewards) reward.claimed = `${story.amount + 1n}`;
      return answer as never;
    },
  };
  const { outcome, differences } = await audit(chain.reader, { deployment, subgraph: planted });
  expect(outcome).toBe("differ");
  expect(differences).toMatchObject([
    {
      figure: "claimed",
      expected: `${story.amount}`,
      found: `${story.amount + 1n}`,
      place: { kind: "subgraph", entity: "ProviderReward" },
    },
  ]);
});
