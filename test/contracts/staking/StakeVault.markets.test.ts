import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther, stringToHex, zeroHash } from "viem";
import { NO_STAKE, STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { HOSTING, serviceIdOf } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { approved, staked, reserved, delegated } = vaultFixtures(connection);

const REASON = stringToHex("test-fault", { size: 32 });
const OTHER_SERVICE = serviceIdOf("other");

describe("StakeVault.reserve", () => {
  it("refuses whoever is not a listed market", async () => {
    const { vault, owner, stranger } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], { account: stranger.account }),
      vault,
      "StakeMarketOnly",
      [getAddress(stranger.account.address)],
    );
  });

  it("refuses a market that was unlisted", async () => {
    const { vault, owner, market, byMarket } = await load(reserved);
    await vault.write.setMarket([market.account.address, false]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], byMarket),
      vault,
      "StakeMarketOnly",
      [getAddress(market.account.address)],
    );
  });

  it("refuses more than is allocated and free, by one", async () => {
    const { vault, owner, byMarket } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, parseEther("200") + 1n], byMarket),
      vault,
      "StakeInsufficient",
      [owner, parseEther("200"), parseEther("200") + 1n],
    );
  });

  it("reserves exactly what is free", async () => {
    const { vault, owner, byMarket, market } = await load(reserved);
    await viem.assertions.emitWithArgs(
      vault.write.reserve([owner, HOSTING, parseEther("200")], byMarket),
      vault,
      "ReservationChanged",
      [owner, HOSTING, getAddress(market.account.address), parseEther("600")],
    );
    expect((await vault.read.allocationOf([owner, HOSTING])).reserved).to.equal(parseEther("600"));
  });
});

describe("StakeVault.release", () => {
  it("refuses whoever never was a market", async () => {
    const { vault, owner, stranger } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.release([owner, HOSTING, 1n], { account: stranger.account }),
      vault,
      "StakeMarketOnly",
      [getAddress(stranger.account.address)],
    );
  });

  it("frees stake, also for a market that was unlisted since", async () => {
    const { vault, owner, market, by, byMarket } = await load(reserved);
    await vault.write.setMarket([market.account.address, false]);
    await viem.assertions.emitWithArgs(
      vault.write.release([owner, HOSTING, parseEther("400")], byMarket),
      vault,
      "ReservationChanged",
      [owner, HOSTING, getAddress(market.account.address), 0n],
    );
    await vault.write.allocate([HOSTING, 0n], by);
    expect((await vault.read.stakeOf([owner])).allocated).to.equal(0n);
  });

  it("never reverts for a slashed provider", async () => {
    const { vault, owner, governor, byMarket } = await load(reserved);
    await vault.write.slash([owner, HOSTING, STAKE, REASON, governor.account.address]);
    await vault.write.release([owner, HOSTING, parseEther("400")], byMarket);
    await vault.write.release([owner, HOSTING, parseEther("400")], byMarket);
    expect(await vault.read.allocationOf([owner, HOSTING])).to.deep.equal({ amount: 0n, reserved: 0n });
  });
});

describe("StakeVault.slash", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { vault, owner, market } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.slash([owner, HOSTING, 1n, REASON, owner], { account: market.account }),
      vault,
      "AccessManagedUnauthorized",
      [getAddress(market.account.address)],
    );
  });

  it("takes the service's allocation first and tells what came from where", async () => {
    const { vault, ever, owner, governor } = await load(reserved);
    const recipient = getAddress(governor.account.address);
    await viem.assertions.emitWithArgs(
      vault.write.slash([owner, HOSTING, parseEther("250"), REASON, recipient]),
      vault,
      "Slashed",
      [owner, HOSTING, REASON, parseEther("250"), 0n, 0n, 0n, recipient],
    );
    expect(await vault.read.stakeOf([owner])).to.deep.equal({
      ...NO_STAKE,
      active: parseEther("750"),
      allocated: parseEther("350"),
      capacity: parseEther("750"),
      free: parseEther("400"),
    });
    expect(await vault.read.allocationOf([owner, HOSTING])).to.deep.equal({
      amount: parseEther("350"),
      reserved: parseEther("400"),
    });
    expect(await ever.read.balanceOf([recipient])).to.equal(parseEther("250"));
    expect(await vault.read.totalStake()).to.equal(parseEther("750"));
  });

  it("cannot be escaped by thawing, takes at most what is there and never reverts for want of stake", async () => {
    const { vault, ever, owner, by, governor } = await load(reserved);
    const recipient = getAddress(governor.account.address);
    await vault.write.thaw([parseEther("400")], by);
    await viem.assertions.emitWithArgs(
      vault.write.slash([owner, HOSTING, parseEther("900"), REASON, recipient]),
      vault,
      "Slashed",
      [owner, HOSTING, REASON, parseEther("600"), parseEther("300"), 0n, 0n, recipient],
    );
    await vault.write.slash([owner, HOSTING, parseEther("900"), REASON, recipient]);
    await viem.assertions.emitWithArgs(
      vault.write.slash([owner, HOSTING, parseEther("900"), REASON, recipient]),
      vault,
      "Slashed",
      [owner, HOSTING, REASON, 0n, 0n, 0n, 0n, recipient],
    );
    expect(await vault.read.stakeOf([owner])).to.deep.equal(NO_STAKE);
    expect(await ever.read.balanceOf([recipient])).to.equal(STAKE);
    expect(await ever.read.balanceOf([vault.address])).to.equal(0n);
    expect(await vault.read.totalStake()).to.equal(0n);
  });

  it("reserves nothing more until allocations are covered again", async () => {
    const { vault, owner, by, byMarket, governor } = await load(reserved);
    await vault.write.allocate([OTHER_SERVICE, parseEther("400")], by);
    await vault.write.slash([owner, OTHER_SERVICE, parseEther("500"), REASON, governor.account.address]);
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      active: parseEther("500"),
      allocated: parseEther("600"),
    });
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], byMarket),
      vault,
      "StakeInsufficient",
      [owner, parseEther("500"), parseEther("600")],
    );
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.thaw([1n], by), vault, "StakeInsufficient", [
      owner,
      0n,
      1n,
    ]);

    await vault.write.allocate([HOSTING, parseEther("500")], by);
    await vault.write.reserve([owner, HOSTING, parseEther("100")], byMarket);
    expect((await vault.read.allocationOf([owner, HOSTING])).reserved).to.equal(parseEther("500"));
  });

  it("leaves an allocation below its reservations only to be raised", async () => {
    const { vault, owner, by, governor } = await load(reserved);
    await vault.write.slash([owner, HOSTING, parseEther("300"), REASON, governor.account.address]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.allocate([HOSTING, parseEther("299")], by),
      vault,
      "StakeInsufficient",
      [owner, parseEther("299"), parseEther("400")],
    );
    await vault.write.allocate([HOSTING, parseEther("350")], by);
    expect((await vault.read.allocationOf([owner, HOSTING])).amount).to.equal(parseEther("350"));
  });
});

