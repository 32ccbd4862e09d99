import { encodeFunctionData, parseEventLogs, size, slice, zeroHash } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeCapacity, encodeHandover, quoteCapacity, renew, requestDeal } from "../../sdk/src/deal-actions.ts";
import {
  cancel,
  decline,
  end,
  endAbandoned,
  expire,
  finish,
  giveNotice,
  setSessionKey,
  settle,
} from "../../sdk/src/deal-ends.ts";
import { dealKeyOf, getDeal, getEarned, listDealIds } from "../../sdk/src/deals.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { dealMarketAbi, dealPaymentsAbi } from "../../sdk/src/generated/abis.ts";
import { deposit } from "../../sdk/src/ledger.ts";
import { publishOffer, updateOffer, withdrawOffer } from "../../sdk/src/offers.ts";
import { getBalance } from "../../sdk/src/tokens.ts";
import { costOf, earnedOf, netOf } from "../../sdk/src/units.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { pieceOf } from "../helpers/proofs.ts";
import { enterProvider, HOSTING, keeperOf, MIB, requestStoryDeal, storyPiece, UNIT_PRICE } from "../helpers/story.ts";

let chain: LocalChain;
let entered: Awaited<ReturnType<typeof enterProvider>>;
let setId: number;
let index = 10; // each story has a customer of its own
beforeAll(async () => {
  chain = await startLocalChain();
  entered = await enterProvider(chain);
  setId = await keeper().openSet();
});
afterAll(() => chain.stop());

const piece = storyPiece();
const keeper = () => keeperOf(chain, entered.operator, entered.provider.account.address);
const dealOf = (dealId: bigint) => getDeal(chain.reader, { deployment: chain.deployment, dealId });
const request = () => requestStoryDeal(chain, entered.offerId, piece, index++);
const balanceOf = (account: `0x${string}`) =>
  getBalance(chain.reader, { deployment: chain.deployment, account, token: entered.token });

/** A deal that the provider has accepted and holds the piece of. */
async function activeDeal() {
  const deal = await request();
  await keeper().accept(deal.dealId, setId);
  await keeper().addFirst(setId, deal.dealId, piece);
  return deal;
}

describe("encodeHandover", () => {
  it("puts the action before the arguments of the function of the same name", () => {
    const data = encodeHandover("renew", [7n, 3]);
    expect(size(data)).toBe(96);
    expect(BigInt(slice(data, 0, 32))).toBe(1n);
    const call = encodeFunctionData({ abi: dealMarketAbi, functionName: "renew", args: [7n, 3] });
    expect(slice(data, 32)).toBe(slice(call, 4));
  });
});

describe("dealKeyOf", () => {
  it("is what the contract says", async () => {
    const { DealMarket, DealPayments } = chain.deployment.contracts;
    const onChain = await chain.reader.readContract({
      address: DealPayments,
      abi: dealPaymentsAbi,
      functionName: "dealKeyOf",
      args: [DealMarket, 7n],
    });
    expect(dealKeyOf(DealMarket, 7n)).toBe(onChain);
  });
});

