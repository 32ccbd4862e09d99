import { expect } from "chai";
import { network } from "hardhat";
import { parseEther, parseEventLogs, stringToHex } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { HOSTING } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { delegated } = vaultFixtures(connection);

const REASON = stringToHex("test-fault", { size: 32 });
const KINDS = { delegated: 0, delegatedThawing: 1, ownThawing: 2 };

describe("StakeVault.slash", () => {
  /** Slashes, and gives the pools of which a new index was told. */
  async function poolsTold({ vault, owner, governor }: Awaited<ReturnType<typeof delegated>>, amount: bigint) {
    const client = await viem.getPublicClient();
    const hash = await vault.write.slash([owner, HOSTING, amount, REASON, governor.account.address]);
    const { logs } = await client.getTransactionReceipt({ hash });
    return parseEventLogs({ abi: vault.abi, eventName: "PoolIndexChanged", logs }).map(({ args }) => args.pool);
  }

  it("tells no index of a pool that it did not reach", async () => {
    const policy = await load(delegated);
    expect(await poolsTold(policy, STAKE)).to.deep.equal([]);
    expect(await poolsTold(policy, parseEther("1"))).to.deep.equal([KINDS.delegated]);
  });

  it("tells the index of the provider's own thawing alone, where that is all that it reached", async () => {
    const policy = await load(delegated);
    await policy.vault.write.thaw([parseEther("400")], policy.by);
    expect(await poolsTold(policy, parseEther("700"))).to.deep.equal([KINDS.ownThawing]);
  });

  it("takes one base unit out of the total, and hands it over", async () => {
    const { vault, ever, owner, governor } = await load(delegated);
    const before = await vault.read.totalStake();
    await vault.write.slash([owner, HOSTING, 1n, REASON, governor.account.address]);
    expect(await vault.read.totalStake()).to.equal(before - 1n);
    expect(await ever.read.balanceOf([governor.account.address])).to.equal(1n);
  });

  it("moves no token where nothing is there", async () => {
    const { vault, market, governor } = await load(delegated);
    const client = await viem.getPublicClient();
    const hash = await vault.write.slash([market.account.address, HOSTING, 5n, REASON, governor.account.address]);
    const { logs } = await client.getTransactionReceipt({ hash });
    expect(parseEventLogs({ abi: vault.abi, logs }).map(({ eventName }) => eventName)).to.deep.equal(["Slashed"]);
    expect(logs.length).to.equal(1);
  });
});
