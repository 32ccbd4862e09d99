import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, getAddress, type Hash, type Hex } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { CAP, channelNet } from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { MAX_UINT128, netOf, PER_GIB_PERIOD, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits, costsAtMost } = createAssertions(connection);
const { fresh: freshChannels, opened } = channelsFixtures(connection);
const { fresh: freshPayments, earned } = paymentsFixtures(connection);
const END = P + 41n;
/** Far more than any of these calls costs; whoever is called and burns its gas burns all that was sent but a 64th, and that is enough for the rest. */
const MOST_GAS = 400_000n;
/** What a batch of three needs when each deal uses all that it may. */
const BATCH_GAS = 1_200_000n;

/** An account that burns or floods whoever calls it for anything but its owner's orders. */
async function armed(floods: boolean) {
  const bomb = await viem.deployContract("Bomb");
  await bomb.write.setFloods([floods]);
  return bomb;
}

for (const floods of [false, true]) {
  const how = floods ? "answers with a return bomb" : "burns all its gas";

  describe(`lesson 7: a payer or payee that ${how} when it is called`, () => {
    async function channelBetweenBombs() {
      const deployed = await freshChannels();
      const { ledger, channels, usd, opening, by } = deployed;
      const [payer, payee] = [await armed(floods), await armed(floods)];
      await usd.write.approve([ledger.address, CAP], by.customer);
      await ledger.write.deposit([payer.address, 1, CAP], by.customer);
      const approve = [channels.address, channels.address, 1, MAX_UINT128, 2n ** 40n] as const;
      const orders: readonly [Hex, Hex][] = [
        [ledger.address, encodeFunctionData({ abi: ledger.abi, functionName: "approveOperator", args: approve })],
        [
          channels.address,
          encodeFunctionData({
            abi: channels.abi,
            functionName: "open",
            args: [{ ...opening, payee: payee.address }],
          }),
        ],
      ];
      for (const [target, data] of orders) await payer.write.attempt([target, data]);
      return { ...deployed, bombs: { payer, payee } };
    }

    it("is never called: its channel is redeemed, swept, closed and refunded", async () => {
      const { ledger, channels, sign, bombs, by } = await load(channelBetweenBombs);
      const { payer, payee } = bombs;
      const first = await sign(30n * USD, { payee: payee.address });
      const second = await sign(40n * USD, { payee: payee.address });
      await costsAtMost(channels.write.redeemMany([[first]], by.stranger), MOST_GAS);
      await costsAtMost(channels.write.redeem([second], by.stranger), MOST_GAS);
      await costsAtMost(channels.write.sweepFee([1n], by.stranger), MOST_GAS);
      const close = encodeFunctionData({ abi: channels.abi, functionName: "close", args: [1n] });
      await costsAtMost(payee.write.attempt([channels.address, close]), MOST_GAS);
      expect(await ledger.read.balanceOf([payee.address, 1])).to.equal(channelNet(40n * USD));
      expect(await ledger.read.balanceOf([payer.address, 1])).to.equal(CAP - 40n * USD);
      const withdraw = [payee.address, 1, channelNet(40n * USD)] as const;
      const data = encodeFunctionData({ abi: ledger.abi, functionName: "withdraw", args: withdraw });
      await payee.write.attempt([ledger.address, data]);
    });

    async function dealBetweenBombs() {
      const deployed = await freshPayments();
      const { ledger, payments, usd, reserve, start, add, prove, enter, marketAddress, by } = deployed;
      const [payer, payee] = [await armed(floods), await armed(floods)];
      await usd.write.approve([ledger.address, 8n * USD], by.customer);
      await ledger.write.deposit([payer.address, 1, 8n * USD], by.customer);
      const approve = [payments.address, marketAddress, 1, MAX_UINT128, 2n ** 40n] as const;
      const data = encodeFunctionData({ abi: ledger.abi, functionName: "approveOperator", args: approve });
      await payer.write.attempt([ledger.address, data]);
      await reserve({ payer: getAddress(payer.address), payee: getAddress(payee.address) });
      await start();
      await add(GIB, 0n);
      await prove(P + 1n, P + 11n);
      await enter(P + 12n);
      return { ...deployed, bombs: { payer, payee } };
    }

    it("is never called: its deal is settled, swept and closed, and the lock of another goes back", async () => {
      const { ledger, payments, reserve, dealKey, keyOf, enter, bombs, terms, by } = await load(dealBetweenBombs);
      await costsAtMost(payments.write.settle([dealKey], by.stranger), MOST_GAS);
      await costsAtMost(payments.write.settleMany([[dealKey]], by.stranger), MOST_GAS);
      await costsAtMost(payments.write.sweepFee([dealKey], by.stranger), MOST_GAS);
      await enter(END + 1n);
      await costsAtMost(payments.write.close([dealKey], by.stranger), MOST_GAS);
      const gross = 10n * PER_GIB_PERIOD;
      expect(await ledger.read.balanceOf([bombs.payee.address, 1])).to.equal(netOf(gross));
      expect(await ledger.read.balanceOf([bombs.payer.address, 1])).to.equal(8n * USD - gross);
      const payer = getAddress(bombs.payer.address);
      await reserve({ payer, most: USD, expiresAt: terms.expiresAt }, 2n);
      await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + 600n);
      await costsAtMost(ledger.write.refundExpired([payments.address, keyOf(2n)], by.stranger), MOST_GAS);
      expect(await ledger.read.balanceOf([payer, 1])).to.equal(8n * USD - gross);
    });

    it("spoils, as a verifier, its own market's deal and no other in the batch", async () => {
      const { payments, ledger, reserve, enter, dealKey, keyOf, payee, by } = await load(earned);
      const bomb = await armed(floods);
      await reserve({}, 2n);
      await payments.write.start([2n, bomb.address, 9, Number(END)], by.market);
      await enter(P + 20n);
      const hash = await payments.write.settleMany([[keyOf(2n), dealKey, keyOf(2n)]], {
        ...by.stranger,
        gas: BATCH_GAS,
      });
      await emits(hash, payments, "SettlementSkipped", [keyOf(2n)]);
      expect(await ledger.read.balanceOf([payee, 1])).to.equal(netOf(8n * PER_GIB_PERIOD));
    });
  });
}

