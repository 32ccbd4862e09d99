import { expect } from "chai";
import { network } from "hardhat";
import { encodeAbiParameters, getAddress, parseEther, stringToHex, zeroAddress, zeroHash } from "viem";
import { hashFirstPiece } from "../../../sdk/src/proofs/typed-data.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import { MAX_UINT128, USD } from "../../helpers/money.ts";
import { FEE_BPS, GIB, HOSTING, MAX_TERM_PERIODS } from "../../helpers/policy.ts";
import {
  deployProtocol,
  encodeRequest,
  FIRST_PERIOD,
  OFFER_BYTES,
  type RequestArguments,
  Status,
  TOKEN,
  UNIT_PRICE,
} from "../../helpers/protocol.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);

const P = FIRST_PERIOD;
const SET = 1;
const TERM = 30n;
const GRACE = 7n;
const ACCEPT_SECONDS = 7_200n;

const bytes32 = (text: string) => stringToHex(text, { size: 32 });

/** The customer has 1,000 dollars in the ledger and has approved the market for good; the provider has a set. */
async function ready() {
  const deployed = await deployProtocol(connection);
  const { market, ledger, payments, proofs, provider, customer, request, deposit, approve, by } = deployed;
  await deposit();
  await approve(MAX_UINT128);
  await proofs.write.openSet([provider.account.address, market.address], by.operator);
  const addresses = {
    customer: getAddress(customer.account.address),
    provider: getAddress(provider.account.address),
    operator: getAddress(deployed.operator.account.address),
    stranger: getAddress(deployed.stranger.account.address),
  };
  return {
    ...deployed,
    addresses,
    ask: (changes: Partial<RequestArguments> = {}) => market.write.request([request(changes)], by.customer),
    statusOf: async (dealId = 1n) => (await market.read.dealOf([dealId])).status,
    /** Money of the customer and in the lock of deal 1, in the ledger. */
    async funds() {
      const balance = await ledger.read.balanceOf([addresses.customer, TOKEN]);
      return { customer: balance, locked: (await ledger.read.lockOf([payments.address, deployed.keyOf(1n)])).left };
    },
  };
}

async function requested() {
  const deployed = await ready();
  await deployed.ask();
  return { ...deployed, acceptBy: (await deployed.market.read.dealOf([1n])).acceptBy };
}

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

