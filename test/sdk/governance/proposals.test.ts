import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GovernorMissing } from "../../../sdk/src/governance/contracts.ts";
import { castVote, executeProposal, getProposal, propose } from "../../../sdk/src/governance/proposals.ts";
import { DELEGATED_STAKE, TREASURY, tellGovernance } from "../../helpers/governance-story.ts";
import { type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

let chain: LocalChain;
let story: Awaited<ReturnType<typeof tellGovernance>>;
beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellGovernance(chain);
});
afterAll(() => chain.stop());

const FAUCET = parseEther("10000");

describe("a proposal", () => {
  it("is refused of somebody without votes, and of a deployment without a governor", async () => {
    const { deployment } = chain;
    const stranger = chain.walletOf(13);
    await expect(propose(stranger, { deployment, ...story.text })).rejects.toMatchObject({
      code: "GovernorInsufficientProposerVotes",
      message: "The account has the votes of 0 EVER; to propose takes 1000 EVER.",
    });
    const { EverGovernor: _, ...contracts } = deployment.contracts;
    const older = { ...deployment, contracts };
    await expect(getProposal(chain.reader, { deployment: older, proposalId: 1n })).rejects.toThrow(GovernorMissing);
    await expect(getProposal(chain.reader, { deployment, proposalId: 1n })).rejects.toMatchObject({
      code: "GovernorNonexistentProposal",
    });
  });

  it("goes from pending to executed, with its votes, quorum and moments", () => {
    const { states, provider } = story;
    const { pending, active, succeeded, queued, executed } = states;
    expect(pending).toMatchObject({ state: "pending", proposer: provider, quorum: undefined, readyAt: undefined });
    expect(active).toMatchObject({ state: "active", quorum: parseEther("24000000") });
    expect([succeeded.state, queued.state, executed.state]).toEqual(["succeeded", "queued", "executed"]);
    expect(queued.readyAt).toBeGreaterThan(active.deadlineAt);
  });

  it("counts tokens and pools, a delegator's part once", () => {
    const { votes, states } = story;
    expect(votes).toBe(TREASURY + DELEGATED_STAKE); // what it staked counts in its pool
    expect(states.active.votes).toEqual({ against: FAUCET, for: TREASURY, abstain: 0n });
  });

  it("is not executed twice, nor voted on after the end", async () => {
    const { deployment } = chain;
    const wallet = chain.walletOf(12);
    const code = "GovernorUnexpectedProposalState";
    await expect(executeProposal(wallet, { deployment, ...story.text })).rejects.toMatchObject({ code });
    const ballot = { deployment, proposalId: story.proposalId, support: "abstain" } as const;
    await expect(castVote(wallet, ballot)).rejects.toMatchObject({ code });
  });
});

describe("a pause", () => {
  it("is told while it lasts, with its guardian", () => {
    const { paused, lifted, account } = story;
    expect(paused).toEqual({ guardian: account, pausedUntil: expect.any(Number) });
    expect(lifted).toEqual({ guardian: account, pausedUntil: undefined });
  });
});
