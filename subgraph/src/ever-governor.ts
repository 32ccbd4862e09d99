import { BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import {
  LateQuorumVoteExtensionSet,
  PoolVotesCast,
  PoolVotesReduced,
  ProposalCanceled,
  ProposalCreated,
  ProposalExecuted,
  ProposalExtended,
  ProposalQueued,
  ProposalThresholdSet,
  QuorumNumeratorUpdated,
  VoteCast,
  VoteCastWithParams,
  VotingDelaySet,
  VotingPeriodSet,
} from "../generated/EverGovernor/EverGovernor";
import { Ballot, Operation, PoolBallot, Proposal } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { loadOrCreateSettings } from "./governor-settings";
import { eventIdOf, poolBallotIdOf, proposalIdOf } from "./ids";
import { ZERO } from "./numbers";

/** `GovernorPools.VoteType` by its numbers. */
const SUPPORTS = ["AGAINST", "FOR", "ABSTAIN"];

export function handleProposalCreated(event: ProposalCreated): void {
  const proposal = new Proposal(proposalIdOf(event.params.proposalId));
  proposal.proposalId = event.params.proposalId;
  proposal.status = "PROPOSED";
  proposal.proposer = loadOrCreateAccount(event.params.proposer).id;
  const targets: Bytes[] = [];
  for (let i = 0; i < event.params.targets.length; i++) targets.push(event.params.targets[i]);
  proposal.targets = targets;
  proposal.calldatas = event.params.calldatas;
  proposal.description = event.params.description;
  proposal.snapshotAt = event.params.voteStart;
  proposal.deadlineAt = event.params.voteEnd;
  proposal.againstVotes = ZERO;
  proposal.forVotes = ZERO;
  proposal.abstainVotes = ZERO;
  proposal.blockNumber = event.block.number;
  proposal.timestamp = event.block.timestamp;
  proposal.transactionHash = event.transaction.hash;
  proposal.save();
}

export function handleProposalExtended(event: ProposalExtended): void {
  const proposal = Proposal.load(proposalIdOf(event.params.proposalId))!;
  proposal.deadlineAt = event.params.extendedDeadline;
  proposal.save();
}

/** The timelock has told the calls a moment before. */
export function handleProposalQueued(event: ProposalQueued): void {
  const proposal = Proposal.load(proposalIdOf(event.params.proposalId))!;
  const operation = Operation.load(loadOrCreateSettings().latestOperation!)!;
  operation.proposal = proposal.id;
  operation.save();

  proposal.operation = operation.id;
  proposal.status = "QUEUED";
  proposal.readyAt = event.params.etaSeconds;
  proposal.queuedAt = event.block.timestamp;
  proposal.save();
}

export function handleProposalExecuted(event: ProposalExecuted): void {
  const proposal = Proposal.load(proposalIdOf(event.params.proposalId))!;
  proposal.status = "EXECUTED";
  proposal.executedAt = event.block.timestamp;
  proposal.save();
}

export function handleProposalCanceled(event: ProposalCanceled): void {
  const proposal = Proposal.load(proposalIdOf(event.params.proposalId))!;
  proposal.status = "CANCELED";
  proposal.canceledAt = event.block.timestamp;
  proposal.save();
}

export function handleVoteCast(event: VoteCast): void {
  const ballot = ballotOf(event, event.params.proposalId, event.params.support, event.params.weight);
  ballot.voter = loadOrCreateAccount(event.params.voter).id;
  ballot.reason = event.params.reason;
  ballot.save();
}

export function handleVoteCastWithParams(event: VoteCastWithParams): void {
  const ballot = ballotOf(event, event.params.proposalId, event.params.support, event.params.weight);
  ballot.voter = loadOrCreateAccount(event.params.voter).id;
  ballot.reason = event.params.reason;
  ballot.save();
}

/** Comes before the ballot that it is part of, whose votes it adds nothing to. */
export function handlePoolVotesCast(event: PoolVotesCast): void {
  const proposal = proposalIdOf(event.params.proposalId);
  const ballot = new PoolBallot(poolBallotIdOf(proposal, event.params.provider, event.params.voter));
  ballot.proposal = proposal;
  ballot.provider = loadOrCreateAccount(event.params.provider).id;
  ballot.voter = loadOrCreateAccount(event.params.voter).id;
  ballot.support = SUPPORTS[event.params.support];
  ballot.votes = event.params.votes;
  ballot.timestamp = event.block.timestamp;
  ballot.save();
}

/** A delegator voted after its provider. */
export function handlePoolVotesReduced(event: PoolVotesReduced): void {
  const id = proposalIdOf(event.params.proposalId);
  const proposal = Proposal.load(id)!;
  addVotes(proposal, event.params.support, event.params.votes.neg());
  proposal.save();
  const ballot = PoolBallot.load(poolBallotIdOf(id, event.params.provider, event.params.provider))!;
  ballot.votes = ballot.votes.minus(event.params.votes);
  ballot.save();
}

export function handleVotingDelaySet(event: VotingDelaySet): void {
  const settings = loadOrCreateSettings();
  settings.votingDelay = event.params.newVotingDelay;
  settings.save();
}

export function handleVotingPeriodSet(event: VotingPeriodSet): void {
  const settings = loadOrCreateSettings();
  settings.votingPeriod = event.params.newVotingPeriod;
  settings.save();
}

export function handleLateQuorumVoteExtensionSet(event: LateQuorumVoteExtensionSet): void {
  const settings = loadOrCreateSettings();
  settings.voteExtension = event.params.newVoteExtension;
  settings.save();
}

export function handleProposalThresholdSet(event: ProposalThresholdSet): void {
  const settings = loadOrCreateSettings();
  settings.proposalThreshold = event.params.newProposalThreshold;
  settings.save();
}

export function handleQuorumNumeratorUpdated(event: QuorumNumeratorUpdated): void {
  const settings = loadOrCreateSettings();
  settings.quorumBps = event.params.newQuorumNumerator;
  settings.save();
}

/** A new ballot, counted, without its voter. */
function ballotOf(event: ethereum.Event, proposalId: BigInt, support: i32, votes: BigInt): Ballot {
  const proposal = Proposal.load(proposalIdOf(proposalId))!;
  addVotes(proposal, support, votes);
  proposal.save();

  const ballot = new Ballot(eventIdOf(event));
  ballot.proposal = proposal.id;
  ballot.support = SUPPORTS[support];
  ballot.votes = votes;
  ballot.blockNumber = event.block.number;
  ballot.timestamp = event.block.timestamp;
  ballot.transactionHash = event.transaction.hash;
  return ballot;
}

function addVotes(proposal: Proposal, support: i32, votes: BigInt): void {
  if (support == 0) proposal.againstVotes = proposal.againstVotes.plus(votes);
  else if (support == 1) proposal.forVotes = proposal.forVotes.plus(votes);
  else proposal.abstainVotes = proposal.abstainVotes.plus(votes);
}
