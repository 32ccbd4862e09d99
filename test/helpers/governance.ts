import {
  type Address,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  parseEther,
  toFunctionSelector,
  toHex,
  zeroHash,
} from "viem";
import { ROLES, TIMELOCK_ROLES } from "../../contracts/ignition/modules/Protocol.ts";
import { encodePools } from "../../sdk/src/governance/pools.ts";
import { type Connection, deployPolicy, FEE_BPS, GIB, MAX_TERM_PERIODS, STAKE_PER_GIB } from "./policy.ts";

export const VOTING_DELAY = 100n;
export const VOTING_PERIOD = 1_000n;
export const VOTE_EXTENSION = 200n;
export const TIMELOCK_DELAY = 50n;
export const QUORUM_BPS = 400n;
/** EVER base units: 4 % of the 3,000,000 of `deployPolicy`. */
export const QUORUM = parseEther("120000");
export const THRESHOLD = parseEther("1000");
export const FLOORS = { votingDelay: 10, votingPeriod: 100, voteExtension: 20 };
export const COUNCIL_TERM_SECONDS = 1_000_000n;
/** `GovernorPools.VoteType`. */
export const Support = { Against: 0, For: 1, Abstain: 2 } as const;
/** `IGovernor.ProposalState`. */
export const ProposalState = { Pending: 0, Active: 1, Canceled: 2, Defeated: 3, Succeeded: 4, Queued: 5, Executed: 7 };

/** One call of a proposal. */
export interface Call {
  target: Address;
  data: Hex;
  valueWei?: bigint;
}

/**
 * The policy contracts under a timelock with governor, council (`market`'s account) and guardian (`operator`'s account). `provider`,
 * `customer` and `stranger` have a million EVER each and vote with it; the votes of stake are a double that each test sets.
 */