describe("requestDeal", () => {
  const wanted = () => ({
    deployment: chain.deployment,
    offerId: entered.offerId,
    capacityBytes: 100n * MIB,
    termPeriods: 10,
    firstPiece: pieceOf(piece),
  });

  it("refuses what the offer does not sell, in words", async () => {
    const wallet = chain.walletOf(index++);
    await claimFaucet(wallet, chain);
    const refusal = async (change: object) =>
      requestDeal(wallet, { ...wanted(), ...change }).catch((error: unknown) => error);
    expect(await refusal({ offerId: 99 })).toMatchObject({ code: "RegistryOfferUnavailable" });
    expect(await refusal({ termPeriods: 1 })).toMatchObject({
      code: "MarketTermInvalid",
      message: "A term of 1 periods is out of range: 2 to 3660 are possible.",
    });
    expect(await refusal({ capacityBytes: 2048n * MIB })).toMatchObject({
      code: "RegistryCapacityInsufficient",
      message: "Offer 1 has 1 GiB; 2 GiB are needed.",
    });
    expect(await refusal({ capacityBytes: MIB })).toMatchObject({
      code: "MarketFirstPieceInvalid",
      message: "The content has 64 MiB, the capacity is 1 MiB.",
    });
    expect(await refusal({ firstPiece: { ...pieceOf(piece), root: zeroHash } })).toMatchObject({
      code: "MarketFirstPieceInvalid",
    });
    expect(await refusal({ maxUnitPrice: UNIT_PRICE - 1n })).toMatchObject({
      code: "MarketPriceTooHigh",
      message: "The price is now 3 LUSD per GiB and 30 periods; at most 2.999999 LUSD was agreed to.",
    });
    expect(await balanceOf(wallet.account.address)).toEqual({ available: 0n, wallet: 10_000_000_000n });
  });

  it("takes nothing when the offer is withdrawn while its customer signs, and says so", async () => {
    const { deployment } = chain;
    const { provider, token } = entered;
    const terms = { unitPrice: UNIT_PRICE, capacityBytes: 1024n * MIB, minTermPeriods: 2, region: "eu" };
    const { offerId } = await publishOffer(provider, { deployment, serviceId: HOSTING, token, ...terms });
    const wallet = chain.walletOf(index++);
    await claimFaucet(wallet, chain);
    const account: typeof wallet.account = {
      ...wallet.account,
      async signTypedData(data) {
        await withdrawOffer(provider, { deployment, offerId });
        return wallet.account.signTypedData(data);
      },
    };
    await expect(requestDeal(wallet, { ...wanted(), offerId, account })).rejects.toMatchObject({
      code: "MarketOfferUnavailable",
      message: `Offer ${offerId} was withdrawn, or its provider takes no new deals.`,
    });
    expect(await balanceOf(wallet.account.address)).toEqual({ available: 0n, wallet: 10_000_000_000n });
  });

  it("names what an account without money lacks", async () => {
    await expect(requestDeal(chain.walletOf(index++), wanted())).rejects.toMatchObject({
      code: "ERC20InsufficientBalance",
      message: "The account has 0 LUSD; this needs 0.126954 LUSD.",
    });
  });

  it("takes one signature and one transaction", async () => {
    const wallet = chain.walletOf(index++);
    await claimFaucet(wallet, chain);
    const steps: string[] = [];
    const deal = await requestDeal(wallet, {
      ...wanted(),
      onStep: (step) => steps.push(step.name === "signing" ? step.what : step.name),
    });
    expect(steps).toEqual(["permit", "simulated", "transaction", "sent", "confirmed"]);
    const { gracePeriods, acceptSeconds } = chain.deployment.parameters;
    expect(deal.locked).toBe(costOf(UNIT_PRICE, 100n * MIB, BigInt(10 + gracePeriods)));
    expect(await balanceOf(wallet.account.address)).toEqual({ available: 0n, wallet: 10_000_000_000n - deal.locked });
    expect(await dealOf(deal.dealId)).toMatchObject({
      dealKey: deal.dealKey,
      status: "requested",
      customer: wallet.account.address,
      provider: entered.provider.account.address,
      signer: wallet.account.address,
      capacityBytes: 100n * MIB,
      left: deal.locked,
      acceptBy: (await chain.now()) + acceptSeconds,
    });
    const customer = wallet.account.address;
    expect(await listDealIds(chain.reader, { deployment: chain.deployment, customer })).toEqual([deal.dealId]);
  });

  it("signs nothing when the ledger holds enough, and only for what is missing when it does not", async () => {
    const wallet = chain.walletOf(index++);
    const { address } = wallet.account;
    await claimFaucet(wallet, chain);
    await deposit(wallet, { ...chain, token: entered.token, amount: 200_000n });
    const steps: string[] = [];
    const onStep = (step: { name: string; what?: string }) => steps.push(step.what ?? step.name);
    const first = await requestDeal(wallet, { ...wanted(), onStep });
    expect(steps).toEqual(["simulated", "transaction", "sent", "confirmed"]);
    expect((await balanceOf(address)).available).toBe(200_000n - first.locked);

    const second = await requestDeal(wallet, wanted());
    expect(await balanceOf(address)).toEqual({
      available: 0n,
      wallet: 10_000_000_000n - first.locked - second.locked,
    });
  });

  it("approves first where permits are not to be had", async () => {
    const wallet = chain.walletOf(index++);
    await claimFaucet(wallet, chain);
    const steps: string[] = [];
    const onStep = (step: { name: string; what?: string }) => steps.push(step.what ?? step.name);
    const sessionKey = chain.walletOf(19).account.address;
    const { dealId } = await requestDeal(wallet, { ...wanted(), sessionKey, permit: "never", onStep });
    expect(steps).toEqual(["approval", "simulated", "transaction", "sent", "confirmed"]);
    expect(await dealOf(dealId)).toMatchObject({ signer: sessionKey });
  });

  it("leaves a margin up to the customer's limit, and gives it back when the price did not rise", async () => {
    const wallet = chain.walletOf(index++);
    await claimFaucet(wallet, chain);
    const deal = await requestDeal(wallet, { ...wanted(), maxUnitPrice: 2n * UNIT_PRICE });
    expect(deal.unitPrice).toBe(UNIT_PRICE);
    expect((await balanceOf(wallet.account.address)).available).toBe(deal.locked);
  });
});

