import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";
import { type Address, encodeAbiParameters, getAddress, type Hex, parseEther, zeroAddress, zeroHash } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { deployGovernance, Support } from "../../helpers/governance.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { rejects, emits } = createAssertions(connection);
const fresh = () => deployGovernance(connection);
const TOKENS = parseEther("1000000");

/** The pool of `provider`: 100 of its own, 40 of `customer` and 7 of `stranger`. */
async function pooled() {
  const deployed = await fresh();
  const { stake, addressOf } = deployed;
  await stake.write.set([addressOf.provider, addressOf.provider, 100n]);
  await stake.write.set([addressOf.provider, addressOf.customer, 40n]);
  await stake.write.set([addressOf.provider, addressOf.stranger, 7n]);
  await networkHelpers.mine();
  return { ...deployed, pool: addressOf.provider, id: await deployed.opened() };
}
const load = () => networkHelpers.loadFixture(pooled);

describe("GovernorPools, a ballot", () => {
  it("is refused with an unknown support, after a first one without pools, and with nothing to cast", async () => {
    const { governor, vote, id, by, guardian, addressOf, operator } = await load();
    await rejects(vote(id, 3), governor, "GovernorInvalidVoteType", []);
    await vote(id, Support.For);
    await rejects(vote(id, Support.For), governor, "GovernorAlreadyCastVote", [addressOf.provider]);
    const nobody = getAddress(operator.account.address);
    await rejects(vote(id, Support.For, [], by.guardian), governor, "GovernorVotesNone", [nobody]);
    await rejects(vote(id, Support.For, [guardian.address], by.guardian), governor, "GovernorVotesNone", [nobody]);
  });

  it("is refused with the same pool twice, in one ballot or in two", async () => {
    const { governor, vote, id, pool, by, addressOf } = await load();
    const twice = encodeAbiParameters([{ type: "address[]" }], [[pool, pool]]);
    await rejects(
      governor.write.castVoteWithReasonAndParams([id, 1, "", twice], by.customer),
      governor,
      "GovernorPoolsUnsorted",
      [pool, pool],
    );
    await vote(id, Support.For, [pool], by.customer);
    await rejects(vote(id, Support.For, [pool], by.customer), governor, "GovernorPoolVoted", [
      pool,
      addressOf.customer,
    ]);
    await vote(id, Support.For, [pool], by.provider);
    await rejects(vote(id, Support.Against, [pool]), governor, "GovernorPoolVoted", [pool, pool]);
  });

  it("is refused with 17 pools, with a list of none, and with what is no list", async () => {
    const { governor, id, by } = await load();
    const list = (count: number) =>
      encodeAbiParameters([{ type: "address[]" }], [Array.from({ length: count }, (_, i) => addressAt(i + 1))]);
    const cast = (params: Hex) => governor.write.castVoteWithReasonAndParams([id, 1, "", params], by.customer);
    for (const count of [17, 100]) {
      await rejects(cast(list(count)), governor, "GovernorPoolsInvalid", [BigInt(count), 16n]);
    }
    await rejects(cast(list(0)), governor, "GovernorPoolsInvalid", [0n, 16n]);
    await rejects(cast(`${list(1)}00`), governor, "GovernorPoolsInvalid", [0n, 16n]);
    for (const noList of ["0x1234", zeroHash] as const) {
      await rejects(cast(noList), governor, "GovernorPoolsInvalid", [0n, 16n]);
    }
    const longer = `${list(1)}${"00".repeat(32)}` as Hex;
    await rejects(cast(longer), governor, "GovernorPoolsInvalid", [1n, 16n]);
    await cast(list(16));
  });

  it("without pools carries the token votes alone", async () => {
    const { governor, id, by, tally, pool, addressOf } = await load();
    expect(await governor.read.hasVoted([id, addressOf.provider])).to.equal(false);
    await governor.write.castVote([id, Support.Against], by.provider);
    expect(await tally(id)).to.deep.equal([TOKENS, 0n, 0n]);
    expect(await governor.read.hasVoted([id, addressOf.provider])).to.equal(true);
    expect(await governor.read.hasVoted([id, addressOf.customer])).to.equal(false);
    expect(await governor.read.poolBallotOf([id, pool])).to.deep.equal([false, 0, 0n]);
  });

  it("of the provider carries the whole pool, and tells so", async () => {
    const { governor, vote, id, pool, tally } = await load();
    await emits(vote(id, Support.For, [pool]), governor, "PoolVotesCast", [id, pool, pool, Support.For, 147n]);
    expect(await tally(id)).to.deep.equal([0n, TOKENS + 147n, 0n]);
    expect(await governor.read.poolBallotOf([id, pool])).to.deep.equal([true, Support.For, 0n]);
    expect(await governor.read.hasVotedWithPool([id, pool, pool])).to.equal(true);
  });

  it("of a delegator carries its part, and tells so", async () => {
    const { governor, vote, id, pool, by, addressOf } = await load();
    const { customer } = addressOf;
    const cast = vote(id, Support.Against, [pool], by.customer);
    await emits(cast, governor, "PoolVotesCast", [id, pool, customer, Support.Against, 40n]);
  });

  it("may follow with further pools, and carries the token votes once", async () => {
    const { stake, governor, by, addressOf, opened, vote, tally, feeCall } = await load();
    const other = addressOf.customer;
    await stake.write.set([other, addressOf.stranger, 5n]);
    const id = await opened([feeCall(9)], "another");
    await vote(id, Support.For, [addressOf.provider], by.stranger);
    await vote(id, Support.For, [other], by.stranger);
    expect(await tally(id)).to.deep.equal([0n, TOKENS + 12n, 0n]);
    expect(await governor.read.hasVotedWithPool([id, other, addressOf.stranger])).to.equal(true);
    expect(await governor.read.hasVotedWithPool([id, other, addressOf.provider])).to.equal(false);
  });

  it("counts stake as of the snapshot, whatever moved since", async () => {
    const { stake, vote, id, pool, addressOf, by, tally } = await load();
    await stake.write.set([pool, addressOf.customer, 4_000n]);
    await networkHelpers.mine();
    await vote(id, Support.Abstain, [pool], by.customer);
    expect(await tally(id)).to.deep.equal([0n, 0n, TOKENS + 40n]);
  });
});

