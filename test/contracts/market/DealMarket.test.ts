import { expect } from "chai";
import { network } from "hardhat";
import { encodeAbiParameters, getAddress, parseEther, stringToHex, zeroHash } from "viem";
import { hashFirstPiece } from "../../../sdk/src/proofs/typed-data.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import { P, requestedDealFixtures } from "../../helpers/fixtures/requested-deal.ts";
import { USD } from "../../helpers/money.ts";
import { FEE_BPS, GIB, MAX_TERM_PERIODS } from "../../helpers/policy.ts";
import { encodeRequest, OFFER_BYTES, Status, TOKEN, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { ready, protocolOnly } = requestedDealFixtures(connection);

const TERM = 30n;
const GRACE = 7n;
const ACCEPT_SECONDS = 7_200n;
const bytes32 = (text: string) => stringToHex(text, { size: 32 });

describe("DealMarket.constructor", () => {
  it("refuses payments with another clock than the beacon's", async () => {
    const { market, parts, ledger, originAt } = await load(ready);
    const payments = await viem.deployContract("DealPayments", [ledger.address, 1n, originAt, 5n]);
    const args = [{ ...parts, payments: payments.address }, 1n, 1n, 1n] as const;
    await rejects(viem.deployContract("DealMarket", args), market, "ClockInvalid", [originAt, 5n]);
  });
});

describe("DealMarket.request", () => {
  it("refuses what this version does not serve, and names it", async () => {
    const { market, ask } = await load(ready);
    for (const [field, changes, value] of [
      ["mode", { mode: 1 }, 1n],
      ["replicas", { replicas: 0 }, 0n],
      ["replicas", { replicas: 3 }, 3n],
      ["proofClass", { proofClass: 2 }, 2n],
      ["bounty", { bounty: 5n }, 5n],
      ["tokenId", { tokenId: 2 }, 2n],
    ] as const) {
      await rejects(ask(changes), market, "MarketUnsupported", [bytes32(field), value]);
    }
  });

  it("refuses other contracts than its own", async () => {
    const { market, ask, payments, proofs, addresses } = await load(ready);
    const { stranger } = addresses;
    const money = [bytes32("payments"), getAddress(payments.address), stranger];
    await rejects(ask({ payments: stranger }), market, "MarketPinMismatch", money);
    const judge = [bytes32("verifier"), getAddress(proofs.address), stranger];
    await rejects(ask({ verifier: stranger }), market, "MarketPinMismatch", judge);
  });

  it("refuses a first piece without root or leaves, or larger than the capacity", async () => {
    const { market, ask, request } = await load(ready);
    const { firstPiece } = request();
    const invalid = (capacity: bigint, bytes: bigint) => [capacity, bytes];
    const name = "MarketFirstPieceInvalid";
    await rejects(ask({ firstPiece: { ...firstPiece, root: zeroHash } }), market, name, invalid(2n * GIB, GIB));
    await rejects(ask({ firstPiece: { ...firstPiece, leafCount: 0 } }), market, name, invalid(2n * GIB, 0n));
    await rejects(ask({ capacityBytes: GIB - 1n }), market, name, invalid(GIB - 1n, GIB));
    await ask({ capacityBytes: GIB });
  });

  it("refuses an offer that is unknown, withdrawn, or of an inactive service or unlisted token", async () => {
    const { market, registry, catalog, ask, by } = await load(ready);
    await rejects(ask({ offerId: 2 }), market, "MarketOfferUnavailable", [2n]);
    await catalog.write.setToken([TOKEN, false], by.governor);
    await rejects(ask(), market, "MarketOfferUnavailable", [1n]);
    await catalog.write.setToken([TOKEN, true], by.governor);
    const service = ["hosting", GIB, parseEther("1"), 1, FEE_BPS, MAX_TERM_PERIODS] as const;
    await catalog.write.setService([...service, false], by.governor);
    await rejects(ask(), market, "MarketOfferUnavailable", [1n]);
    await catalog.write.setService([...service, true], by.governor);
    await registry.write.withdrawOffer([1n], by.provider);
    await rejects(ask(), market, "MarketOfferUnavailable", [1n]);
  });

  it("refuses a price above what the customer takes, as after a change of the offer", async () => {
    const { market, registry, ask, by } = await load(ready);
    await registry.write.updateOffer([1n, UNIT_PRICE + 1n, OFFER_BYTES, 2, ""], by.provider);
    await rejects(ask(), market, "MarketPriceTooHigh", [UNIT_PRICE, UNIT_PRICE + 1n]);
  });

  it("refuses a term out of range", async () => {
    const { market, registry, ask, by } = await load(ready);
    const range = (least: bigint, term: bigint) => [least, BigInt(MAX_TERM_PERIODS), term];
    await rejects(ask({ termPeriods: 1 }), market, "MarketTermInvalid", range(2n, 1n));
    const tooLong = MAX_TERM_PERIODS + 1;
    await rejects(ask({ termPeriods: tooLong }), market, "MarketTermInvalid", range(2n, BigInt(tooLong)));
    await ask({ termPeriods: 2 });
    await ask({ termPeriods: MAX_TERM_PERIODS });
    await registry.write.updateOffer([1n, UNIT_PRICE, OFFER_BYTES, 0, ""], by.provider);
    await rejects(ask({ termPeriods: 0 }), market, "MarketTermInvalid", range(1n, 0n));
  });

  it("refuses more than the offer has free", async () => {
    const { registry, ask } = await load(ready);
    const capacityBytes = OFFER_BYTES + 1n;
    const short = [1n, OFFER_BYTES, capacityBytes];
    await rejects(ask({ capacityBytes }), registry, "RegistryCapacityInsufficient", short);
  });

  it("refuses a customer without approval or money", async () => {
    const { market, ledger, payments, request, ask, addresses, costOf, by } = await load(ready);
    const agent = getAddress(market.address);
    const short = [addresses.stranger, getAddress(payments.address), agent, 0n, costOf(37n)];
    const foreign = market.write.request([request()], by.stranger);
    await rejects(foreign, ledger, "LedgerApprovalInsufficient", short);
    await ledger.write.withdraw([addresses.customer, TOKEN, 1_000n * USD - 5n], by.customer);
    const poor = [addresses.customer, TOKEN, 5n, costOf(37n)];
    await rejects(ask(), ledger, "LedgerBalanceInsufficient", poor);
  });

  it("locks what the deal can cost and tells everything", async () => {
    const { market, ledger, payments, proofs, registry, ask, request, keyOf, costOf, addresses, funds } =
      await load(ready);
    const most = costOf(TERM + GRACE);
    const sessionKey = addresses.stranger;
    const asked = request({ sessionKey });
    const hash = await ask({ sessionKey });
    const acceptBy = BigInt(await networkHelpers.time.latest()) + ACCEPT_SECONDS;
    await emits(hash, market, "DealRequested", [
      1n,
      addresses.customer,
      addresses.provider,
      keyOf(1n),
      { ...asked, payments: getAddress(payments.address), verifier: getAddress(proofs.address) },
      UNIT_PRICE,
      most,
      Number(acceptBy),
    ]);
    expect(await market.read.dealOf([1n])).to.deep.equal({
      customer: addresses.customer,
      provider: addresses.provider,
      status: Status.Requested,
      offerId: 1,
      acceptBy: Number(acceptBy),
      termPeriods: Number(TERM),
      stakeReserved: 0n,
      firstPieceHash: hashFirstPiece(asked.firstPiece),
    });
    expect(await market.read.dealCount()).to.equal(1n);
    expect(await market.read.firstPieceHashOf([1n])).to.equal(hashFirstPiece(asked.firstPiece));
    expect(await market.read.termsOf([1n])).to.deep.equal([0, 0]);
    expect(await funds()).to.deep.equal({ customer: 1_000n * USD - most, locked: most });
    const stream = await payments.read.streamOf([keyOf(1n)]);
    expect([stream.signer, stream.feeBps, stream.unitPrice, stream.capacityBytes]).to.deep.equal([
      sessionKey,
      FEE_BPS,
      UNIT_PRICE,
      2n * GIB,
    ]);
    const lock = await ledger.read.lockOf([payments.address, keyOf(1n)]);
    expect(lock.payee).to.equal(addresses.provider);
    // It expires once the last period of the latest possible end is closed: one boundary for the acceptance, the term, the grace.
    expect(BigInt(lock.expiresAt)).to.equal(await market.read.endOf([P + 1n + 1n + TERM + GRACE]));
    expect((await registry.read.offerOf([1n])).freeBytes).to.equal(OFFER_BYTES);
  });

  it("takes the customer's own key when none is named", async () => {
    const { payments, ask, keyOf, addresses } = await load(ready);
    await ask();
    expect((await payments.read.streamOf([keyOf(1n)])).signer).to.equal(addresses.customer);
  });

  it("quotes what it locks", async () => {
    const { market, costOf } = await load(ready);
    const quote = await market.read.quote([1n, 2n * GIB, Number(TERM)]);
    expect(quote).to.deep.equal([costOf(TERM + GRACE), UNIT_PRICE]);
  });
});

describe("DealMarket.onApproval", () => {
  it("refuses everybody but the ledger", async () => {
    const { market, request, addresses, by } = await load(ready);
    const call = market.write.onApproval([addresses.customer, encodeRequest(request())], by.stranger);
    await rejects(call, market, "MarketHandoverInvalid", []);
  });

  it("refuses an unknown action, and bytes that are no request", async () => {
    const { market, ledger, handover, by } = await load(ready);
    const unknown = encodeAbiParameters([{ type: "uint256" }], [3n]);
    const call = ledger.write.approveAndCall([handover(USD), unknown], by.customer);
    await rejects(call, market, "MarketHandoverInvalid", []);
    for (const data of ["0x", `0x${"00".repeat(32)}`, `0x${"00".repeat(32)}ff`] as const) {
      await viem.assertions.revert(ledger.write.approveAndCall([handover(USD), data], by.customer));
    }
  });

  it("refuses more than the caller lets it lock", async () => {
    const { market, ledger, payments, handover, request, costOf, addresses, by } = await load(ready);
    const most = costOf(TERM + GRACE);
    const call = ledger.write.approveAndCall([handover(most - 1n), encodeRequest(request())], by.customer);
    const parties = [addresses.customer, getAddress(payments.address), getAddress(market.address)];
    await rejects(call, ledger, "LedgerApprovalInsufficient", [...parties, most - 1n, most]);
  });

  it("asks for a deal with one signature in one transaction", async () => {
    const { market, ledger, usd, permit, handover, request, costOf, addresses, by } = await load(protocolOnly);
    const most = costOf(TERM + GRACE);
    const before = await usd.read.balanceOf([addresses.customer]);
    const args = [await permit(most), handover(most), encodeRequest(request())] as const;
    const { result } = await ledger.simulate.depositAndCall(args, { account: addresses.customer });
    expect(result).to.equal(encodeAbiParameters([{ type: "uint256" }], [1n]));
    await ledger.write.depositAndCall(args, by.customer);
    expect((await market.read.dealOf([1n])).customer).to.equal(addresses.customer);
    expect(await usd.read.balanceOf([addresses.customer])).to.equal(before - most);
    expect(await ledger.read.balanceOf([addresses.customer, TOKEN])).to.equal(0n);
  });

  it("does so although somebody submitted the permit first", async () => {
    const { market, ledger, permit, handover, request, costOf, addresses, by } = await load(protocolOnly);
    const most = costOf(TERM + GRACE);
    const signed = await permit(most);
    await ledger.write.depositWithPermit([addresses.customer, TOKEN, signed], by.stranger);
    await ledger.write.depositAndCall([signed, handover(most), encodeRequest(request())], by.customer);
    expect((await market.read.dealOf([1n])).status).to.equal(Status.Requested);
  });
});
