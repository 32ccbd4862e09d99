import { type Address, decodeFunctionData, type Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import { formatEver } from "../units.ts";
import { governedContract, nameOf } from "./contracts.ts";

/** One call of a proposal. */
export interface ProposalCall {
  target: Address;
  data: Hex;
}

/** A call as a person reads it. */
export interface DecodedCall extends ProposalCall {
  /** Name of the contract; undefined when the deployment does not know it. */
  contract: string | undefined;
  /** Undefined when the contract has no such function. */
  functionName: string | undefined;
  args: readonly unknown[];
  /** What it changes: a whole sentence. */
  sentence: string;
}

/** What a call of a proposal does, in words. Never throws: what cannot be read is said to be so. */
export function decodeCall(deployment: Deployment, { target, data }: ProposalCall): DecodedCall {
  const governed = governedContract(deployment, target);
  if (!governed) {
    const sentence = `Calls ${nameOf(deployment, target)}, which is not known to be governed. Find out what it does before you vote.`;
    return { target, data, contract: undefined, functionName: undefined, args: [], sentence };
  }
  const { name: contract, abi } = governed;
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi, data });
    const sentence = SENTENCES[`${contract}.${functionName}`]?.(args as never, deployment);
    const fallback = `Calls ${functionName} of ${contract} with ${args.length ? args.map(String).join(", ") : "nothing"}.`;
    return { target, data, contract, functionName, args, sentence: sentence ?? fallback };
  } catch {
    const sentence = `Calls ${contract} in a way that it does not have: this will fail.`;
    return { target, data, contract, functionName: undefined, args: [], sentence };
  }
}

type Sentence = (args: never, deployment: Deployment) => string;

const percent = (bps: number | bigint) => `${Number(bps) / 100} %`;
const hours = (seconds: number | bigint) =>
  Number(seconds) < 7_200 ? `${seconds} seconds` : `${Number(seconds) / 3_600} hours`;
const PHASES = ["closed", "by invitation", "open to everybody"];
/** `ROLES` of the deployment, and the access manager's own. */
const MANAGER_ROLES: Readonly<Record<string, string>> = {
  "0": "administrator",
  "1": "minter of the emission",
  "2": "slasher",
  "7": "guardian's gatekeeper",
};
const managerRole = (role: bigint) => MANAGER_ROLES[String(role)] ?? `role ${role}`;
/** keccak256 of the names. */
const TIMELOCK_ROLES: Readonly<Record<Hex, string>> = {
  "0x0000000000000000000000000000000000000000000000000000000000000000": "administrator",
  "0xb09aa5aeb3702cfd50b6b62bc4532604938f21248a27a1d5ca736082b6819cc1": "proposer",
  "0xfd643c72710c63c0180259aba6b2d05451e3591a24e58b62239378085726f783": "canceller",
  "0xd8aa0f3194971a2a116679f7c2090f6939c8d4e01a2a8d7e41d55e5351469e63": "executor",
};
const timelockRole = (role: Hex) => TIMELOCK_ROLES[role] ?? `role ${role}`;

