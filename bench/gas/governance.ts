import { encodeFunctionData, parseEther } from "viem";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { PRODUCTION } from "../../contracts/ignition/profiles.ts";
import { encodePools, MAX_POOLS } from "../../sdk/src/governance/pools.ts";
import type { Scenario } from "./scenarios.ts";

const FOR = 1;

/**
 * Proposals of one call, and ballots of accounts that vote for the first time: with tokens alone, with the pool of its own beside them, and
 * as a delegator of 16 pools whose providers have not voted. The votes of stake are a double's.
 */
export const governance: Scenario = async ({ contracts: { ever, catalog, timelock }, connection, gasOf }) => {
  const { viem, networkHelpers } = connection;
  const treasury = localAccount(LOCAL_ACCOUNTS.council).address;
  const voters = [treasury, localAccount(30).address, localAccount(31).address] as const;
  const stake = await viem.deployContract("StakeVotesDouble");
  const { governor: settings, governorFloors } = PRODUCTION;
  const governor = await viem.deployContract("EverGovernor", [
    ever.address,
    stake.address,
    timelock.address,
    { ...settings, quorumBps: BigInt(settings.quorumBps) },
    governorFloors,
  ]);
  const pools = Array.from({ length: MAX_POOLS }, (_, i) => localAccount(100 + i).address);
  for (const voter of voters) {
    await networkHelpers.impersonateAccount(voter);
    await networkHelpers.setBalance(voter, parseEther("1"));
    if (voter !== treasury) await ever.write.transfer([voter, parseEther("1000")], { account: treasury });
    await ever.write.delegate([voter], { account: voter });
  }
  await stake.write.set([voters[1], voters[1], 10n]);
  for (const pool of pools) {
    await stake.write.set([pool, pool, 100n]);
    await stake.write.set([pool, voters[2], 7n]);
  }
  await networkHelpers.mine();

  const data = encodeFunctionData({ abi: catalog.abi, functionName: "setToken", args: [1, false] });
  const call = [[catalog.address], [0n], [data], "List no more of token 1"] as const;
  const propose = await gasOf(governor.write.propose(call, { account: treasury }));
  const [event] = await governor.getEvents.ProposalCreated();
  const proposalId = event?.args.proposalId;
  if (proposalId === undefined) throw new Error("nothing was proposed");
  await networkHelpers.time.increase(settings.votingDelay + 1);
  const vote = (voter: (typeof voters)[number], named: Parameters<typeof encodePools>[0]) =>
    gasOf(governor.write.castVoteWithReasonAndParams([proposalId, FOR, "", encodePools(named)], { account: voter }));
  return {
    "gov/propose": propose,
    "gov/vote/0": await vote(treasury, []),
    "gov/vote/own-pool": await vote(voters[1], [voters[1]]),
    "gov/vote/16": await vote(voters[2], pools),
  };
};