describe("StakeVault.reserve beside delegation", () => {
  it("goes on after own stake left that nothing needed", async () => {
    const { vault, owner, by, byMarket } = await load(reserved);
    await vault.write.thaw([parseEther("400")], by);
    await vault.write.reserve([owner, HOSTING, parseEther("200")], byMarket);
    expect((await vault.read.allocationOf([owner, HOSTING])).reserved).to.equal(parseEther("600"));
  });

  it("ends when a slash leaves delegated stake without enough of the provider's own", async () => {
    const { vault, owner, by, market, governor } = await load(delegated);
    await vault.write.allocate([HOSTING, parseEther("200")], by);
    await vault.write.slash([owner, OTHER_SERVICE, STAKE - parseEther("10"), REASON, governor.account.address]);
    const [capacity, allocated] = [parseEther("90"), parseEther("200")];
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], { account: market.account }),
      vault,
      "StakeInsufficient",
      [owner, capacity, allocated],
    );
  });
});

describe("StakeVault.allocate after a slash", () => {
  it("lets the same be said again, and lowers step by step, though the stake does not cover it", async () => {
    const { vault, owner, by, governor } = await load(reserved);
    await vault.write.allocate([OTHER_SERVICE, parseEther("400")], by);
    await vault.write.slash([owner, HOSTING, parseEther("300"), REASON, governor.account.address]);
    // 300 of 600 are left to hosting, which has reserved 400; nothing is free beside the other service's 400.
    await vault.write.slash([owner, serviceIdOf("third"), parseEther("100"), REASON, governor.account.address]);
    for (const [service, amount, total] of [
      [HOSTING, parseEther("300"), parseEther("700")],
      [OTHER_SERVICE, parseEther("400"), parseEther("700")],
      [OTHER_SERVICE, parseEther("350"), parseEther("650")],
    ] as const) {
      await viem.assertions.emitWithArgs(vault.write.allocate([service, amount], by), vault, "Allocated", [
        owner,
        service,
        amount,
        total,
      ]);
    }
  });

  it("has lost what the slash took, down to one base unit", async () => {
    const { vault, owner, governor } = await load(reserved);
    await vault.write.slash([owner, HOSTING, 1n, REASON, governor.account.address]);
    expect((await vault.read.allocationOf([owner, HOSTING])).amount).to.equal(parseEther("600") - 1n);
    expect((await vault.read.stakeOf([owner])).allocated).to.equal(parseEther("600") - 1n);
  });
});

describe("StakeVault.setMarket", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { vault, stranger } = await load(approved);
    await viem.assertions.revertWithCustomError(
      vault.write.setMarket([stranger.account.address, true], { account: stranger.account }),
      vault,
      "AccessManagedUnauthorized",
    );
  });

  it("lists and unlists; unlisting what never was a market gives it nothing", async () => {
    const { vault, owner, stranger } = await load(staked);
    const address = getAddress(stranger.account.address);
    await viem.assertions.emitWithArgs(vault.write.setMarket([address, false]), vault, "StakeMarketChanged", [
      address,
      false,
    ]);
    await viem.assertions.revertWithCustomError(
      vault.write.release([owner, zeroHash, 0n], { account: stranger.account }),
      vault,
      "StakeMarketOnly",
    );
    await viem.assertions.emitWithArgs(vault.write.setMarket([address, true]), vault, "StakeMarketChanged", [
      address,
      true,
    ]);
    expect(await vault.read.isMarket([address])).to.equal(true);
    await vault.write.setMarket([address, false]);
    expect(await vault.read.isMarket([address])).to.equal(false);
  });
});
