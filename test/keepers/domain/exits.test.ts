import { describe, expect, it } from "vitest";
import { decideBounty, type ExitPolicy, isWorthExecuting } from "../../../keepers/src/domain/exits.ts";

const GWEI = 10n ** 9n;
const policy: ExitPolicy = { worth: 2, leastWei: 1_000n * GWEI };

describe("isWorthExecuting", () => {
  it("refuses nothing, however little the gas is", () => {
    expect(isWorthExecuting(0n, 0n, 0n, { worth: 1, leastWei: 0n })).toBe(false);
  });

  it("refuses what is below the operator's least, by one", () => {
    expect(isWorthExecuting(policy.leastWei - 1n, 1n, 1n, policy)).toBe(false);
    expect(isWorthExecuting(policy.leastWei, 1n, 1n, policy)).toBe(true);
  });

  it("refuses what is less than so many times its gas, by one", () => {
    const gas = 150_000n;
    expect(isWorthExecuting(2n * gas * GWEI - 1n, gas, GWEI, policy)).toBe(false);
    expect(isWorthExecuting(2n * gas * GWEI, gas, GWEI, policy)).toBe(true);
  });
});

describe("decideBounty", () => {
  const bounty = { amountWei: 1n, tranche: 7 };
  const tranche = { number: 7, amount: 5n, thawsAt: 1_000 };

  it("is over without a bounty, and when the tranche left without it", () => {
    expect(decideBounty({ ...bounty, amountWei: 0n }, [tranche], 2_000)).toMatchObject({ act: false, isOver: true });
    expect(decideBounty(bounty, [], 2_000)).toMatchObject({ act: false, isOver: true });
    expect(decideBounty(bounty, [{ ...tranche, number: 8 }], 2_000)).toMatchObject({ act: false, isOver: true });
  });

  it("waits for the named tranche, whatever thawed before it", () => {
    const older = { number: 6, amount: 9n, thawsAt: 1 };
    expect(decideBounty(bounty, [older, tranche], 999)).toMatchObject({ act: false, isOver: false, thawsAt: 1_000 });
    expect(decideBounty(bounty, [older, tranche], 1_000)).toEqual({ act: true });
  });
});