describe("DealMarket.accept", () => {
  it("refuses an unknown deal, and everybody but the provider's operator", async () => {
    const { market, addresses, by } = await load(requested);
    await rejects(market.write.accept([9n, SET], by.operator), market, "MarketStatusInvalid", [9n, Status.None]);
    for (const caller of [by.provider, by.customer, by.stranger]) {
      const address = getAddress(caller.account.address);
      const invalid = [1n, addresses.operator, address];
      await rejects(market.write.accept([1n, SET], caller), market, "MarketCallerInvalid", invalid);
    }
  });

  it("refuses one second after the deadline, not at it", async () => {
    const { market, acceptBy, by } = await load(requested);
    await networkHelpers.time.setNextBlockTimestamp(acceptBy + 1);
    const late = market.write.accept([1n, SET], by.operator);
    await rejects(late, market, "MarketDeadline", [1n, BigInt(acceptBy), BigInt(acceptBy) + 1n]);
  });

  it("takes the last second", async () => {
    const { market, acceptBy, statusOf, by } = await load(requested);
    await networkHelpers.time.setNextBlockTimestamp(acceptBy);
    await market.write.accept([1n, SET], by.operator);
    expect(await statusOf()).to.equal(Status.Active);
  });

  it("refuses a set of another provider or market", async () => {
    const { market, proofs, registry, addresses, stranger, by } = await load(requested);
    await rejects(market.write.accept([1n, 7], by.operator), market, "MarketSetInvalid", [
      7n,
      zeroAddress,
      zeroAddress,
    ]);
    await registry.write.register([addresses.stranger, 1, "https://other.example", "", "0x"], by.stranger);
    await proofs.write.openSet([stranger.account.address, market.address], by.stranger);
    const foreign = [2n, addresses.stranger, getAddress(market.address)];
    await rejects(market.write.accept([1n, 2], by.operator), market, "MarketSetInvalid", foreign);
    await proofs.write.openSet([addresses.provider, proofs.address], by.operator);
    const elsewhere = [3n, addresses.provider, getAddress(proofs.address)];
    await rejects(market.write.accept([1n, 3], by.operator), market, "MarketSetInvalid", elsewhere);
  });

  it("refuses without stake or capacity, from a jailed provider, and of a withdrawn offer", async () => {
    const { market, vault, registry, addresses, by } = await load(requested);
    const accept = () => market.write.accept([1n, SET], by.operator);
    await registry.write.setJailed([addresses.provider, true], by.governor);
    await rejects(accept(), registry, "RegistryOfferUnavailable", [1n]);
    await registry.write.setJailed([addresses.provider, false], by.governor);
    await registry.write.updateOffer([1n, UNIT_PRICE, GIB, 2, ""], by.provider);
    await rejects(accept(), registry, "RegistryCapacityInsufficient", [1n, GIB, 2n * GIB]);
    await registry.write.updateOffer([1n, UNIT_PRICE, OFFER_BYTES, 2, ""], by.provider);
    await vault.write.allocate([HOSTING, parseEther("1.5")], by.provider);
    const short = [addresses.provider, parseEther("1.5"), parseEther("2")];
    await rejects(accept(), vault, "StakeInsufficient", short);
    await vault.write.allocate([HOSTING, parseEther("2")], by.provider);
    await registry.write.withdrawOffer([1n], by.provider);
    await rejects(accept(), registry, "RegistryOfferUnavailable", [1n]);
  });

  it("refuses a second time", async () => {
    const { market, by } = await load(requested);
    await market.write.accept([1n, SET], by.operator);
    const again = market.write.accept([1n, SET], by.operator);
    await rejects(again, market, "MarketStatusInvalid", [1n, Status.Active]);
  });

  it("starts the deal at its price, whatever the offer costs by now", async () => {
    const { market, payments, registry, vault, proofs, keyOf, addresses, by } = await load(requested);
    await registry.write.updateOffer([1n, 3n * UNIT_PRICE, OFFER_BYTES, 2, ""], by.provider);
    const [from, termEnd, end] = [P + 1n, P + 1n + TERM, P + 1n + TERM + GRACE].map(Number);
    const stake = parseEther("2");
    const call = market.write.accept([1n, SET], by.operator);
    await emits(call, market, "DealAccepted", [1n, addresses.provider, SET, from, termEnd, end, stake]);
    const deal = await market.read.dealOf([1n]);
    expect([deal.status, deal.acceptBy, deal.termPeriods, deal.stakeReserved]).to.deep.equal([
      Status.Active,
      0,
      0,
      stake,
    ]);
    expect(await market.read.termsOf([1n])).to.deep.equal([termEnd, end]);
    const stream = await payments.read.streamOf([keyOf(1n)]);
    expect([stream.verifier, stream.setId, stream.endPeriod, stream.unitPrice]).to.deep.equal([
      getAddress(proofs.address),
      SET,
      end,
      UNIT_PRICE,
    ]);
    expect((await registry.read.offerOf([1n])).freeBytes).to.equal(OFFER_BYTES - 2n * GIB);
    expect((await vault.read.allocationOf([addresses.provider, HOSTING])).reserved).to.equal(stake);
  });

  it("still fits its money and its lock at the last moment", async () => {
    const { market, ledger, payments, keyOf, acceptBy, enter, by } = await load(requestedLate);
    await enter(P + 1n);
    expect(await networkHelpers.time.latest()).to.be.lessThan(acceptBy);
    await market.write.accept([1n, SET], by.operator);
    const { endPeriod } = await payments.read.streamOf([keyOf(1n)]);
    const { expiresAt } = await ledger.read.lockOf([payments.address, keyOf(1n)]);
    expect(BigInt(expiresAt)).to.equal(await market.read.endOf([BigInt(endPeriod)]));
  });
});

