import { expect } from "chai";
import { network } from "hardhat";
import { type Address, getAddress, zeroAddress } from "viem";
import { ENDPOINT, registryFixtures } from "../../helpers/fixtures/registry.ts";
import { admissionFor } from "../../helpers/invites.ts";
import { Phase } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { policy, registered } = registryFixtures(connection);

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
    await invites.write.setIssuer([governor.account.address, 10]);
    const chainId = await (await viem.getPublicClient()).getChainId();
    const invite = await admissionFor(
      governor,
      { chainId, address: invites.address },
      { nonce: 0n, expiresAt: (await networkHelpers.time.latest()) + 1_000 },
      provider.account.address,
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