describe("GovernorPools.hasVotedWithPool", () => {
  for (const support of Object.values(Support)) {
    it(`tells of a provider and of a delegator whether they voted, for support ${support}`, async () => {
      const { governor, vote, id, pool, by, addressOf } = await load();
      const whoVoted = () =>
        Promise.all([pool, addressOf.customer].map((account) => governor.read.hasVotedWithPool([id, pool, account])));
      expect(await whoVoted()).to.deep.equal([false, false]);
      await vote(id, support, [pool], by.provider);
      expect(await whoVoted()).to.deep.equal([true, false]);
      await vote(id, support, [pool], by.customer);
      expect(await whoVoted()).to.deep.equal([true, true]);
    });
  }
});

describe("GovernorPools.COUNTING_MODE", () => {
  it("says how support is given, what fills the quorum, and that params are pools", async () => {
    const { governor } = await load();
    expect(await governor.read.COUNTING_MODE()).to.equal("support=bravo&quorum=for,abstain&params=pools");
  });
});

describe("GovernorPools, provider and delegators", () => {
  for (const first of ["provider", "customer"] as const) {
    it(`count each part once when the ${first === "provider" ? "provider" : "delegator"} votes first`, async () => {
      const { vote, id, pool, by, tally, governor } = await load();
      const ballots = {
        provider: () => vote(id, Support.For, [pool], by.provider),
        customer: () => vote(id, Support.Against, [pool], by.customer),
      };
      const second = first === "provider" ? "customer" : "provider";
      await ballots[first]();
      const last = ballots[second]();
      if (second === "customer") {
        await emits(last, governor, "PoolVotesReduced", [id, pool, Support.For, 40n]);
      } else {
        await emits(last, governor, "PoolVotesCast", [id, pool, pool, Support.For, 107n]);
      }
      expect(await tally(id)).to.deep.equal([TOKENS + 40n, TOKENS + 107n, 0n]);
      expect(await governor.read.poolBallotOf([id, pool])).to.deep.equal([true, Support.For, 40n]);
    });
  }

  it("never count more than the pool holds, whatever the vault says of one delegator", async () => {
    const { stake, opened, feeCall, pool, vote, by, tally } = await load();
    await stake.write.setDelegated([pool, 45n]); // less than 40 + 7
    const id = await opened([feeCall(8)], "rounded up");
    await vote(id, Support.For, [pool], by.provider);
    await vote(id, Support.Against, [pool], by.customer);
    await vote(id, Support.Against, [pool], by.stranger);
    expect(await tally(id)).to.deep.equal([2n * TOKENS + 45n, TOKENS + 100n, 0n]);
  });
});

