import { type Address, isAddressEqual, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { type ActionOptions, explained, type ProtocolClient, type Sent, send } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { everTokenAbi, stakeVaultAbi } from "../generated/abis.ts";
import { governorOf } from "./contracts.ts";
import { encodePools, MAX_POOLS } from "./pools.ts";

/** What an account could cast at one stake pool. EVER base units. */
export interface PoolVotes {
  provider: Address;
  votes: bigint;
  /** The account is the pool's provider, and votes with all of it that no delegator votes itself. */
  isOwn: boolean;
}

/** What an account can vote with at a moment. EVER base units. */
export interface VotingPower {
  /** Unix seconds. */
  at: number;
  /** Token votes: EVER that was delegated to the account, by itself too. */
  tokens: bigint;
  /** Of the pools asked for, those in which it has votes; the largest first. */
  pools: readonly PoolVotes[];
}

/** Where the EVER of an account votes. EVER base units. */
export interface VoteDelegation {
  balance: bigint;
  /** Undefined when nobody votes with it, not even the account. */
  delegate: Address | undefined;
}

/** The settings that later proposals follow. Seconds; EVER base units; basis points of the supply. */
export interface GovernorSettings {
  votingDelay: number;
  votingPeriod: number;
  voteExtension: number;
  proposalThreshold: bigint;
  quorumBps: number;
}

/**
 * What an account could vote with: with tokens that are delegated to it, and with the stake pools named. As of a past moment, now when
 * none is given. EVER base units. Throws `ProtocolError`.
 */
export async function getVotes(
  client: ProtocolClient,
  options: { deployment: Deployment; account: Address; pools?: readonly Address[]; at?: number },
): Promise<bigint> {
  const { deployment, account, pools = [], at } = options;
  const governor = governorOf(deployment);
  return explained({}, async () => {
    const timepoint = at ?? (await readContract(client, { ...governor, functionName: "clock" })) - 1;
    const args = [account, BigInt(timepoint), encodePools(pools)] as const;
    return readContract(client, { ...governor, functionName: "getVotesWithParams", args });
  });
}

/** The same, told apart. `providers` may be any number of pools; those without votes are left out. Throws `ProtocolError`. */
export async function getVotingPower(
  client: ProtocolClient,
  options: { deployment: Deployment; account: Address; providers: readonly Address[]; at?: number },
): Promise<VotingPower> {
  const { deployment, account, providers } = options;
  const governor = governorOf(deployment);
  const vault = { address: deployment.contracts.StakeVault, abi: stakeVaultAbi } as const;
  return explained({}, async () => {
    const at = options.at ?? (await readContract(client, { ...governor, functionName: "clock" })) - 1;
    const timepoint = BigInt(at);
    const [tokens, ...pools] = await Promise.all([
      readContract(client, { ...governor, functionName: "getVotes", args: [account, timepoint] }),
      ...providers.map(async (provider): Promise<PoolVotes> => {
        const isOwn = isAddressEqual(provider, account);
        const votes = isOwn
          ? (
              await readContract(client, { ...vault, functionName: "getPastPoolVotes", args: [provider, timepoint] })
            ).reduce((sum, part) => sum + part, 0n)
          : await readContract(client, {
              ...vault,
              functionName: "getPastStakeVotes",
              args: [provider, account, timepoint],
            });
        return { provider, votes, isOwn };
      }),
    ]);
    const held = pools.filter(({ votes }) => votes > 0n);
    return { at, tokens, pools: held.sort((left, right) => (left.votes > right.votes ? -1 : 1)) };
  });
}

/** What of its votes an account has cast on a proposal. Throws `ProtocolError`. */
export async function getCast(
  client: ProtocolClient,
  options: { deployment: Deployment; proposalId: bigint; account: Address; providers: readonly Address[] },
): Promise<{ tokens: boolean; providers: readonly Address[] }> {
  const { deployment, proposalId, account, providers } = options;
  const governor = governorOf(deployment);
  return explained({}, async () => {
    const [tokens, ...pools] = await Promise.all([
      readContract(client, { ...governor, functionName: "hasVoted", args: [proposalId, account] }),
      ...providers.map((provider) =>
        readContract(client, { ...governor, functionName: "hasVotedWithPool", args: [proposalId, provider, account] }),
      ),
    ]);
    return { tokens, providers: providers.filter((_, i) => pools[i]) };
  });
}

/** Who votes with the EVER of an account. Throws `ProtocolError`. */
export async function getVoteDelegation(
  client: ProtocolClient,
  { deployment, account }: { deployment: Deployment; account: Address },
): Promise<VoteDelegation> {
  const token = { address: deployment.contracts.EverToken, abi: everTokenAbi } as const;
  return explained({}, async () => {
    const [balance, delegate] = await Promise.all([
      readContract(client, { ...token, functionName: "balanceOf", args: [account] }),
      readContract(client, { ...token, functionName: "delegates", args: [account] }),
    ]);
    return { balance, delegate: delegate === zeroAddress ? undefined : delegate };
  });
}

/** Lets an account vote with all EVER of the caller; its own must be delegated too, to itself, before they vote. Throws `ProtocolError`. */
export async function delegateVotes(
  client: ProtocolClient,
  options: ActionOptions & { delegate: Address },
): Promise<Sent> {
  const { EverToken: address } = options.deployment.contracts;
  return send(client, { address, abi: everTokenAbi, functionName: "delegate", args: [options.delegate] }, options);
}

/** What later proposals follow. Throws `ProtocolError`. */
export async function getGovernorSettings(
  client: ProtocolClient,
  { deployment }: { deployment: Deployment },
): Promise<GovernorSettings> {
  const governor = governorOf(deployment);
  const read = (
    functionName: "votingDelay" | "votingPeriod" | "lateQuorumVoteExtension" | "proposalThreshold",
  ): Promise<bigint | number> => readContract(client, { ...governor, functionName });
  return explained({}, async () => {
    const [delay, period, extension, threshold, quorum] = await Promise.all([
      read("votingDelay"),
      read("votingPeriod"),
      read("lateQuorumVoteExtension"),
      read("proposalThreshold"),
      readContract(client, { ...governor, functionName: "quorumNumerator", args: [] }),
    ]);
    return {
      votingDelay: Number(delay),
      votingPeriod: Number(period),
      voteExtension: Number(extension),
      proposalThreshold: BigInt(threshold),
      quorumBps: Number(quorum),
    };
  });
}

/** What a next ballot can carry: what was not cast yet, at most as many pools as a ballot names, the largest first. */
export function openBallot(
  { tokens, pools }: VotingPower,
  cast: { tokens: boolean; providers: readonly Address[] },
): { tokens: bigint; pools: readonly PoolVotes[]; left: readonly PoolVotes[] } {
  const open = pools.filter(({ provider }) => !cast.providers.some((each) => isAddressEqual(each, provider)));
  return { tokens: cast.tokens ? 0n : tokens, pools: open.slice(0, MAX_POOLS), left: open.slice(MAX_POOLS) };
}
