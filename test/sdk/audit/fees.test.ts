import { createPublicClient, type Hex, http, parseEther, toFunctionSelector, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditOptions, audit } from "../../../sdk/src/audit/audit.ts";
import { buyLot, collectFees, getFeeLot } from "../../../sdk/src/fees.ts";
import { erc20PermitAbi, ledgerAbi } from "../../../sdk/src/generated/abis.ts";
import { claimReward, getEpoch, recordFees } from "../../../sdk/src/rewards.ts";
import { delegate } from "../../../sdk/src/stakes.ts";
import { plusOne, plusOneIn, without } from "../../helpers/changed-logs.ts";
import { type Change, startChangingProxy } from "../../helpers/changing-proxy.ts";
import { payChannelFee } from "../../helpers/earned-reward.ts";
import { type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

const EVER_ID = 2;
const MOST = parseEther("100");

let chain: LocalChain;
let proxy: Awaited<ReturnType<typeof startChangingProxy>>;
let story: Awaited<ReturnType<typeof tellStory>>;
beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellStory();
  proxy = await startChangingProxy(chain.rpcUrl);
});
afterAll(async () => {
  await proxy?.stop();
  await chain?.stop();
});

/**
 * A channel's fee is sold as lot 1 and recorded; what waited meanwhile is lot 2, which falls to the floor and is opened again as lot 3; EVER
 * is burned at once. In the next epoch the reward is claimed, and shared with a delegator.
 */
async function tellStory() {
  const { deployment, payer, provider, channelId, lot } = await payChannelFee(chain);
  const { Ledger, FeeRouter = zeroAddress, PaymentToken, EverToken } = deployment.contracts;
  const send = async (request: object) => {
    const hash = await payer.writeContract(request as never);
    await chain.reader.waitForTransactionReceipt({ hash });
  };
  const give = async (token: Hex, tokenId: number, amount: bigint) => {
    await send({ address: token, abi: erc20PermitAbi, functionName: "approve", args: [Ledger, amount] });
    await send({ address: Ledger, abi: ledgerAbi, functionName: "deposit", args: [FeeRouter, tokenId, amount] });
    await collectFees(payer, { deployment, tokenId });
  };
  await delegate(payer, { deployment, provider: provider.account.address, amount: parseEther("1") });
  await give(PaymentToken, 1, 1_000_001n);
  await chain.goTo(lot.startedAt + 130);
  await buyLot(payer, { deployment, tokenId: 1, lotId: lot.lotId, maxPrice: MOST });
  await recordFees(payer, { deployment, channelId });
  await send({ address: Ledger, abi: ledgerAbi, functionName: "registerToken", args: [EverToken] });
  await give(EverToken, EVER_ID, parseEther("10") + 3n);
  const { epoch, endsAt } = await getEpoch(chain.reader, { deployment });
  await chain.goTo(endsAt);
  const reward = { deployment, provider: provider.account.address, epoch, tokenId: 1 };
  const { amount } = await claimReward(payer, reward);
  await chain.goTo((await chain.now()) + 10_000);
  await give(PaymentToken, 1, 7n);
  const last = await getFeeLot(chain.reader, { deployment, tokenId: 1 });
  return { amount, epoch, provider: provider.account.address, last };
}

function auditChanged(change: Change, options: Partial<AuditOptions> = {}) {
  proxy.setChange(change);
  const client = createPublicClient({ transport: http(proxy.url, { retryCount: 0 }), cacheTime: 0 });
  return audit(client, { deployment: chain.deployment, ...options });
}

const COLLECTED = "FeesCollected(uint32,uint128,uint128)";
const OPENED = "LotOpened(uint32,uint64,uint128,uint128)";
const SOLD = "LotSold(uint32,uint64,address,address,uint128,uint128,uint64)";
const BURNED = "EverFeesBurned(uint32,uint128,uint64)";
const RECORDED = "FeesRecorded(address,address,uint256,uint64,uint32,uint128)";
const CLAIMED = "RewardClaimed(address,uint64,uint32,uint128,uint128)";

