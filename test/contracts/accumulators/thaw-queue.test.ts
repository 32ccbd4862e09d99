import { expect } from "chai";
import { network } from "hardhat";
import { stringToHex } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { HOSTING, UNBONDING_SECONDS } from "../../helpers/policy.ts";
import { forRandom } from "../../helpers/property.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { rejects } = createAssertions(connection);
const { staked } = vaultFixtures(connection);
const REASON = stringToHex("case", { size: 32 });
const SINK = "0x0000000000000000000000000000000000005111";
const MOST = 16;
/** Parts of a base unit that the model counts. */
const PART = 2n ** 64n;

interface Waiting {
  amount: bigint;
  thawsAt: bigint;
  /** How often it was added to or slashed: each time the contract may round a base unit down, never up. */
  touched: bigint;
}

describe("what thaws, in a ring of sixteen places", () => {
  it("is what a plain list of waiting amounts says, over random thaws, withdrawals and slashes", async () => {
    await forRandom(6, async ({ below, pick }) => {
      const { vault, ever, owner, by } = await networkHelpers.loadFixture(staked);
      const list: Waiting[] = [];
      let [active, begun] = [STAKE, 0];
      const now = async () => BigInt(await networkHelpers.time.latest());
      const thaw = async () => {
        const amount = BigInt(1 + below(1_000)) * 10n ** BigInt(below(15));
        if (amount > active) return;
        await vault.write.thaw([amount], by);
        active -= amount;
        const thawsAt = (await now()) + UNBONDING_SECONDS;
        const newest = list.at(-1);
        if (list.length === MOST && newest) {
          newest.amount += amount * PART;
          newest.thawsAt = thawsAt;
          newest.touched++;
        } else {
          list.push({ amount: amount * PART, thawsAt, touched: 1n });
          begun++;
        }
      };
      const withdraw = async () => {
        const before = await ever.read.balanceOf([owner]);
        const call = vault.write.withdraw([owner, owner], by);
        const refusal = await call.then(
          () => 0n,
          () => 1n, // nothing was mined: it would have been the next second
        );
        const at = (await now()) + refusal;
        const oldest = list[0];
        if (!oldest) return rejects(call, vault, "StakeNothingThawing", [owner]);
        if (oldest.thawsAt > at) return rejects(call, vault, "StakeStillThawing", [owner, oldest.thawsAt]);
        await call;
        let due = 0n;
        let touched = 0n;
        for (let first = list[0]; first && first.thawsAt <= at; first = list[0]) {
          due += first.amount / PART;
          touched += first.touched;
          list.shift();
        }
        const paid = (await ever.read.balanceOf([owner])) - before;
        expect(paid <= due && due - paid <= 2n * touched, `${due - paid}`).to.equal(true);
      };
      const slash = async () => {
        // All that is active, and a share of what thaws.
        const { thawing } = await vault.read.stakeOf([owner]);
        const share = BigInt(1 + below(7));
        const taken = (thawing * share) / 10n;
        await vault.write.slash([owner, HOSTING, active + taken, REASON, SINK]);
        if (thawing > 0n) {
          for (const each of list) {
            each.amount -= (each.amount * taken) / thawing;
            each.touched++;
          }
        }
        await vault.write.stake([STAKE / 10n], by);
        active = STAKE / 10n;
      };

      for (let step = 0; step < 90; step++) {
        const action = pick(["thaw", "thaw", "thaw", "thaw", "often", "withdraw", "slash", "wait"] as const);
        if (action === "thaw") await thaw();
        else if (action === "often") for (let i = 0; i < 6; i++) await thaw();
        else if (action === "withdraw") await withdraw();
        else if (action === "slash" && below(4) === 0) await slash();
        else await networkHelpers.time.increase(BigInt(1 + below(Number(UNBONDING_SECONDS))));

        const found = await vault.read.tranchesOf([owner, owner]);
        expect(found.map(({ thawsAt }) => BigInt(thawsAt))).to.deep.equal(list.map(({ thawsAt }) => thawsAt));
        expect(found.map(({ number }) => number)).to.deep.equal(list.map((_, i) => begun - list.length + i));
        for (const [i, { amount }] of found.entries()) {
          const { touched, ...waiting } = list[i] ?? { amount: 0n, touched: 0n };
          const expected = waiting.amount / PART;
          expect(amount <= expected && expected - amount <= 2n * touched, `${expected - amount}`).to.equal(true);
        }
        expect((await vault.read.stakeOf([owner])).active).to.equal(active);
      }
      expect((await ever.read.balanceOf([vault.address])) >= active).to.equal(true);
    });
  });
});
