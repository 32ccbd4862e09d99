import { pad, toHex } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { getIndexedGuard, getIndexedProposal, listPoolsOf, listProposals } from "../../sdk/src/subgraph/proposals.ts";
import { DELEGATED_STAKE, OWN_STAKE, tellGovernance } from "../helpers/governance-story.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";

let chain: LocalChain;
let index: LocalIndex;
let story: Awaited<ReturnType<typeof tellGovernance>>;
beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellGovernance(chain);
  index = await startLocalIndex(chain);
  await index.caughtUp();
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

const lower = (address: string) => address.toLowerCase();

it("tells a proposal with its calls, its votes and its moments", async () => {
  const { states, text, provider, proposalId, tokens } = story;
  const { proposal } = await index.ask<{ proposal: object }>(
    `query($id: ID!) {
      proposal(id: $id) {
        proposalId status proposer { id } targets calldatas description snapshotAt deadlineAt againstVotes forVotes abstainVotes
        readyAt canceledAt operation { proposal { proposalId } targets calldatas readyAt }
      }
    }`,
    { id: pad(toHex(proposalId), { size: 32 }) },
  );
  expect(proposal).toEqual({
    proposalId: `${proposalId}`,
    status: "EXECUTED",
    proposer: { id: lower(provider) },
    targets: text.calls.map(({ target }) => lower(target)),
    calldatas: text.calls.map(({ data }) => data),
    description: text.description,
    snapshotAt: `${states.active.snapshotAt}`,
    deadlineAt: `${states.active.deadlineAt}`,
    againstVotes: `${tokens.account + DELEGATED_STAKE}`,
    forVotes: `${tokens.provider + OWN_STAKE}`,
    abstainVotes: "0",
    readyAt: `${states.queued.readyAt}`,
    canceledAt: null,
    operation: {
      proposal: { proposalId: `${proposalId}` },
      targets: text.calls.map(({ target }) => lower(target)),
      calldatas: text.calls.map(({ data }) => data),
      readyAt: `${states.queued.readyAt}`,
    },
  });
});

it("lists the latest first, each call with what it changes", async () => {
  const { account, proposalId, withdrawnId } = story;
  const found = await listProposals(index.subgraph, { deployment: chain.deployment });
  expect(found.map((each) => each.proposalId)).toEqual([withdrawnId, proposalId]);
  expect(found[1]?.calls.map(({ sentence }) => sentence)).toEqual([
    "No new deal or channel may be paid in token 1 of the ledger; what runs goes on.",
    `${account} may pause new entries for at most 14 days, once in 60.`,
  ]);
});

it("gives a proposal with its ballots and their pools to the SDK, and nothing for a number that nobody used", async () => {
  const { deployment } = chain;
  const { proposalId, provider, account, states } = story;
  expect(await getIndexedProposal(index.subgraph, { deployment, proposalId: 1n })).toBeUndefined();
  const found = await getIndexedProposal(index.subgraph, { deployment, proposalId });
  expect(found).toMatchObject({
    proposalId,
    status: "EXECUTED",
    proposer: provider,
    readyAt: states.queued.readyAt,
    canceledAt: undefined,
  });
  expect(found?.executedAt).toBeGreaterThan(states.queued.readyAt ?? 0);
  expect(found?.ballots.map(({ voter, support, reason }) => [voter, support, reason])).toEqual([
    [account, "against", ""],
    [provider, "for", "safer"],
  ]);
  expect(found?.poolBallots.map(({ voter, votes }) => [voter, votes])).toEqual([
    [provider, OWN_STAKE],
    [account, DELEGATED_STAKE],
  ]);
});

it("gives the guard with its last pause, and what the council proposed", async () => {
  const { deployment } = chain;
  const { account, council } = story;
  const guard = await getIndexedGuard(index.subgraph, { deployment });
  expect(guard).toMatchObject({ guardian: account, lastPause: { guardian: account, liftedBy: account } });
  expect(guard.operations).toMatchObject([
    {
      id: council.operationId,
      calls: [{ sentence: `${account} may invite 25 more providers.` }],
      executedAt: expect.any(Number),
      canceledAt: undefined,
    },
  ]);
});

it("gives the pools that an account may vote with", async () => {
  const { provider, account } = story;
  const of = (who: `0x${string}`) => listPoolsOf(index.subgraph, { account: who });
  expect((await of(provider)).map((pool) => pool.provider)).toEqual([provider]);
  expect((await of(account)).map((pool) => pool.provider)).toEqual([provider]);
});

it("tells a withdrawn proposal", async () => {
  const { proposals } = await index.ask<{ proposals: object[] }>(
    `{ proposals(where: { status: CANCELED }) { proposalId ballots { id } } }`,
  );
  expect(proposals).toEqual([{ proposalId: `${story.withdrawnId}`, ballots: [] }]);
});

it("tells each ballot, and what of each pool counts in the end", async () => {
  const { provider, account, tokens } = story;
  const { ballots, poolBallots } = await index.ask<{ ballots: object[]; poolBallots: object[] }>(`{
    ballots(orderBy: blockNumber) { voter { id } support votes reason }
    poolBallots(orderBy: voter__id) { provider { id } voter { id } support votes }
  }`);
  expect(ballots).toEqual([
    {
      voter: { id: lower(provider) },
      support: "FOR",
      votes: `${tokens.provider + OWN_STAKE + DELEGATED_STAKE}`,
      reason: "safer",
    },
    { voter: { id: lower(account) }, support: "AGAINST", votes: `${tokens.account + DELEGATED_STAKE}`, reason: "" },
  ]);
  expect(poolBallots).toEqual([
    { provider: { id: lower(provider) }, voter: { id: lower(provider) }, support: "FOR", votes: `${OWN_STAKE}` },
    {
      provider: { id: lower(provider) },
      voter: { id: lower(account) },
      support: "AGAINST",
      votes: `${DELEGATED_STAKE}`,
    },
  ]);
});

it("tells the governor's settings, the guardian and its pause", async () => {
  const { account } = story;
  const { governorSettings_collection: settings, guards } = await index.ask<{
    governorSettings_collection: object[];
    guards: { lastPause: { pausedAt: string; until: string } }[];
  }>(`{
    governorSettings_collection { votingDelay votingPeriod voteExtension proposalThreshold quorumBps timelockDelay }
    guards { guardian lastPause { guardian pausedAt until liftedBy } }
  }`);
  expect(settings).toEqual([
    {
      votingDelay: "5",
      votingPeriod: "60",
      voteExtension: "20",
      proposalThreshold: `${10n ** 21n}`,
      quorumBps: "400",
      timelockDelay: "10",
    },
  ]);
  const pause = { guardian: lower(account), liftedBy: lower(account) };
  expect(guards).toMatchObject([{ guardian: lower(account), lastPause: pause }]);
  const { pausedAt, until } = guards[0]?.lastPause ?? { pausedAt: "0", until: "0" };
  expect(Number(until) - Number(pausedAt)).toBeLessThan(600);
});