describe("GovernorPools.getVotesWithParams", () => {
  it("adds up tokens and pools: its own as a whole, a part of others'", async () => {
    const { governor, id, pool, addressOf } = await load();
    const at = await governor.read.proposalSnapshot([id]);
    const params = encodeAbiParameters([{ type: "address[]" }], [[pool]]);
    expect(await governor.read.getVotesWithParams([pool, at, params])).to.equal(TOKENS + 147n);
    expect(await governor.read.getVotesWithParams([addressOf.customer, at, params])).to.equal(TOKENS + 40n);
    expect(await governor.read.getVotesWithParams([addressOf.customer, at, "0x"])).to.equal(TOKENS);
    expect(await governor.read.getVotesWithParams([zeroAddress, at, params])).to.equal(0n);
  });
});

/** Everything that one account or pool can say, as a person would count it: who has voted with what, read off at the end. */
class NaiveTally {
  readonly tokens = new Map<number, number>();
  readonly parts = new Map<string, number>();

  readonly weights: readonly (readonly number[])[];

  constructor(weights: readonly (readonly number[])[]) {
    this.weights = weights;
  }

  /** Whether the ballot counts; support of account `voter` with these pools. */
  cast(voter: number, support: number, pools: readonly number[]): boolean {
    const known = this.tokens.has(voter);
    if (known && pools.length === 0) return false;
    if (pools.some((pool) => this.parts.has(`${pool} ${voter}`))) return false;
    if (known && pools.every((pool) => this.carried(pool, voter) === 0)) return false;
    if (!known) this.tokens.set(voter, support);
    for (const pool of pools) this.parts.set(`${pool} ${voter}`, support);
    return true;
  }

  /** What a ballot would add: the provider's takes what no delegator voted. */
  private carried(pool: number, voter: number): number {
    const weights = this.weights[pool] ?? [];
    if (voter !== pool) return weights[voter] ?? 0;
    return weights.reduce(
      (sum, weight, account) => sum + (account !== pool && this.parts.has(`${pool} ${account}`) ? 0 : weight),
      0,
    );
  }

  votes(): bigint[] {
    const votes = [0n, 0n, 0n];
    const add = (support: number | undefined, amount: bigint) => {
      if (support !== undefined) votes[support] = (votes[support] ?? 0n) + amount;
    };
    for (const support of this.tokens.values()) add(support, TOKENS);
    for (const [pool, weights] of this.weights.entries()) {
      const provider = this.parts.get(`${pool} ${pool}`);
      for (const [account, weight] of weights.entries()) {
        add(this.parts.get(`${pool} ${account}`) ?? provider, BigInt(weight));
      }
    }
    return votes;
  }
}

describe("GovernorPools, against a model that counts account by account", () => {
  it("counts the same for random weights and ballots in any order", async () => {
    const weight = fc.integer({ min: 0, max: 1_000 });
    const pools = fc.array(fc.array(weight, { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 });
    const ballot = fc.record({
      voter: fc.integer({ min: 0, max: 2 }),
      support: fc.integer({ min: 0, max: 2 }),
      pools: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(pools, fc.array(ballot, { minLength: 1, maxLength: 12 }), async (weights, ballots) => {
        const { stake, addressOf, by, opened, vote, tally } = await networkHelpers.loadFixture(fresh);
        const names = ["provider", "customer", "stranger"] as const;
        const addresses = names.map((name) => addressOf[name]);
        for (const [pool, row] of weights.entries()) {
          for (const [account, votes] of row.entries()) {
            await stake.write.set([addresses[pool] as Address, addresses[account] as Address, BigInt(votes)]);
          }
        }
        const id = await opened();
        const model = new NaiveTally(weights);
        for (const { voter, support, pools: named } of ballots) {
          const cast = vote(
            id,
            support,
            named.map((pool) => addresses[pool] as Address),
            by[names[voter] ?? "provider"],
          );
          const isCounted = await cast.then(
            () => true,
            (error: unknown) => {
              if (!/Governor(AlreadyCastVote|PoolVoted|VotesNone)/.test(String(error))) throw error;
              return false;
            },
          );
          expect(isCounted).to.equal(model.cast(voter, support, named));
          expect(await tally(id)).to.deep.equal(model.votes());
        }
      }),
      { numRuns: 25 },
    );
  });
});

/** The n-th address after zero. */
function addressAt(index: number): Address {
  return getAddress(`0x${index.toString(16).padStart(40, "0")}`);
}
