import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, zeroAddress } from "viem";
import { PRICE, registryFixtures, TOKEN } from "../../helpers/fixtures/registry.ts";
import { FEE_BPS, GIB, HOSTING, MAX_TERM_PERIODS, STAKE_PER_GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { registered, offered } = registryFixtures(connection);

describe("ProviderRegistry.publishOffer", () => {
  const usual = [HOSTING, TOKEN, PRICE, 100n * GIB, 2, "eu-central"] as const;

  it("refuses an account that is not registered", async () => {
    const { registry, stranger } = await load(registered);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.publishOffer(usual, { account: stranger.account }),
      registry,
      "RegistryProviderUnknown",
      [getAddress(stranger.account.address)],
    );
  });

  it("refuses a price of zero and a region of 65 bytes", async () => {
    const { registry, by } = await load(registered);
    await viem.assertions.revertWithCustomError(
      registry.write.publishOffer([HOSTING, TOKEN, 0n, GIB, 2, ""], by),
      registry,
      "RegistryPriceInvalid",
    );
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.publishOffer([HOSTING, TOKEN, PRICE, GIB, 2, "r".repeat(65)], by),
      registry,
      "RegistryTextTooLong",
      [65n, 64n],
    );
  });

  it("refuses a service that the catalogue does not know or that is not active", async () => {
    const { registry, catalog, by } = await load(registered);
    const unknown = `0x${"11".repeat(32)}` as const;
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.publishOffer([unknown, TOKEN, PRICE, GIB, 2, ""], by),
      catalog,
      "CatalogServiceUnknown",
      [unknown],
    );
    await catalog.write.setService(["hosting", GIB, STAKE_PER_GIB, 1, FEE_BPS, MAX_TERM_PERIODS, false]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.publishOffer(usual, by),
      registry,
      "RegistryServiceInactive",
      [HOSTING],
    );
  });

  it("refuses a token that is not listed", async () => {
    const { registry, by } = await load(registered);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.publishOffer([HOSTING, 2, PRICE, GIB, 2, ""], by),
      registry,
      "RegistryTokenUnlisted",
      [2],
    );
  });

  it("publishes, with all of it free", async () => {
    const { registry, owner, by } = await load(registered);
    await viem.assertions.emitWithArgs(registry.write.publishOffer(usual, by), registry, "OfferPublished", [
      1n,
      owner,
      HOSTING,
      TOKEN,
      PRICE,
      100n * GIB,
      2,
      "eu-central",
    ]);
    expect(await registry.read.offerOf([1n])).to.deep.equal({
      provider: owner,
      tokenId: TOKEN,
      minTermPeriods: 2,
      active: true,
      unitPrice: PRICE,
      capacityBytes: 100n * GIB,
      freeBytes: 100n * GIB,
      serviceId: HOSTING,
    });
    expect(await registry.read.offerCount()).to.equal(1n);
  });
});

describe("ProviderRegistry.updateOffer", () => {
  it("refuses somebody else's offer, and one that does not exist", async () => {
    const { registry, owner, stranger } = await load(offered);
    const caller = getAddress(stranger.account.address);
    for (const [id, provider] of [
      [1n, owner],
      [2n, zeroAddress],
    ] as const) {
      await viem.assertions.revertWithCustomErrorWithArgs(
        registry.write.updateOffer([id, PRICE, GIB, 2, ""], { account: stranger.account }),
        registry,
        "RegistryOfferForeign",
        [id, provider, caller],
      );
    }
  });

  it("refuses a withdrawn offer", async () => {
    const { registry, by } = await load(offered);
    await registry.write.withdrawOffer([1n], by);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.updateOffer([1n, PRICE, GIB, 2, ""], by),
      registry,
      "RegistryOfferUnavailable",
      [1n],
    );
  });

  it("refuses a price of zero", async () => {
    const { registry, by } = await load(offered);
    await viem.assertions.revertWithCustomError(
      registry.write.updateOffer([1n, 0n, GIB, 2, ""], by),
      registry,
      "RegistryPriceInvalid",
    );
  });

  it("refuses less than deals hold, by a byte", async () => {
    const { registry, by, byMarket } = await load(offered);
    await registry.write.takeCapacity([1n, 40n * GIB], byMarket);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.updateOffer([1n, PRICE, 40n * GIB - 1n, 2, ""], by),
      registry,
      "RegistryCapacityInsufficient",
      [1n, 40n * GIB - 1n, 40n * GIB],
    );
  });

  it("shrinks to exactly what deals hold", async () => {
    const { registry, owner, by, byMarket } = await load(offered);
    await registry.write.takeCapacity([1n, 40n * GIB], byMarket);
    const update = registry.write.updateOffer([1n, 2n * PRICE, 40n * GIB, 5, "us-east"], by);
    await viem.assertions.emitWithArgs(update, registry, "OfferPublished", [
      1n,
      owner,
      HOSTING,
      TOKEN,
      2n * PRICE,
      40n * GIB,
      5,
      "us-east",
    ]);
    await viem.assertions.emitWithArgs(update, registry, "OfferFreeChanged", [1n, 0n]);
    expect(await registry.read.offerOf([1n])).to.deep.include({
      unitPrice: 2n * PRICE,
      capacityBytes: 40n * GIB,
      freeBytes: 0n,
      minTermPeriods: 5,
    });
  });
});

