import { encodeFunctionData, parseEther } from "viem";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { everTokenAbi, guardianAbi, inviteRegistryAbi, serviceCatalogAbi } from "../../sdk/src/generated/abis.ts";
import { executeForCouncil, getCouncil, proposeAsCouncil } from "../../sdk/src/governance/council.ts";
import { getPause, liftPause, pauseEntries } from "../../sdk/src/governance/pauses.ts";
import {
  cancelProposal,
  castVote,
  executeProposal,
  getProposal,
  getProposalId,
  propose,
  queueProposal,
} from "../../sdk/src/governance/proposals.ts";
import { delegateVotes, getVotes } from "../../sdk/src/governance/votes.ts";
import { delegate, stake } from "../../sdk/src/stakes.ts";
import { LOCAL_ACCOUNTS, type LocalChain } from "./local-chain.ts";

export const OWN_STAKE = parseEther("100");
export const DELEGATED_STAKE = parseEther("7");

/**
 * The treasury proposes to unlist a token and to name another guardian. It votes for it with its tokens and as a provider with its pool;
 * its delegator votes against it with its tokens and its part. It is queued and executed; the new guardian pauses and lifts. A second
 * proposal is withdrawn. The treasury's account is the council too: it lets the delegator invite.
 */
export async function tellGovernance(chain: LocalChain) {
  const { deployment, reader, test } = chain;
  const [treasury, delegator] = [chain.walletOf(LOCAL_ACCOUNTS.council), chain.walletOf(12)];
  const [provider, account] = [treasury.account.address, delegator.account.address];
  const { ServiceCatalog, Guardian } = deployment.contracts;
  if (!Guardian) throw new Error("the deployment has no guardian");
  await claimFaucet(delegator, { deployment });
  await delegateVotes(treasury, { deployment, delegate: provider });
  await delegateVotes(delegator, { deployment, delegate: account });
  await stake(treasury, { deployment, amount: OWN_STAKE });
  await delegate(delegator, { deployment, provider, amount: DELEGATED_STAKE });
  await chain.goTo((await chain.now()) + 2);

  const text = {
    calls: [
      {
        target: ServiceCatalog,
        data: encodeFunctionData({ abi: serviceCatalogAbi, functionName: "setToken", args: [1, false] }),
      },
      {
        target: Guardian,
        data: encodeFunctionData({ abi: guardianAbi, functionName: "setGuardian", args: [account] }),
      },
    ],
    description: "Another guardian",
  };
  const { proposalId } = await propose(treasury, { deployment, ...text, pools: [provider] });
  const pending = await getProposal(reader, { deployment, proposalId });
  const withdrawn = { ...text, description: "Withdrawn" };
  await propose(treasury, { deployment, ...withdrawn });
  await cancelProposal(treasury, { deployment, ...withdrawn });

  await chain.goTo(pending.snapshotAt + 1);
  const votes = await getVotes(reader, { deployment, account: provider, pools: [provider] });
  await castVote(treasury, { deployment, proposalId, support: "for", pools: [provider], reason: "safer" });
  await castVote(delegator, { deployment, proposalId, support: "against", pools: [provider] });
  const active = await getProposal(reader, { deployment, proposalId });
  await chain.goTo(active.deadlineAt + 1);
  const succeeded = await getProposal(reader, { deployment, proposalId });
  await queueProposal(delegator, { deployment, ...text });
  const queued = await getProposal(reader, { deployment, proposalId });
  await chain.goTo((queued.readyAt ?? 0) + 1);
  await executeProposal(delegator, { deployment, ...text });
  const executed = await getProposal(reader, { deployment, proposalId });

  await pauseEntries(delegator, { deployment, spanSeconds: 600 });
  const paused = await getPause(reader, { deployment });
  await liftPause(delegator, { deployment });
  const lifted = await getPause(reader, { deployment });
  const invite = encodeFunctionData({ abi: inviteRegistryAbi, functionName: "setIssuer", args: [account, 25] });
  const councilCalls = [{ target: deployment.contracts.InviteRegistry, data: invite }];
  const council = await getCouncil(reader, { deployment });
  const { operationId } = await proposeAsCouncil(treasury, { deployment, calls: councilCalls });
  await chain.goTo((await chain.now()) + 11);
  await executeForCouncil(delegator, { deployment, calls: councilCalls });

  const balance = (holder: `0x${string}`) =>
    reader.readContract({
      address: deployment.contracts.EverToken,
      abi: everTokenAbi,
      functionName: "balanceOf",
      args: [holder],
    });
  await test.mine({ blocks: 1 });
  return {
    proposalId,
    withdrawnId: await getProposalId(reader, { deployment, ...withdrawn }),
    text,
    provider,
    account,
    votes,
    tokens: { provider: await balance(provider), account: await balance(account) },
    states: { pending, active, succeeded, queued, executed },
    paused,
    lifted,
    council: { told: council, operationId },
  };
}

/** What the treasury of a local chain begins with. EVER base units. */
export const TREASURY = parseEther("100000000");