export async function deployGovernance(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const policy = await deployPolicy(connection);
  const {
    ever,
    catalog,
    invites,
    registry,
    vault,
    manager,
    governor: deployer,
    provider,
    customer,
    stranger,
    operator,
    market,
  } = policy;
  const stake = await viem.deployContract("StakeVotesDouble");
  const timelock = await viem.deployContract("EverTimelock", [TIMELOCK_DELAY, 10n, 100n, deployer.account.address]);
  const settings = {
    votingDelay: Number(VOTING_DELAY),
    votingPeriod: Number(VOTING_PERIOD),
    voteExtension: Number(VOTE_EXTENSION),
    proposalThreshold: THRESHOLD,
    quorumBps: QUORUM_BPS,
  };
  const terms = [ever.address, stake.address, timelock.address, settings, FLOORS] as const;
  const governor = await viem.deployContract("EverGovernor", [...terms]);
  const guardian = await viem.deployContract("Guardian", [
    catalog.address,
    invites.address,
    operator.account.address,
    manager.address,
  ]);
  const endsAt = BigInt(await networkHelpers.time.latest()) + COUNCIL_TERM_SECONDS;
  const governed = [catalog, invites, registry, vault, guardian].map(({ address }) => address);
  const council = await viem.deployContract("Council", [timelock.address, market.account.address, endsAt, governed]);
  for (const proposer of [governor.address, council.address]) {
    await timelock.write.grantRole([TIMELOCK_ROLES.PROPOSER_ROLE, proposer]);
    await timelock.write.grantRole([TIMELOCK_ROLES.CANCELLER_ROLE, proposer]);
  }
  await timelock.write.renounceRole([TIMELOCK_ROLES.DEFAULT_ADMIN_ROLE, deployer.account.address]);
  const pause = toFunctionSelector("pauseEntries(uint40)");
  for (const gate of [catalog, invites]) {
    await manager.write.setTargetFunctionRole([gate.address, [pause], ROLES.GUARDIAN]);
  }
  await manager.write.grantRole([ROLES.GUARDIAN, guardian.address, 0]);
  await manager.write.grantRole([0n, timelock.address, 0]);
  await manager.write.renounceRole([0n, deployer.account.address]);
  for (const { account } of [provider, customer, stranger]) await ever.write.delegate([account.address], { account });
  await networkHelpers.mine();

  const by = {
    provider: { account: provider.account },
    customer: { account: customer.account },
    stranger: { account: stranger.account },
    guardian: { account: operator.account },
    council: { account: market.account },
  };
  const argumentsOf = (calls: readonly Call[]) =>
    [
      calls.map(({ target }) => target),
      calls.map(({ valueWei = 0n }) => valueWei),
      calls.map(({ data }) => data),
    ] as const;
  const hashOf = (description: string) => keccak256(toHex(description));
  /** Sets the fee of `hosting`. */
  const feeCall = (feeBps: number): Call => ({
    target: catalog.address,
    data: encodeFunctionData({
      abi: catalog.abi,
      functionName: "setService",
      args: ["hosting", GIB, STAKE_PER_GIB, 1, feeBps, MAX_TERM_PERIODS, true],
    }),
  });
  const idOf = (calls: readonly Call[], description: string) =>
    governor.read.getProposalId([...argumentsOf(calls), hashOf(description)]);
  const propose = (calls: readonly Call[], description = "a change", account = by.provider) =>
    governor.write.propose([...argumentsOf(calls), description], account);

  return {
    ...policy,
    stake,
    timelock,
    governor,
    guardian,
    council,
    endsAt,
    terms,
    by,
    addressOf: {
      provider: getAddress(provider.account.address),
      customer: getAddress(customer.account.address),
      stranger: getAddress(stranger.account.address),
    },
    argumentsOf,
    hashOf,
    feeCall,
    idOf,
    propose,
    /** A proposal that can be voted on now. Its id. */
    async opened(calls: readonly Call[] = [feeCall(FEE_BPS + 1)], description = "a change") {
      await propose(calls, description);
      await networkHelpers.time.increase(VOTING_DELAY + 1n);
      return idOf(calls, description);
    },
    /** Votes with tokens and the pools named. */
    vote: (id: bigint, support: number, pools: readonly Address[] = [], account = by.provider) =>
      governor.write.castVoteWithReasonAndParams([id, support, "", encodePools(pools)], account),
    /** What is counted: against, for, abstain. */
    tally: (id: bigint) => governor.read.proposalVotes([id]),
    queue: (calls: readonly Call[], description = "a change") =>
      governor.write.queue([...argumentsOf(calls), hashOf(description)]),
    execute: (calls: readonly Call[], description = "a change") =>
      governor.write.execute([...argumentsOf(calls), hashOf(description)]),
    /** Everything from the proposal to the execution, `provider` voting for it with its tokens. */
    async decide(calls: readonly Call[], description = "a change") {
      await propose(calls, description);
      await networkHelpers.time.increase(VOTING_DELAY + 1n);
      await governor.write.castVote([await idOf(calls, description), Support.For], by.provider);
      await networkHelpers.time.increase(VOTING_PERIOD + VOTE_EXTENSION);
      await governor.write.queue([...argumentsOf(calls), hashOf(description)]);
      await networkHelpers.time.increase(await timelock.read.getMinDelay());
      return governor.write.execute([...argumentsOf(calls), hashOf(description)]);
    },
    /** What the council proposes, executed. */
    async councilDecides(calls: readonly Call[]) {
      const [targets, , payloads] = argumentsOf(calls);
      await council.write.propose([targets, payloads, zeroHash], by.council);
      await networkHelpers.time.increase(await timelock.read.getMinDelay());
      const salt = councilSalt(council.address, zeroHash);
      return timelock.write.executeBatch([targets, targets.map(() => 0n), payloads, zeroHash, salt]);
    },
  };
}

/** The two gates that new entries pass. */
export function gatesOf({ viem }: Connection, gates: { catalog: { address: Address }; invites: { address: Address } }) {
  return Promise.all([gates.catalog, gates.invites].map(({ address }) => viem.getContractAt("IEntryGate", address)));
}

/** The timelock's salt of a proposal of the council. */
export function councilSalt(council: Address, salt: Hex): Hex {
  return keccak256(`0x${council.slice(2).toLowerCase().padStart(64, "0")}${salt.slice(2)}`);
}