describe("ProviderRegistry.withdrawOffer", () => {
  it("refuses somebody else's offer, and a second time", async () => {
    const { registry, owner, by, stranger } = await load(offered);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.withdrawOffer([1n], { account: stranger.account }),
      registry,
      "RegistryOfferForeign",
      [1n, owner, getAddress(stranger.account.address)],
    );
    await registry.write.withdrawOffer([1n], by);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.withdrawOffer([1n], by),
      registry,
      "RegistryOfferUnavailable",
      [1n],
    );
  });

  it("takes the offer off the market", async () => {
    const { registry, by } = await load(offered);
    await viem.assertions.emitWithArgs(registry.write.withdrawOffer([1n], by), registry, "OfferWithdrawn", [1n]);
    expect((await registry.read.offerOf([1n])).active).to.equal(false);
  });
});

describe("ProviderRegistry.takeCapacity", () => {
  it("refuses whoever is not a listed market", async () => {
    const { registry, market, byMarket, stranger } = await load(offered);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.takeCapacity([1n, 1n], { account: stranger.account }),
      registry,
      "RegistryMarketOnly",
      [getAddress(stranger.account.address)],
    );
    await registry.write.setMarket([market.account.address, false]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.takeCapacity([1n, 1n], byMarket),
      registry,
      "RegistryMarketOnly",
      [getAddress(market.account.address)],
    );
  });

  it("refuses an offer that does not exist, is withdrawn, or whose provider is jailed", async () => {
    const { registry, owner, by, byMarket } = await load(offered);
    const unavailable = (id: bigint) =>
      viem.assertions.revertWithCustomErrorWithArgs(
        registry.write.takeCapacity([id, 1n], byMarket),
        registry,
        "RegistryOfferUnavailable",
        [id],
      );
    await unavailable(2n);
    await registry.write.setJailed([owner, true]);
    await unavailable(1n);
    await registry.write.setJailed([owner, false]);
    await registry.write.withdrawOffer([1n], by);
    await unavailable(1n);
  });

  it("refuses more than is free, by a byte", async () => {
    const { registry, byMarket } = await load(offered);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.takeCapacity([1n, 100n * GIB + 1n], byMarket),
      registry,
      "RegistryCapacityInsufficient",
      [1n, 100n * GIB, 100n * GIB + 1n],
    );
  });

  it("takes all that is free and tells provider, service and price", async () => {
    const { registry, owner, market, byMarket } = await load(offered);
    const { result } = await registry.simulate.takeCapacity([1n, 100n * GIB], { account: market.account.address });
    expect(result).to.deep.equal([owner, HOSTING, PRICE]);
    await viem.assertions.emitWithArgs(
      registry.write.takeCapacity([1n, 100n * GIB], byMarket),
      registry,
      "OfferFreeChanged",
      [1n, 0n],
    );
    expect((await registry.read.offerOf([1n])).freeBytes).to.equal(0n);
  });
});

describe("ProviderRegistry.giveCapacity", () => {
  it("refuses whoever never was a market", async () => {
    const { registry, stranger } = await load(offered);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.giveCapacity([1n, 1n], { account: stranger.account }),
      registry,
      "RegistryMarketOnly",
      [getAddress(stranger.account.address)],
    );
  });

  it("gives back to a withdrawn offer of a jailed provider, for a market that was unlisted since", async () => {
    const { registry, market, owner, by, byMarket } = await load(offered);
    await registry.write.takeCapacity([1n, 40n * GIB], byMarket);
    await registry.write.withdrawOffer([1n], by);
    await registry.write.setJailed([owner, true]);
    await registry.write.setMarket([market.account.address, false]);
    await viem.assertions.emitWithArgs(
      registry.write.giveCapacity([1n, 40n * GIB], byMarket),
      registry,
      "OfferFreeChanged",
      [1n, 100n * GIB],
    );
  });

  it("never gives more than the offer has", async () => {
    const { registry, byMarket } = await load(offered);
    await registry.write.takeCapacity([1n, GIB], byMarket);
    await registry.write.giveCapacity([1n, 2n ** 64n - 1n], byMarket);
    expect((await registry.read.offerOf([1n])).freeBytes).to.equal(100n * GIB);
  });
});
