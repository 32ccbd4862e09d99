import { type Address, decodeFunctionData, type Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import { formatTime } from "../periods.ts";
import { formatEver } from "../units.ts";
import { GOVERNED, type GovernedName, governedContract, nameOf } from "./contracts.ts";
import { exactBytes, hours, managerRole, PHASE_WORDS, percent, timelockRole, visible } from "./words.ts";

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
  /** Whether the sentence tells what it changes; otherwise it says that this is not known. */
  isKnown: boolean;
}

/** What a call of a proposal does, in words. Never throws: what cannot be read is said to be so. */
export function decodeCall(deployment: Deployment, { target, data }: ProposalCall): DecodedCall {
  const governed = governedContract(deployment, target);
  if (!governed) {
    const sentence = `Calls ${nameOf(deployment, target)}, which is not known to be governed. Find out what it does before you vote.`;
    return { target, data, contract: undefined, functionName: undefined, args: [], sentence, isKnown: false };
  }
  const { name: contract, abi } = governed;
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi, data });
    const known = sentenceOf(contract, functionName)?.(args as never, deployment);
    const fallback = `Calls ${functionName} of ${contract} with ${args.length ? args.map(String).join(", ") : "nothing"}. No sentence says what that changes.`;
    const sentence = short(visible(known ?? fallback));
    return { target, data, contract, functionName, args, sentence, isKnown: known !== undefined };
  } catch {
    const sentence = `Calls ${contract} in a way that it does not have: this will fail.`;
    return { target, data, contract, functionName: undefined, args: [], sentence, isKnown: false };
  }
}

/** Longest sentence: a proposer may have written any text into a call. Characters. */
const MOST = 1_000;
const short = (sentence: string) => (sentence.length > MOST ? `${sentence.slice(0, MOST - 1)}…` : sentence);

/** Whether there is a sentence for a function. */
export function hasSentence(contract: string, functionName: string): boolean {
  return contract in GOVERNED && sentenceOf(contract as GovernedName, functionName) !== undefined;
}

type Sentence = (args: never, deployment: Deployment) => string;

function sentenceOf(contract: GovernedName, functionName: string): Sentence | undefined {
  const own = SENTENCES[`${contract}.${functionName}`] ?? SENTENCES[functionName];
  if (own) return own;
  if (contract === "EverGovernor")
    return () => `A proposal cannot call ${functionName} of the governor: it would have been refused.`;
  const who = OTHERS[`${contract}.${functionName}`];
  return who === undefined
    ? undefined
    : () => `Calls ${functionName} of ${contract}, which only ${who} may: this will fail.`;
}

const only = (who: string) =>
  `Only ${who} may, and the timelock is none of them: unless a call before makes it one, this will fail.`;