describe("audit of fees and rewards", () => {
  it("agrees with an honest chain, to the last lot and reward", async () => {
    const report = await audit(chain.reader, { deployment: chain.deployment, all: true });
    expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
    expect(report.counts).toMatchObject({ lotsSold: 1, rewards: 1 });
    expect(story.amount).toBeGreaterThan(0n);
    expect(story.last.lotId).toBe(3n);
  });

  it("counts what happened in its span", async () => {
    const from = await chain.reader.getBlockNumber({ cacheTime: 0 });
    const report = await audit(chain.reader, { deployment: chain.deployment, from });
    expect(report).toMatchObject({ outcome: "agree", counts: { lotsSold: 0, rewards: 0 } });
  });

  it.each([
    ["what came in", COLLECTED, 0, "fees in token 1", "fees that came in"],
    ["what is insured", COLLECTED, 1, "fees in token 1", "part that is insured"],
    ["what is for sale", OPENED, 0, "lot 1 of token 1", "amount for sale"],
    ["the price at the start", OPENED, 1, "lot 1 of token 1", "price at its start"],
    ["what was sold", SOLD, 1, "lot 1 of token 1", "amount sold"],
    ["the price of a sale", SOLD, 2, "lot 1 of token 1", "price by the auction's formula"],
    ["the epoch of a sale", SOLD, 3, "lot 1 of token 1", "epoch of the sale"],
    ["burned EVER", BURNED, 0, "fees in token 2", "EVER that was burned"],
    ["the epoch of a burning", BURNED, 1, "fees in token 2", "epoch of the burning"],
    ["the epoch of a record", RECORDED, 0, "channel 1", "epoch of the record"],
    ["recorded fees", RECORDED, 2, "channel 1", "fees that were paid and not recorded"],
    ["fees of a claim", CLAIMED, 0, /^reward of 0x/, "recorded fees"],
    ["a reward", CLAIMED, 1, /^reward of 0x/, "reward, within what was burned and the schedule"],
    ["the insurance share's moment", "InsuranceShareChanged(uint16,uint40)", 1, "insurance share", /^moment from/],
  ])("finds a difference in %s", async (_, event, word, subject, figure) => {
    const { outcome, differences } = await auditChanged(plusOne(event, word));
    expect(outcome).toBe("differ");
    expect(differences).toHaveLength(1);
    const [found] = differences;
    expect(found?.subject).toMatch(subject instanceof RegExp ? subject : new RegExp(`^${subject}$`));
    expect(found?.figure).toMatch(figure);
    expect(BigInt(found?.found ?? 0)).toBe(BigInt(found?.expected ?? 0) + 1n);
    expect(found?.transaction).toMatch(/^0x[0-9a-f]{64}$/);
  });

  it("finds a reward that is larger than what was claimed for it", async () => {
    const { differences } = await auditChanged(plusOne("StakeRewarded(address,address,uint128,uint128,uint128)", 0), {
      all: true,
    });
    expect(differences).toContainEqual(
      expect.objectContaining({ figure: "amount that reaches the stake", expected: `${story.amount}` }),
    );
  });

  it.each([
    ["a lot that was not opened", OPENED, "event LotOpened"],
    ["EVER that was not burned", BURNED, /amount that leaves the router|event EverFeesBurned/],
    ["a sale that was not told", SOLD, /^(amount|opened|number)/],
    [
      "a reward that did not arrive",
      "StakeRewarded(address,address,uint128,uint128,uint128)",
      /^(event StakeR|index of)/,
    ],
  ])("finds %s", async (_, event, figure) => {
    const { outcome, differences } = await auditChanged(without(event));
    expect(outcome).toBe("differ");
    expect(differences[0]?.figure).toMatch(figure);
  });

  it.each([
    ["lotOf(uint32)", 1, "fees in token 1", "amount for sale"],
    ["lastSaleOf(uint32)", 1, "fees in token 1", "price of the last sale"],
    ["saleOf(uint64,uint32)", 1, /^epoch \d+ in token [12]$/, "EVER burned for it"],
    ["burnedIn(uint64)", 0, /^epoch \d+$/, "EVER burned"],
    ["capOf(uint64)", 0, /^epoch \d+$/, "most that is emitted"],
    ["recordedIn(uint64,uint32)", 0, /^epoch \d+ in token 1$/, "fees recorded"],
    ["recordedOf(address,uint256)", 0, /^fees of 0x/, "fees recorded"],
    ["feesOf(address,uint64,uint32)", 0, /^reward of 0x/, "recorded fees"],
    ["rewardOf(address,uint64,uint32)", 0, /^reward of 0x/, "reward to be claimed"],
    ["insuranceBps()", 0, "insurance share", "share in force"],
  ])("finds a difference in the view %s", async (view, word, subject, figure) => {
    const { differences } = await auditChanged(plusOneIn(view, word));
    expect(differences[0]).toMatchObject({
      figure,
      place: { kind: "contract", call: view.slice(0, view.indexOf("(")) },
    });
    expect(differences[0]?.subject).toMatch(subject instanceof RegExp ? subject : new RegExp(`^${subject}$`));
  });

  it("does not know fees and rewards where the node tells no constants, and calls nobody wrong", async () => {
    const missing = { error: { code: -32_000, message: "missing trie node" } };
    const report = await auditChanged(({ method, params }, answer) => {
      const [call] = (params ?? []) as { data?: Hex }[];
      const isConstant = method === "eth_call" && call?.data === toFunctionSelector("HALF_LIFE_SECONDS()");
      return isConstant ? { ...(answer as object), result: undefined, ...missing } : answer;
    });
    expect(report).toMatchObject({ outcome: "unknown", differences: [] });
    expect(report.unknowns).toMatchObject([{ subject: "fees and rewards" }]);
  });
});
