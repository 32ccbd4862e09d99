import { expect } from "chai";
import { network } from "hardhat";
import { maxUint256, parseEther, stringToHex } from "viem";
import { deployPolicy, HOSTING, serviceIdOf, UNBONDING_SECONDS } from "../../helpers/policy.ts";
import { createRandom } from "../../helpers/random.ts";

const connection = await network.create();
const { networkHelpers } = connection;

const REASON = stringToHex("test-fault", { size: 32 });

/** Two providers have approved the vault, and the market is listed. */
async function approved() {
  const policy = await deployPolicy(connection);
  const { ever, vault, provider, customer, market } = policy;
  await ever.write.approve([vault.address, maxUint256], { account: provider.account });
  await ever.write.approve([vault.address, maxUint256], { account: customer.account });
  await vault.write.setMarket([market.account.address, true]);
  return policy;
}

describe("StakeVault over many random calls", () => {
  it("holds exactly the stake that it counts, and never allocates more than is active without a slash", async () => {
    const { vault, ever, provider, customer, market, governor } = await networkHelpers.loadFixture(approved);
    const owners = [provider, customer];
    const services = [HOSTING, serviceIdOf("other")] as const;
    const random = createRandom(20261123);
    let slashed = false;
    for (let round = 0; round < 150; round++) {
      const owner = owners[random(2)] ?? provider;
      const address = owner.account.address;
      const service = services[random(2)] ?? HOSTING;
      const amount = BigInt(random(1_000)) * parseEther("1");
      if (round === 100) slashed = true;
      const calls = [
        () => vault.write.stake([amount], { account: owner.account }),
        () => vault.write.allocate([service, amount], { account: owner.account }),
        () => vault.write.thaw([amount], { account: owner.account }),
        () => vault.write.withdraw([address, address], { account: owner.account }),
        () => vault.write.reserve([address, service, amount], { account: market.account }),
        () => vault.write.release([address, service, amount], { account: market.account }),
        () => networkHelpers.time.increase(UNBONDING_SECONDS / 2n),
        ...(slashed ? [() => vault.write.slash([address, service, amount, REASON, governor.account.address])] : []),
      ];
      await calls[random(calls.length)]?.().catch(isExpectedRefusal);

      const stakes = await Promise.all(owners.map((each) => vault.read.stakeOf([each.account.address])));
      const total = stakes.reduce((sum, { active, thawing }) => sum + active + thawing, 0n);
      expect(await vault.read.totalStake()).to.equal(total);
      expect(await ever.read.balanceOf([vault.address])).to.equal(total);
      for (const [i, { active, allocated, thawing }] of stakes.entries()) {
        const of = owners[i] ?? provider;
        const parts = await Promise.all(services.map((id) => vault.read.allocationOf([of.account.address, id])));
        expect(parts.reduce((sum, part) => sum + part.amount, 0n)).to.equal(allocated);
        const tranches = await vault.read.tranchesOf([of.account.address, of.account.address]);
        const worth = tranches.reduce((sum, tranche) => sum + tranche.amount, 0n);
        // A slash of thawing stake rounds each tranche down.
        expect(worth <= thawing && thawing - worth <= (slashed ? 1_000n : 0n)).to.equal(true);
        if (slashed) continue;
        expect(allocated <= active).to.equal(true);
        for (const part of parts) expect(part.reserved <= part.amount).to.equal(true);
      }
    }
  });
});

/** A refusal by one of the vault's own errors is part of the campaign; a panic or anything else is not. */
function isExpectedRefusal(error: unknown): void {
  if (!/Stake(Insufficient|StillThawing|NothingThawing|AmountInvalid)\(/.test(String(error))) throw error;
}
