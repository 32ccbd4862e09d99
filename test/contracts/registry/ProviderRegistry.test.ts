import { expect } from "chai";
import { network } from "hardhat";
import { type Address, getAddress, zeroAddress } from "viem";
import { signInvite } from "../../../sdk/src/invites.ts";
import { deployPolicy, FEE_BPS, GIB, HOSTING, MAX_TERM_PERIODS, Phase, STAKE_PER_GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;

const PRICE = 20_000n; // 0.02 of a token with 6 decimals, per GiB and 30 periods
const TOKEN = 1;
const ENDPOINT = "https://provider.example:8443";

const policy = () => deployPolicy(connection);

/** The provider is registered, one token and one market are listed. */
async function registered() {
  const deployed = await policy();
  const { registry, catalog, provider, operator, market } = deployed;
  await catalog.write.setToken([TOKEN, true]);
  await registry.write.setMarket([market.account.address, true]);
  await registry.write.register([operator.account.address, 3, ENDPOINT, "First", "0x"], { account: provider.account });
  return {
    ...deployed,
    owner: getAddress(provider.account.address),
    by: { account: provider.account },
    byMarket: { account: market.account },
  };
}

/** Offer 1: 100 GiB of hosting. */
async function offered() {
  const deployed = await registered();
  await deployed.registry.write.publishOffer([HOSTING, TOKEN, PRICE, 100n * GIB, 2, "eu-central"], deployed.by);
  return deployed;
}

describe("ProviderRegistry.register", () => {
  it("refuses a second registration", async () => {
    const { registry, operator, owner, by } = await load(registered);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.register([operator.account.address, 0, ENDPOINT, "", "0x"], by),
      registry,
      "RegistryProviderExists",
      [owner],
    );
  });

  it("refuses an operator of zero", async () => {
    const { registry } = await load(policy);
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.register([zeroAddress, 0, ENDPOINT, "", "0x"]),
      registry,
      "RegistryOperatorInvalid",
      [zeroAddress],
    );
  });

  it("refuses no endpoint, one of 257 bytes, and a name of 65", async () => {
    const { registry, operator } = await load(policy);
    const key = operator.account.address;
    for (const length of [0, 257]) {
      await viem.assertions.revertWithCustomErrorWithArgs(
        registry.write.register([key, 0, "e".repeat(length), "", "0x"]),
        registry,
        "RegistryEndpointInvalid",
        [BigInt(length), 256n],
      );
    }
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.register([key, 0, ENDPOINT, "n".repeat(65), "0x"]),
      registry,
      "RegistryTextTooLong",
      [65n, 64n],
    );
  });

  it("registers whoever comes once the network is open", async () => {
    const { registry, provider, operator } = await load(policy);
    const [owner, key] = [getAddress(provider.account.address), getAddress(operator.account.address)];
    await viem.assertions.emitWithArgs(
      registry.write.register([key, 3, ENDPOINT, "First", "0x"], { account: provider.account }),
      registry,
      "ProviderRegistered",
      [owner, key, 3, ENDPOINT, "First"],
    );
    expect(await registry.read.providerOf([owner])).to.deep.equal({
      operator: key,
      group: 3,
      registeredAt: await networkHelpers.time.latest(),
      jailed: false,
    });
    expect(await registry.read.operatorOf([owner])).to.equal(key);
    expect(await registry.read.providerCount()).to.equal(1n);
  });
});

describe("ProviderRegistry.register by invitation", () => {
  /** Deployed like the usual policy, but in the phase before. */
  async function byInvitation() {
    const { manager, catalog, governor, provider, operator, stranger } = await policy();
    const invites = await viem.deployContract("InviteRegistry", [manager.address]);
    const registry = await viem.deployContract("ProviderRegistry", [invites.address, catalog.address, manager.address]);
    await invites.write.setGate([registry.address]);
    await invites.write.setPhase([Phase.Invite]);
    await invites.write.setIssuer([governor.account.address, true]);
    const chainId = await (await viem.getPublicClient()).getChainId();
    const invite = await signInvite(
      governor,
      { chainId, address: invites.address },
      {
        issuer: governor.account.address,
        invitee: zeroAddress,
        nonce: 0n,
        expiresAt: (await networkHelpers.time.latest()) + 1_000,
      },
    );
    return { invites, registry, invite, provider, operator, stranger };
  }

  it("refuses without one, and keeps nothing of the attempt", async () => {
    const { invites, registry, provider, operator } = await load(byInvitation);
    await viem.assertions.revertWithCustomError(
      registry.write.register([operator.account.address, 0, ENDPOINT, "", "0x"], { account: provider.account }),
      invites,
      "InviteRequired",
    );
    expect(await registry.read.operatorOf([provider.account.address])).to.equal(zeroAddress);
    expect(await registry.read.providerCount()).to.equal(0n);
  });

  it("takes an invitation once", async () => {
    const { invites, registry, invite, provider, operator, stranger } = await load(byInvitation);
    await registry.write.register([operator.account.address, 0, ENDPOINT, "", invite], { account: provider.account });
    expect(await registry.read.providerCount()).to.equal(1n);
    await viem.assertions.revertWithCustomError(
      registry.write.register([operator.account.address, 0, ENDPOINT, "", invite], { account: stranger.account }),
      invites,
      "InviteUsed",
    );
  });
});

