import { expect } from "chai";
import { network } from "hardhat";
import { type Address, getAddress, maxUint256, parseEther, stringToHex } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { HOSTING } from "../../helpers/policy.ts";
import { forRandom } from "../../helpers/property.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { staked } = vaultFixtures(connection);
const REASON = stringToHex("case", { size: 32 });
const SINK = "0x0000000000000000000000000000000000005111";
const EVER = parseEther("1");
/** Virtual tokens that each reward is shared with beside the pool's own: the one number that the model takes from the contract. EVER base units. */
const VIRTUAL = 10n ** 15n;
/** Parts of a base unit that the model counts. */
const PART = 2n ** 64n;
/** What indexes and shares, rounded down some dozens of times, may take of thousands of EVER. Base units. */
const ROUNDING = 5_000n;

describe("votes and worth of stake, as shares × index", () => {
  it("are what a model that changes every single owner says, in each second of random histories", async () => {
    await forRandom(5, async ({ below, pick }) => {
      const { vault, ever, owner, by, customer, stranger, operator } = await networkHelpers.loadFixture(staked);
      const accounts = [customer, stranger, operator].map(({ account }) => getAddress(account.address)) as [
        Address,
        ...Address[],
      ];
      await ever.write.mint([operator.account.address, 10n ** 24n]);
      for (const account of accounts) await ever.write.approve([vault.address, maxUint256], { account });

      // The book: own stake, and of each delegator what it is worth, in parts; what the pool holds; what thaws out of it.
      let [own, pool, thawing] = [STAKE, 0n, 0n];
      const worth = new Map(accounts.map((account) => [account, 0n]));
      const seconds: { at: bigint; own: bigint; pool: bigint; worth: Map<Address, bigint> }[] = [];
      const now = async () => BigInt(await networkHelpers.time.latest());
      const note = async () => seconds.push({ at: await now(), own, pool, worth: new Map(worth) });
      const change = (numerator: bigint, denominator: bigint) => {
        for (const [account, amount] of worth) worth.set(account, (amount * numerator) / denominator);
      };
      await note();

      for (let step = 0; step < 45; step++) {
        const action = pick([
          "delegate",
          "delegate",
          "delegate",
          "leave",
          "leave",
          "reward",
          "reward",
          "slash",
        ] as const);
        const account = pick(accounts);
        if (action === "delegate") {
          const amount = BigInt(1 + below(500)) * EVER + BigInt(below(1_000));
          if (pool + amount > 8n * own) continue;
          await vault.write.delegate([owner, amount], { account });
          worth.set(account, (worth.get(account) ?? 0n) + amount * PART);
          pool += amount;
        } else if (action === "leave") {
          const [held] = await vault.read.delegationOf([owner, account]);
          const shares = held / BigInt(1 + below(3));
          const before = worth.get(account) ?? 0n;
          if (shares === 0n || before / PART < EVER) continue;
          await vault.write.undelegate([owner, shares], { account });
          const amount = (before * shares) / held;
          worth.set(account, before - amount);
          pool -= amount / PART;
          thawing += amount / PART;
        } else if (action === "reward") {
          const amount = BigInt(1 + below(300)) * EVER;
          await vault.write.reward([owner, amount], by);
          const toPool = (amount * pool) / (own + pool);
          change(pool + VIRTUAL + toPool, pool + VIRTUAL);
          [own, pool] = [own + amount - toPool, pool + toPool];
        } else {
          // All of its own, as much of both parts of the pool; then it stakes anew.
          const all = pool + thawing;
          const taken = below(5) === 0 ? all : (all * BigInt(1 + below(6))) / 10n;
          const ofPool = all === 0n ? 0n : (taken * pool) / all;
          await vault.write.slash([owner, HOSTING, own + taken, REASON, SINK]);
          if (pool > 0n) change(pool - ofPool, pool);
          [own, pool, thawing] = [0n, pool - ofPool, thawing - (taken - ofPool)];
          await note();
          await vault.write.stake([STAKE], by);
          own = STAKE;
        }
        await note();
        await networkHelpers.time.increase(BigInt(1 + below(6)));
      }

      const last = await now();
      let at = seconds[0]?.at ?? 0n;
      for (let i = 0; at < last; at++) {
        while (i + 1 < seconds.length && (seconds[i + 1]?.at ?? 0n) <= at) i++;
        const then = seconds[i];
        if (!then) throw new Error("the book begins before");
        const [ownVotes, poolVotes] = await vault.read.getPastPoolVotes([owner, at]);
        expect(ownVotes - then.own <= ROUNDING && then.own - ownVotes <= ROUNDING).to.equal(true);
        expect(poolVotes - then.pool <= ROUNDING && then.pool - poolVotes <= ROUNDING, `pool at ${at}`).to.equal(true);
        let sum = 0n;
        for (const account of accounts) {
          const votes = await vault.read.getPastStakeVotes([owner, account, at]);
          const missing = (then.worth.get(account) ?? 0n) / PART - votes;
          expect(missing >= -ROUNDING && missing <= ROUNDING, `${missing} of ${account} at ${at}`).to.equal(true);
          sum += votes;
        }
        expect(sum <= poolVotes).to.equal(true);
      }
      for (const account of accounts) {
        const [, amount] = await vault.read.delegationOf([owner, account]);
        const missing = (worth.get(account) ?? 0n) / PART - amount;
        expect(missing >= -ROUNDING && missing <= ROUNDING).to.equal(true);
      }
    });
  });
});
