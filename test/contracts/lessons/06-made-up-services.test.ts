import { expect } from "chai";
import { network } from "hardhat";
import { encodeAbiParameters, encodeFunctionData, getAbiItem, getAddress, type Hex } from "viem";
import { usageChannelsAbi } from "../../../sdk/src/generated/abis.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import { CAP, channelNet, createSessionKey } from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { attempts, MAX_UINT96, USD } from "../../helpers/money.ts";
import { serviceIdOf } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects } = createAssertions(connection);
const { opened } = channelsFixtures(connection);

const OPENING = getAbiItem({ abi: usageChannelsAbi, name: "open" }).inputs[0];

/** Channel 1 of a customer who has 900 dollars more in the ledger and approved the channels for good; and a thief with a contract. */
async function tempting() {
  const deployed = await opened();
  const { catalog, ledger, stranger } = deployed;
  await catalog.write.setService(["ai", 2n ** 30n, 10n ** 18n, 2, 250, 3_660, true]);
  const hostile = await viem.deployContract("HostileMarket");
  const thief = getAddress(stranger.account.address);
  return {
    ...deployed,
    hostile,
    thief,
    /** What the victim still has, and what thief, thief's contract and payee got. */
    wealth: () =>
      Promise.all(
        [deployed.payer, thief, hostile.address, deployed.payee].map((account) => ledger.read.balanceOf([account, 1])),
      ),
  };
}

describe("lesson 6: a made-up service drains a payer", () => {
  it("finds no service that nobody listed, and none that is retired", async () => {
    const { channels, catalog, open, thief } = await load(tempting);
    const madeUp = serviceIdOf("anything you like");
    const call = open({ serviceId: madeUp, payee: thief });
    await rejects(call, channels, "ChannelsServiceUnavailable", [madeUp, 1]);
    await catalog.write.setService(["ai", 2n ** 30n, 10n ** 18n, 2, 250, 3_660, false]);
    const retired = open({ serviceId: serviceIdOf("ai") });
    await rejects(retired, channels, "ChannelsServiceUnavailable", [serviceIdOf("ai"), 1]);
  });

  it("opens and tops up nothing in the name of whoever approved the channels for good", async () => {
    const { channels, ledger, opening, hostile, thief, payer, wealth, by } = await load(tempting);
    const before = await wealth();
    const own = { ...opening, payee: thief, sessionKey: createSessionKey().address };
    const asked = encodeAbiParameters([{ type: "uint8" }, OPENING], [0, own]);
    await rejects(channels.write.onApproval([payer, asked], by.stranger), channels, "ChannelsHandoverInvalid", []);
    await rejects(channels.write.topUp([1n, USD, 0], by.stranger), channels, "ChannelsCallerInvalid", [1n, thief]);

    // As an operator or agent of its own the thief needs an approval that nobody gave.
    const lock = (agent: Hex) =>
      encodeFunctionData({
        abi: ledger.abi,
        functionName: "lock",
        args: [agent, 9n, payer, thief, 1, USD, opening.expiresAt],
      });
    for (const agent of [hostile.address, channels.address]) {
      const call = hostile.write.attempt([ledger.address, lock(agent)], by.stranger);
      const refused = [payer, getAddress(hostile.address), getAddress(agent), 0n, USD];
      await rejects(call, ledger, "LedgerApprovalInsufficient", refused);
    }
    const handover = { operator: channels.address, agent: hostile.address, tokenId: 1, most: MAX_UINT96 };
    const within = attempts([{ target: ledger.address, data: lock(hostile.address) }]);
    await rejects(ledger.write.approveAndCall([handover, within], by.stranger), ledger, "LedgerReentered", []);
    expect(await wealth()).to.deep.equal(before);
  });

  it("turns no voucher for one service into money of another, nor of another payee", async () => {
    const { channels, open, sign, thief, wealth } = await load(tempting);
    const ai = serviceIdOf("ai");
    await open({ serviceId: ai, payee: thief });
    const before = await wealth();
    // The same key signed for channel 1; the thief shows it as usage of its own channel, and the other way round.
    const forRpc = await sign(5n * USD);
    const forAi = await sign(5n * USD, { channelId: 2n, serviceId: ai, payee: thief });
    await channels.write.redeemMany([
      [
        { ...forRpc, channelId: 2n },
        { ...forAi, channelId: 1n },
      ],
    ]);
    expect(await wealth()).to.deep.equal(before);
    await channels.write.redeemMany([[forRpc, forAi]]);
    const [victim, stolen, , earned] = await wealth();
    expect([victim, earned]).to.deep.equal([before[0], channelNet(5n * USD)]);
    expect(stolen).to.equal((before[1] ?? 0n) + channelNet(5n * USD));
  });

  it("costs the cap at most, whatever the key signed", async () => {
    const { channels, sign, wealth, funds, by } = await load(tempting);
    const [before] = await wealth();
    const signed = await Promise.all([CAP, CAP + 1n, 2n * CAP, MAX_UINT96, 2n ** 256n - 1n].map((most) => sign(most)));
    await channels.write.redeemMany([signed.toReversed()], by.stranger);
    await channels.write.close([1n], by.provider);
    expect(await funds()).to.deep.equal({
      payer: before,
      payee: channelNet(CAP),
      fees: CAP - channelNet(CAP),
      locked: 0n,
    });
  });
});