describe("ProviderRegistry.setOperator, setEndpoint, setGroup", () => {
  it("refuse an account that is not registered", async () => {
    const { registry, stranger } = await load(registered);
    const account = { account: stranger.account };
    const unknown: [Address] = [getAddress(stranger.account.address)];
    for (const call of [
      registry.write.setOperator([stranger.account.address], account),
      registry.write.setEndpoint([ENDPOINT, ""], account),
      registry.write.setGroup([1], account),
    ]) {
      await viem.assertions.revertWithCustomErrorWithArgs(call, registry, "RegistryProviderUnknown", unknown);
    }
  });

  it("refuse a key of zero, and texts out of bounds", async () => {
    const { registry, by } = await load(registered);
    await viem.assertions.revertWithCustomError(
      registry.write.setOperator([zeroAddress], by),
      registry,
      "RegistryOperatorInvalid",
    );
    await viem.assertions.revertWithCustomError(
      registry.write.setEndpoint(["", ""], by),
      registry,
      "RegistryEndpointInvalid",
    );
    await viem.assertions.revertWithCustomError(
      registry.write.setEndpoint([ENDPOINT, "n".repeat(65)], by),
      registry,
      "RegistryTextTooLong",
    );
  });

  it("change one thing each, and tell it", async () => {
    const { registry, owner, by, stranger } = await load(registered);
    const key = getAddress(stranger.account.address);
    const before = await registry.read.providerOf([owner]);
    await viem.assertions.emitWithArgs(registry.write.setOperator([key], by), registry, "OperatorChanged", [
      owner,
      key,
    ]);
    await viem.assertions.emitWithArgs(
      registry.write.setEndpoint(["e".repeat(256), "n".repeat(64)], by),
      registry,
      "EndpointChanged",
      [owner, "e".repeat(256), "n".repeat(64)],
    );
    await viem.assertions.emitWithArgs(registry.write.setGroup([9], by), registry, "GroupChanged", [owner, 9]);
    expect(await registry.read.providerOf([owner])).to.deep.equal({ ...before, operator: key, group: 9 });
  });
});

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

describe("ProviderRegistry.setMarket", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { registry, stranger } = await load(registered);
    await viem.assertions.revertWithCustomError(
      registry.write.setMarket([stranger.account.address, true], { account: stranger.account }),
      registry,
      "AccessManagedUnauthorized",
    );
  });

  it("lists and unlists", async () => {
    const { registry, stranger } = await load(registered);
    const address = getAddress(stranger.account.address);
    for (const allowed of [true, false]) {
      await viem.assertions.emitWithArgs(
        registry.write.setMarket([address, allowed]),
        registry,
        "RegistryMarketChanged",
        [address, allowed],
      );
      expect(await registry.read.isMarket([address])).to.equal(allowed);
    }
  });
});

describe("ProviderRegistry.setJailed", () => {
  it("refuses whoever the access manager does not name, and an unknown provider", async () => {
    const { registry, owner, by, stranger } = await load(registered);
    await viem.assertions.revertWithCustomError(
      registry.write.setJailed([owner, false], by),
      registry,
      "AccessManagedUnauthorized",
    );
    await viem.assertions.revertWithCustomErrorWithArgs(
      registry.write.setJailed([stranger.account.address, true]),
      registry,
      "RegistryProviderUnknown",
      [getAddress(stranger.account.address)],
    );
  });

  it("jails and frees", async () => {
    const { registry, owner } = await load(registered);
    for (const jailed of [true, false]) {
      await viem.assertions.emitWithArgs(registry.write.setJailed([owner, jailed]), registry, "JailChanged", [
        owner,
        jailed,
      ]);
      expect((await registry.read.providerOf([owner])).jailed).to.equal(jailed);
    }
  });
});