describe("lesson 7: a contract that owns a session key, and an agent of the ledger", () => {
  it("is asked once, at the opening, by its own payer; what it becomes later stops no voucher", async () => {
    const { channels, open, sign, opening, payer, payee, ledger } = await load(opened);
    const wallet = await viem.deployContract("WalletDouble");
    const [Answer, no] = [{ Yes: 1, Failure: 2, Garbage: 3 }, "ChannelsKeyProofInvalid"];
    const owned = { ...opening, keyOwner: getAddress(wallet.address) };
    const digest = await channels.read.sessionKeyDigestOf([payer, owned]);
    for (const answer of [Answer.Failure, Answer.Garbage]) {
      await wallet.write.setAnswer([digest, answer]);
      await rejects(open(owned), channels, no, [owned.keyOwner, opening.sessionKey]);
    }
    await wallet.write.setAnswer([digest, Answer.Yes]);
    await open(owned);
    for (const [answer, dollars] of [
      [Answer.Failure, 1n],
      [Answer.Garbage, 2n],
    ] as const) {
      await wallet.write.setAnswer([digest, answer]);
      await channels.write.redeem([await sign(dollars * USD, { channelId: 2n })]);
    }
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(channelNet(2n * USD));
  });

  it("that fails spoils the call of whoever chose it, and leaves the ledger free", async () => {
    const { ledger, channels, sign, payee, by } = await load(opened);
    for (const floods of [false, true]) {
      const bomb = await armed(floods);
      const handover = { operator: channels.address, agent: bomb.address, tokenId: 1, most: USD };
      const call = ledger.write.approveAndCall([handover, "0x12345678"], { ...by.stranger, gas: 3_000_000n });
      await call.then(
        () => expect.fail("the bomb answered"),
        () => undefined,
      );
    }
    await channels.write.redeem([await sign(USD)]);
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(channelNet(USD));
  });
});

describe("lesson 7: a caller that gives a batch too little gas", () => {
  /** Sends with less and less gas, each time from the same state, and gives what came of those that went through. */
  async function everyWayThrough<T>(
    send: (gas: bigint) => Promise<Hash>,
    most: bigint,
    step: bigint,
    look: () => Promise<T>,
  ) {
    const client = await viem.getPublicClient();
    const found: T[] = [];
    const before = await networkHelpers.takeSnapshot();
    for (let gas = most; gas > 30_000n; gas -= step) {
      const sent = await send(gas).then(
        (hash) => client.getTransactionReceipt({ hash }),
        () => undefined,
      );
      if (sent?.status === "success") found.push(await look());
      await before.restore();
    }
    return new Set(found);
  }

  it("gets all of it or nothing: no good voucher is left out", async () => {
    const { channels, sign, funds, by } = await load(opened);
    const vouchers = await Promise.all([1n, 2n, 3n].map((dollars) => sign(dollars * USD)));
    const enough = await channels.estimateGas.redeemMany([vouchers]);
    const send = (gas: bigint) => channels.write.redeemMany([vouchers], { ...by.stranger, gas });
    const paid = await everyWayThrough(send, enough, 4_000n, async () => (await funds()).payee);
    expect(paid).to.deep.equal(new Set([channelNet(3n * USD)]));
  });

  it("leaves out no good deal either", async () => {
    const { payments, ledger, dealKey, payee, by } = await load(earned);
    const send = (gas: bigint) => payments.write.settleMany([[dealKey]], { ...by.stranger, gas });
    const paid = await everyWayThrough(send, 500_000n, 5_000n, () => ledger.read.balanceOf([payee, 1]));
    expect(paid).to.deep.equal(new Set([netOf(8n * PER_GIB_PERIOD)]));
  });
});
