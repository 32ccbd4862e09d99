import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, maxUint256, parseEther, zeroAddress } from "viem";
import { signPermit } from "../../helpers/permit.ts";
import { deployPolicy, GENESIS_EVER } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const policy = () => deployPolicy(connection);

describe("EverToken constructor", () => {
  it("refuses holders and amounts of different length", async () => {
    const { manager, ever, stranger } = await networkHelpers.loadFixture(policy);
    await viem.assertions.revertWithCustomErrorWithArgs(
      viem.deployContract("EverToken", [[stranger.account.address], [], manager.address]),
      ever,
      "EverGenesisInvalid",
      [1n, 0n],
    );
  });

  it("refuses a genesis above the cap, by one", async () => {
    const { manager, ever, stranger } = await networkHelpers.loadFixture(policy);
    const cap = await ever.read.CAP();
    await viem.assertions.revertWithCustomErrorWithArgs(
      viem.deployContract("EverToken", [[stranger.account.address], [cap + 1n], manager.address]),
      ever,
      "EverCapExceeded",
      [cap, cap + 1n],
    );
  });

  it("gives each holder its amount, and nobody else anything", async () => {
    const { ever, provider, customer, governor } = await networkHelpers.loadFixture(policy);
    expect(await ever.read.balanceOf([provider.account.address])).to.equal(GENESIS_EVER);
    expect(await ever.read.balanceOf([customer.account.address])).to.equal(GENESIS_EVER);
    expect(await ever.read.balanceOf([governor.account.address])).to.equal(0n);
    expect(await ever.read.totalSupply()).to.equal(3n * GENESIS_EVER);
    expect([await ever.read.symbol(), await ever.read.decimals()]).to.deep.equal(["EVER", 18]);
  });
});

describe("EverToken.mint", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { ever, stranger } = await networkHelpers.loadFixture(policy);
    await viem.assertions.revertWithCustomErrorWithArgs(
      ever.write.mint([stranger.account.address, 1n], { account: stranger.account }),
      ever,
      "AccessManagedUnauthorized",
      [getAddress(stranger.account.address)],
    );
  });

  it("refuses one unit above the cap", async () => {
    const { ever, stranger } = await networkHelpers.loadFixture(policy);
    const cap = await ever.read.CAP();
    await viem.assertions.revertWithCustomErrorWithArgs(
      ever.write.mint([stranger.account.address, cap - 3n * GENESIS_EVER + 1n]),
      ever,
      "EverCapExceeded",
      [cap, cap + 1n],
    );
  });

  it("mints up to the cap, exactly", async () => {
    const { ever, governor } = await networkHelpers.loadFixture(policy);
    const cap = await ever.read.CAP();
    const rest = cap - 3n * GENESIS_EVER;
    await viem.assertions.emitWithArgs(ever.write.mint([governor.account.address, rest]), ever, "Transfer", [
      zeroAddress,
      getAddress(governor.account.address),
      rest,
    ]);
    expect(await ever.read.totalSupply()).to.equal(cap);
  });
});

describe("EverToken.burn", () => {
  it("refuses more than the caller holds", async () => {
    const { ever, governor } = await networkHelpers.loadFixture(policy);
    await viem.assertions.revertWithCustomErrorWithArgs(ever.write.burn([1n]), ever, "ERC20InsufficientBalance", [
      getAddress(governor.account.address),
      0n,
      1n,
    ]);
  });

  it("destroys the caller's tokens and makes room below the cap", async () => {
    const { ever, provider } = await networkHelpers.loadFixture(policy);
    await ever.write.burn([parseEther("1")], { account: provider.account });
    expect(await ever.read.balanceOf([provider.account.address])).to.equal(GENESIS_EVER - parseEther("1"));
    expect(await ever.read.totalSupply()).to.equal(3n * GENESIS_EVER - parseEther("1"));
  });
});

describe("EverToken votes", () => {
  it("count by time, from the delegation on", async () => {
    const { ever, provider, stranger } = await networkHelpers.loadFixture(policy);
    expect(await ever.read.CLOCK_MODE()).to.equal("mode=timestamp");
    await ever.write.delegate([provider.account.address], { account: provider.account });
    const delegatedAt = BigInt(await networkHelpers.time.latest());
    await ever.write.transfer([stranger.account.address, parseEther("10")], { account: provider.account });

    expect(await ever.read.getVotes([provider.account.address])).to.equal(GENESIS_EVER - parseEther("10"));
    expect(await ever.read.getPastVotes([provider.account.address, delegatedAt])).to.equal(GENESIS_EVER);
  });
});

describe("EverToken.permit", () => {
  it("sets an allowance by signature", async () => {
    const { ever, provider, stranger } = await networkHelpers.loadFixture(policy);
    const [owner, spender] = [provider.account.address, stranger.account.address];
    const { v, r, s } = await signPermit(provider, ever, { spender, value: 5n, deadline: maxUint256 });
    await ever.write.permit([owner, spender, 5n, maxUint256, v, r, s], { account: stranger.account });
    expect(await ever.read.allowance([owner, spender])).to.equal(5n);
    expect(await ever.read.nonces([owner])).to.equal(1n);
  });
});