/** What each function that governance calls changes. Others are told by their names. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  "ServiceCatalog.setService": ([name, unitBytes, stake, , feeBps, maxTerm, active]: [
    string,
    bigint,
    bigint,
    number,
    number,
    number,
    boolean,
  ]) =>
    active
      ? `New deals of the service ${name} pay a fee of ${percent(feeBps)}, need ${formatEver(stake)} of stake for each ${unitBytes} bytes, and last at most ${maxTerm} periods.`
      : `Nothing new begins in the service ${name}; what runs goes on.`,
  "ServiceCatalog.setToken": ([tokenId, listed]: [number, boolean]) =>
    listed
      ? `New deals and channels may be paid in token ${tokenId} of the ledger.`
      : `No new deal or channel may be paid in token ${tokenId} of the ledger; what runs goes on.`,
  "InviteRegistry.setPhase": ([phase]: [number]) =>
    `The network is ${PHASES[phase] ?? `in phase ${phase}`} for new providers, and never less open again.`,
  "InviteRegistry.setIssuer": ([issuer, quota]: [Address, number]) =>
    quota === 0 ? `${issuer} may no longer invite new providers.` : `${issuer} may invite ${quota} more providers.`,
  "InviteRegistry.setGate": ([gate]: [Address], deployment) =>
    `${nameOf(deployment, gate)} asks for invitations, for good.`,
  "ProviderRegistry.setMarket": ([market, allowed]: [Address, boolean], deployment) =>
    allowed
      ? `The market ${nameOf(deployment, market)} may take capacity of providers for new deals.`
      : `The market ${nameOf(deployment, market)} takes no more capacity; its running deals go on.`,
  "ProviderRegistry.setJailed": ([provider, jailed]: [Address, boolean]) =>
    jailed
      ? `The provider ${provider} gets no new deals; what runs goes on.`
      : `The provider ${provider} may get new deals again.`,
  "StakeVault.setMarket": ([market, allowed]: [Address, boolean], deployment) =>
    allowed
      ? `The market ${nameOf(deployment, market)} may reserve stake of providers for new deals.`
      : `The market ${nameOf(deployment, market)} reserves no more stake; its running deals go on.`,
  "EverToken.mint": ([to, amount]: [Address, bigint]) => `${to} gets ${formatEver(amount)}, newly minted.`,
  "EverGovernor.setVotingDelay": ([seconds]: [number]) =>
    `The votes of later proposals are those of ${hours(seconds)} after they were made.`,
  "EverGovernor.setVotingPeriod": ([seconds]: [number]) => `Later proposals are voted on for ${hours(seconds)}.`,
  "EverGovernor.setLateQuorumVoteExtension": ([seconds]: [number]) =>
    `When the quorum is reached late, ${hours(seconds)} are left to answer.`,
  "EverGovernor.setProposalThreshold": ([votes]: [bigint]) =>
    `Whoever proposes needs the votes of ${formatEver(votes)}.`,
  "EverGovernor.updateQuorumNumerator": ([bps]: [bigint]) =>
    `Later proposals need ${percent(bps)} of all EVER to vote for them or to abstain.`,
  "Guardian.setGuardian": ([guardian]: [Address]) =>
    BigInt(guardian) === 0n
      ? "Nobody can pause new entries any more."
      : `${guardian} may pause new entries for at most 14 days, once in 60.`,
  "Guardian.lift": () => "The pause of new entries ends at once.",
  "TimelockController.updateDelay": ([seconds]: [bigint]) => `Later decisions wait ${hours(seconds)} in the timelock.`,
  "TimelockController.grantRole": ([role, account]: [Hex, Address], deployment) =>
    `${nameOf(deployment, account)} becomes ${timelockRole(role)} of the timelock.`,
  "TimelockController.revokeRole": ([role, account]: [Hex, Address], deployment) =>
    `${nameOf(deployment, account)} is no longer ${timelockRole(role)} of the timelock.`,
  "AccessManager.grantRole": ([role, account]: [bigint, Address], deployment) =>
    `${nameOf(deployment, account)} becomes ${managerRole(role)} of the policy contracts.`,
  "AccessManager.revokeRole": ([role, account]: [bigint, Address], deployment) =>
    `${nameOf(deployment, account)} is no longer ${managerRole(role)} of the policy contracts.`,
  "AccessManager.setTargetClosed": ([target, closed]: [Address, boolean], deployment) =>
    closed
      ? `Nobody can use the privileged functions of ${nameOf(deployment, target)}.`
      : `The privileged functions of ${nameOf(deployment, target)} can be used again.`,
  "AccessManager.setTargetFunctionRole": ([target, selectors, role]: [Address, Hex[], bigint], deployment) =>
    `${selectors.length} functions of ${nameOf(deployment, target)} are for the ${managerRole(role)} alone.`,
};