for (const [entry, status] of [
  ["decline", Status.Declined],
  ["cancel", Status.Cancelled],
  ["expire", Status.Expired],
] as const) {
  describe(`DealMarket.${entry}`, () => {
    it("refuses a deal that is unknown, accepted or over", async () => {
      const { market, acceptBy, by } = await load(requested);
      const caller = { decline: by.operator, cancel: by.customer, expire: by.stranger }[entry];
      const call = (dealId: bigint) => market.write[entry]([dealId], caller);
      if (entry === "expire") await rejects(call(9n), market, "MarketStatusInvalid", [9n, Status.None]);
      else
        await rejects(call(9n), market, "MarketCallerInvalid", [9n, zeroAddress, getAddress(caller.account.address)]);
      const accepted = await networkHelpers.takeSnapshot();
      await market.write.accept([1n, SET], by.operator);
      await rejects(call(1n), market, "MarketStatusInvalid", [1n, Status.Active]);
      await accepted.restore();
      if (entry === "expire") await networkHelpers.time.increaseTo(acceptBy + 1);
      await call(1n);
      await rejects(call(1n), market, "MarketStatusInvalid", [1n, status]);
      await rejects(market.write.accept([1n, SET], by.operator), market, "MarketStatusInvalid", [1n, status]);
    });

    it(entry === "expire" ? "refuses until the deadline has passed" : "refuses everybody else", async () => {
      const { market, addresses, acceptBy, by } = await load(requested);
      if (entry === "expire") {
        await networkHelpers.time.setNextBlockTimestamp(acceptBy);
        const early = market.write.expire([1n], by.stranger);
        await rejects(early, market, "MarketDeadline", [1n, BigInt(acceptBy), BigInt(acceptBy)]);
        return;
      }
      const expected = { decline: addresses.operator, cancel: addresses.customer }[entry];
      for (const caller of [by.provider, by.stranger, entry === "decline" ? by.customer : by.operator]) {
        const invalid = [1n, expected, getAddress(caller.account.address)];
        await rejects(market.write[entry]([1n], caller), market, "MarketCallerInvalid", invalid);
      }
    });

    it("returns everything and leaves nothing reserved", async () => {
      const { market, registry, vault, payments, keyOf, acceptBy, addresses, funds, by } = await load(requested);
      const caller = { decline: by.operator, cancel: by.customer, expire: by.stranger }[entry];
      if (entry === "expire") await networkHelpers.time.increaseTo(acceptBy + 1);
      const told = [1n, status, getAddress(caller.account.address)];
      await emits(market.write[entry]([1n], caller), market, "DealClosedUnaccepted", told);
      expect(await funds()).to.deep.equal({ customer: 1_000n * USD, locked: 0n });
      const deal = await market.read.dealOf([1n]);
      expect([deal.status, deal.stakeReserved]).to.deep.equal([status, 0n]);
      expect((await payments.read.streamOf([keyOf(1n)])).closed).to.equal(true);
      expect((await registry.read.offerOf([1n])).freeBytes).to.equal(OFFER_BYTES);
      expect((await vault.read.allocationOf([addresses.provider, HOSTING])).reserved).to.equal(0n);
    });
  });
}

/** As `deployProtocol` leaves it: the customer's dollars are in its wallet, nothing is approved. */
async function protocolOnly() {
  const deployed = await deployProtocol(connection);
  return { ...deployed, addresses: { customer: getAddress(deployed.customer.account.address) } };
}

/** A request made a moment before a boundary. */
async function requestedLate() {
  const deployed = await ready();
  await networkHelpers.time.increaseTo(deployed.originAt + (P + 1n) * deployed.spans.periodSeconds - 60n);
  await deployed.ask();
  return { ...deployed, acceptBy: (await deployed.market.read.dealOf([1n])).acceptBy };
}