/** What each function that governance calls changes; those of several contracts by their names alone. */
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
      ? `New deals of the service ${name} pay a fee of ${percent(feeBps)}, need ${formatEver(stake)} of stake per ${exactBytes(unitBytes)}, and last at most ${maxTerm} ${maxTerm === 1 ? "period" : "periods"}.`
      : `Nothing new begins in the service ${name}; what runs goes on.`,
  "ServiceCatalog.setToken": ([tokenId, listed]: [number, boolean]) =>
    listed
      ? `New deals and channels may be paid in token ${tokenId} of the ledger.`
      : `No new deal or channel may be paid in token ${tokenId} of the ledger; what runs goes on.`,
  "InviteRegistry.setPhase": ([phase]: [number]) =>
    `The network is ${PHASE_WORDS[phase] ?? `in phase ${phase}`} for new providers, and never less open again.`,
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
  "StakeVault.slash": ([provider, , amount, , recipient]: [Address, Hex, bigint, Hex, Address], deployment) =>
    `Takes ${formatEver(amount)} of the stake behind ${provider} and sends it to ${nameOf(deployment, recipient)}. ${only("slashers")}`,
  "StakeVault.freeze": ([provider, , amount]: [Address, Hex, bigint]) =>
    `Holds ${formatEver(amount)} of the stake behind ${provider} back for a case. ${only("slashers")}`,
  "StakeVault.unfreeze": ([provider]: [Address, Hex]) =>
    `Lets go the stake behind ${provider} that a case held back. ${only("slashers")}`,
  "StakeVault.delegate": ([provider, amount]: [Address, bigint]) =>
    `Delegates ${formatEver(amount)} that the timelock owns to the provider ${provider}.`,
  "StakeVault.delegateWithPermit": ([provider, amount]: [Address, bigint]) =>
    `Delegates ${formatEver(amount)} that the timelock owns to the provider ${provider}.`,
  "StakeVault.undelegate": ([provider, shares]: [Address, bigint]) =>
    `Begins to take ${shares} shares of the timelock out of the stake pool of ${provider}.`,
  "FeeRouter.setInsuranceShare": ([shareBps]: [number]) =>
    `${percent(shareBps)} of the fees that are collected go to the insurance, a while after this is decided; the rest is sold for EVER and burned.`,
  "FeeRouter.connect": ([ledger, insurance]: [Address, Address], deployment) =>
    `Fees come from ${nameOf(deployment, ledger)} and insure by ${nameOf(deployment, insurance)}. This can be said once, at the deployment: otherwise it will fail.`,
  "InsurancePool.compensate": ([dealKey, amount]: [bigint, bigint, bigint, Hex]) =>
    `The payer of the deal ${dealKey} gets ${amount} base units of its token from the insurance. ${only("insurers")}`,
  "EverToken.mint": ([to, amount]: [Address, bigint]) =>
    `${to} gets ${formatEver(amount)}, newly minted. ${only("minters of the emission")}`,
  "EverToken.transfer": ([to, amount]: [Address, bigint], deployment) =>
    `${nameOf(deployment, to)} gets ${formatEver(amount)} of what the timelock owns.`,
  "EverToken.approve": ([spender, amount]: [Address, bigint], deployment) =>
    `${nameOf(deployment, spender)} may take up to ${formatEver(amount)} of what the timelock owns.`,
  "EverToken.transferFrom": ([from, to, amount]: [Address, Address, bigint], deployment) =>
    `${nameOf(deployment, to)} gets ${formatEver(amount)} from ${nameOf(deployment, from)}, as far as that allowed it to the timelock.`,
  "EverToken.burn": ([amount]: [bigint]) => `Destroys ${formatEver(amount)} of what the timelock owns.`,
  "EverToken.delegate": ([delegate]: [Address]) => `${delegate} votes with the EVER that the timelock owns.`,
  "PaymentToken.transfer": ([to, amount]: [Address, bigint], deployment) =>
    `${nameOf(deployment, to)} gets ${amount} base units of the payment token that the timelock owns.`,
  "PaymentToken.approve": ([spender, amount]: [Address, bigint], deployment) =>
    `${nameOf(deployment, spender)} may take up to ${amount} base units of the payment token that the timelock owns.`,
  "Ledger.depositWithPermit": ([owner, tokenId]: [Address, number]) =>
    `Puts what ${owner} signed for, in token ${tokenId}, into its own balance in the ledger.`,
  "Ledger.withdraw": ([to, tokenId, amount]: [Address, number, bigint], deployment) =>
    `${nameOf(deployment, to)} gets ${amount} base units of token ${tokenId} from the timelock's balance in the ledger.`,
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
  "Guardian.pause": ([seconds]: [bigint]) =>
    `New deals, channels and providers are refused for ${hours(seconds)}. ${only("the guardian")}`,
  "TimelockController.updateDelay": ([seconds]: [bigint]) => `Later decisions wait ${hours(seconds)} in the timelock.`,
  "TimelockController.grantRole": ([role, account]: [Hex, Address], deployment) =>
    `${nameOf(deployment, account)} becomes ${timelockRole(role)} of the timelock.`,
  "TimelockController.revokeRole": ([role, account]: [Hex, Address], deployment) =>
    `${nameOf(deployment, account)} is no longer ${timelockRole(role)} of the timelock.`,
  "TimelockController.renounceRole": ([role, account]: [Hex, Address], deployment) =>
    `${nameOf(deployment, account)}, which can only be the timelock itself, is no longer ${timelockRole(role)} of the timelock.`,
  "TimelockController.cancel": ([operation]: [Hex]) =>
    `Takes the decision ${operation} out of the timelock before it is executed. ${only("cancellers")}`,
  "TimelockController.schedule": ([target]: [Address], deployment) =>
    `Puts another call of ${nameOf(deployment, target)} into the timelock, past the voters. ${only("proposers")}`,
  "TimelockController.scheduleBatch": ([targets]: [Address[]], deployment) =>
    `Puts further calls of ${targets.map((each) => nameOf(deployment, each)).join(", ")} into the timelock, past the voters. ${only("proposers")}`,
  "TimelockController.execute": ([target]: [Address], deployment) =>
    `Executes another decision that has waited in the timelock: a call of ${nameOf(deployment, target)}.`,
  "TimelockController.executeBatch": ([targets]: [Address[]], deployment) =>
    `Executes another decision that has waited in the timelock: calls of ${targets.map((each) => nameOf(deployment, each)).join(", ")}.`,
  "AccessManager.grantRole": ([role, account, delay]: [bigint, Address, number], deployment) =>
    `${nameOf(deployment, account)} becomes ${managerRole(role)} of the policy contracts${delay ? `, each of its calls ${hours(delay)} after it was announced` : ""}.`,
  "AccessManager.revokeRole": ([role, account]: [bigint, Address], deployment) =>
    `${nameOf(deployment, account)} is no longer ${managerRole(role)} of the policy contracts.`,
  "AccessManager.renounceRole": ([role]: [bigint, Address]) =>
    `The timelock itself is no longer ${managerRole(role)} of the policy contracts.`,
  "AccessManager.labelRole": ([role, label]: [bigint, string]) =>
    `The label of the ${managerRole(role)} is ${label} from now on. Nobody's rights change.`,
  "AccessManager.setRoleAdmin": ([role, admin]: [bigint, bigint]) =>
    `The ${managerRole(admin)} of the policy contracts gives and takes the role of the ${managerRole(role)}.`,
  "AccessManager.setRoleGuardian": ([role, guardian]: [bigint, bigint]) =>
    `The ${managerRole(guardian)} of the policy contracts may cancel what the ${managerRole(role)} has announced.`,
  "AccessManager.setGrantDelay": ([role, seconds]: [bigint, number]) =>
    `Whoever becomes ${managerRole(role)} of the policy contracts is so ${hours(seconds)} later.`,
  "AccessManager.setTargetAdminDelay": ([target, seconds]: [Address, number], deployment) =>
    `Changes of who may use ${nameOf(deployment, target)} wait ${hours(seconds)} after they were announced.`,
  "AccessManager.setTargetClosed": ([target, closed]: [Address, boolean], deployment) =>
    closed
      ? `Nobody can use the privileged functions of ${nameOf(deployment, target)}.`
      : `The privileged functions of ${nameOf(deployment, target)} can be used again.`,
  "AccessManager.setTargetFunctionRole": ([target, selectors, role]: [Address, Hex[], bigint], deployment) =>
    `${selectors.length} functions of ${nameOf(deployment, target)} (${selectors.join(", ")}) are for the ${managerRole(role)} alone.`,
  "AccessManager.updateAuthority": ([target, authority]: [Address, Address], deployment) =>
    `${nameOf(deployment, authority)} decides instead of the access manager who may use ${nameOf(deployment, target)}. If it is not what it should be, that is for good.`,
  "AccessManager.schedule": ([target]: [Address], deployment) =>
    `Announces a call of ${nameOf(deployment, target)} through the access manager.`,
  "AccessManager.execute": ([target, data]: [Address, Hex], deployment) =>
    governedContract(deployment, target)?.name === "AccessManager"
      ? "Calls the access manager through itself." // read no further: calls in calls have no end
      : `Through the access manager: ${decodeCall(deployment, { target, data }).sentence}`,
  "AccessManager.cancel": ([, target]: [Address, Address], deployment) =>
    `Withdraws an announced call of ${nameOf(deployment, target)} from the access manager.`,
  pauseEntries: ([until]: [number]) =>
    `${until === 0 ? "New entries are open again." : `New entries are refused until ${formatTime(until)}.`} ${only("the guardian's contract")}`,
  setAuthority: ([authority]: [Address], deployment) =>
    `${nameOf(deployment, authority)} decides who may use this contract. Only the access manager itself may say so: this will fail.`,
};

/** Functions that ask who calls and that the timelock can never be. */
const OTHERS: Readonly<Record<string, string>> = {
  "InviteRegistry.admit": "the provider registry",
  "ProviderRegistry.takeCapacity": "listed markets",
  "ProviderRegistry.giveCapacity": "listed and retired markets",
  "ProviderRegistry.updateOffer": "the offer's provider",
  "ProviderRegistry.withdrawOffer": "the offer's provider",
  "StakeVault.reserve": "listed markets",
  "StakeVault.release": "listed and retired markets",
};