describe("cancel and expire", () => {
  it("give everything back, each in its time", async () => {
    const deal = await request();
    const { address } = deal.customer.account;
    const options = { deployment: chain.deployment, dealId: deal.dealId };
    await expect(expire(deal.customer, options)).rejects.toMatchObject({
      code: "MarketDeadline",
      message: expect.stringMatching(/^The provider may still accept until .+ UTC\.$/),
    });
    await expect(cancel(entered.provider, options)).rejects.toMatchObject({
      code: "MarketCallerInvalid",
      message: `Only ${address} may do this to deal ${deal.dealId}.`,
    });
    await cancel(deal.customer, options);
    expect(await dealOf(deal.dealId)).toMatchObject({ status: "cancelled", left: 0n, closed: true });
    expect((await balanceOf(address)).available).toBe(deal.locked);

    const late = await request();
    await chain.goTo(late.acceptBy + 1);
    await expire(entered.provider, { deployment: chain.deployment, dealId: late.dealId });
    expect(await dealOf(late.dealId)).toMatchObject({ status: "expired", left: 0n });
    await expect(cancel(late.customer, { deployment: chain.deployment, dealId: late.dealId })).rejects.toMatchObject({
      code: "MarketStatusInvalid",
      message: `Deal ${late.dealId} is expired, which does not allow this.`,
    });
  });
});

describe("decline", () => {
  it("is up to the keeper's key, and gives everything back", async () => {
    const deal = await request();
    const options = { deployment: chain.deployment, dealId: deal.dealId };
    await expect(decline(entered.provider, options)).rejects.toMatchObject({
      code: "MarketCallerInvalid",
      message: `Only ${entered.operator.account.address} may do this to deal ${deal.dealId}.`,
    });
    await decline(entered.operator, options);
    expect(await dealOf(deal.dealId)).toMatchObject({ status: "declined", left: 0n, closed: true });
    expect((await balanceOf(deal.customer.account.address)).available).toBe(deal.locked);
  });
});

describe("giveNotice", () => {
  it("ends a deal after the notice; the customer cannot give it", async () => {
    const deal = await activeDeal();
    const options = { deployment: chain.deployment, dealId: deal.dealId };
    await expect(giveNotice(deal.customer, options)).rejects.toMatchObject({ code: "MarketCallerInvalid" });
    await giveNotice(entered.provider, options);
    const notice = chain.deployment.parameters.noticePeriods;
    expect(await dealOf(deal.dealId)).toMatchObject({
      status: "ending",
      endPeriod: (await keeper().period()) + 1 + notice,
    });
    await expect(giveNotice(entered.provider, options)).rejects.toMatchObject({ code: "MarketStatusInvalid" });
  });
});

describe("renew and changeCapacity", () => {
  it("lock what the longer term may cost, within one transaction", async () => {
    const deal = await activeDeal();
    const before = await dealOf(deal.dealId);
    const steps: string[] = [];
    await renew(deal.customer, {
      deployment: chain.deployment,
      dealId: deal.dealId,
      addedPeriods: 5,
      onStep: (step) => steps.push(step.name === "signing" ? step.what : step.name),
    });
    expect(steps).toEqual(["permit", "simulated", "transaction", "sent", "confirmed"]);
    const after = await dealOf(deal.dealId);
    expect(after.endPeriod).toBe(before.endPeriod + 5);
    expect(after.left).toBe(costOf(UNIT_PRICE, 100n * MIB, 18n));
  });

  it("takes the offer's present price, within the customer's limit", async () => {
    const deal = await activeDeal();
    const options = { deployment: chain.deployment, dealId: deal.dealId, capacityBytes: 150n * MIB };
    const terms = { capacityBytes: 1024n * MIB, minTermPeriods: 2, region: "eu" };
    const offer = { deployment: chain.deployment, offerId: entered.offerId, ...terms };
    await updateOffer(entered.provider, { ...offer, unitPrice: 2n * UNIT_PRICE });
    await expect(changeCapacity(deal.customer, { ...options, maxUnitPrice: UNIT_PRICE })).rejects.toMatchObject({
      code: "MarketPriceTooHigh",
    });
    const { added } = await quoteCapacity(chain.reader, options);
    const before = await dealOf(deal.dealId);
    await changeCapacity(deal.customer, options);
    const after = await dealOf(deal.dealId);
    expect(after).toMatchObject({ capacityBytes: 150n * MIB, unitPrice: 2n * UNIT_PRICE });
    expect(added).toBeGreaterThan(0n);
    expect(after.left - before.left).toBe(added);

    await expect(changeCapacity(deal.customer, { ...options, capacityBytes: MIB })).rejects.toMatchObject({
      code: "PaymentsCapacityExceeded",
    });
    await updateOffer(entered.provider, { ...offer, unitPrice: UNIT_PRICE });
  });

  it("adds nothing for less capacity: the lock holds enough", async () => {
    const deal = await activeDeal();
    const options = { deployment: chain.deployment, dealId: deal.dealId, capacityBytes: 64n * MIB };
    const before = await dealOf(deal.dealId);
    expect((await quoteCapacity(chain.reader, options)).added).toBe(0n);
    await changeCapacity(deal.customer, options);
    expect(await dealOf(deal.dealId)).toMatchObject({ capacityBytes: 64n * MIB, left: before.left });
  });

  it("says that a deal is not there yet", async () => {
    const { customer, dealId } = await request();
    await expect(renew(customer, { deployment: chain.deployment, dealId, addedPeriods: 1 })).rejects.toMatchObject({
      code: "MarketStatusInvalid",
    });
  });
});

describe("setSessionKey", () => {
  it("changes who signs", async () => {
    const { customer, dealId } = await request();
    const sessionKey = chain.walletOf(18).account.address;
    await setSessionKey(customer, { deployment: chain.deployment, dealId, sessionKey });
    expect(await dealOf(dealId)).toMatchObject({ signer: sessionKey });
  });
});

describe("a deal from its acceptance to its end", () => {
  it("pays what was proven, and nothing else", async () => {
    const { deployment } = chain;
    const deal = await activeDeal();
    const { dealId } = deal;
    const first = (await keeper().period()) + 1;
    await keeper().record(first);
    await keeper().prove(setId, first, [piece]);
    await keeper().record(first + 1); // nobody proves it
    await keeper().record(first + 2);
    await keeper().prove(setId, first + 2, [piece]);

    const account = { deployment, account: deal.customer.account };
    await expect(endAbandoned(deal.customer, { ...account, dealId })).rejects.toMatchObject({
      code: "MarketNotAbandoned",
    });
    await expect(finish(deal.customer, { ...account, dealId })).rejects.toMatchObject({ code: "PaymentsNotOver" });
    await end(deal.customer, { ...account, dealId });
    const { endPeriod, status } = await dealOf(dealId);
    expect({ status, endPeriod }).toEqual({ status: "ending", endPeriod: first + 4 });

    await keeper().enter(endPeriod + 1);
    const earned = earnedOf(UNIT_PRICE, 64n * MIB, 2n);
    expect(await getEarned(chain.reader, { deployment, dealId })).toMatchObject({ earned });
    await settle(deal.customer, { ...account, dealIds: [dealId] });
    expect(await dealOf(dealId)).toMatchObject({ earned, settledPeriod: endPeriod });

    const provider = entered.provider.account.address;
    const before = (await balanceOf(provider)).available;
    await finish(deal.customer, { ...account, dealId });
    expect(await dealOf(dealId)).toMatchObject({ status: "finished", closed: true, left: 0n });
    expect((await balanceOf(provider)).available - before).toBe(netOf(earned, 100n));
    expect((await balanceOf(deal.customer.account.address)).available).toBe(deal.locked - earned);
  });
});

describe("settle", () => {
  it("pays for several deals in one transaction, and passes over one that does not run", async () => {
    const { deployment } = chain;
    const deals = [await activeDeal(), await activeDeal()];
    const waiting = await request();
    const first = (await keeper().period()) + 1;
    await keeper().record(first);
    await keeper().prove(setId, first, [piece]);
    await keeper().enter(first + 2);

    const dealIds = [...deals, waiting].map(({ dealId }) => dealId);
    const { receipt } = await settle(waiting.customer, { deployment, dealIds });
    const earned = earnedOf(UNIT_PRICE, 64n * MIB, 1n);
    for (const { dealId } of deals) expect(await dealOf(dealId)).toMatchObject({ earned, settledPeriod: first + 1 });
    expect(await dealOf(waiting.dealId)).toMatchObject({ status: "requested", earned: 0n });
    const settled = parseEventLogs({ abi: dealPaymentsAbi, logs: receipt.logs, eventName: "Settled" });
    expect(settled).toHaveLength(2);
  });
});

describe("getDeal", () => {
  it("says that there is none", async () => {
    await expect(dealOf(999n)).rejects.toMatchObject({
      code: "MarketStatusInvalid",
      hint: "Check the number of the deal.",
    });
  });
});
