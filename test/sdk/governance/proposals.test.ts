import { encodeFunctionData, parseEther, zeroAddress, zeroHash } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everTokenAbi, serviceCatalogAbi } from "../../../sdk/src/generated/abis.ts";
import { getCallChanges } from "../../../sdk/src/governance/call-changes.ts";
import { composeCall, getBounds, getServiceValues } from "../../../sdk/src/governance/compose.ts";
import { GovernorMissing } from "../../../sdk/src/governance/contracts.ts";
import {
  CouncilMissing,
  cancelAsCouncil,
  executeForCouncil,
  executeOperation,
  getCouncil,
  OperationUnknown,
  proposeAsCouncil,
} from "../../../sdk/src/governance/council.ts";
import { PROPOSABLE } from "../../../sdk/src/governance/proposable.ts";
import { castVote, executeProposal, getProposal, propose } from "../../../sdk/src/governance/proposals.ts";
import { listProposalTexts } from "../../../sdk/src/governance/texts.ts";
import {
  getCast,
  getGovernorSettings,
  getVoteDelegation,
  getVotingPower,
  openBallot,
} from "../../../sdk/src/governance/votes.ts";
import { DELEGATED_STAKE, OWN_STAKE, TREASURY, tellGovernance } from "../../helpers/governance-story.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

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

describe("listProposalTexts", () => {
  it("tells every proposal from the chain's events, the newest first", async () => {
    const { deployment, reader } = chain;
    const texts = await listProposalTexts(reader, { deployment });
    expect(texts.map(({ proposalId }) => proposalId)).toEqual([story.withdrawnId, story.proposalId]);
    expect(texts[1]).toEqual({ ...story.text, proposalId: story.proposalId });
  });
});

describe("votes", () => {
  it("are told apart by tokens and pools, as of a moment; pools without any are left out", async () => {
    const { deployment, reader } = chain;
    const { provider, account, states } = story;
    const at = states.active.snapshotAt;
    expect(await getVotingPower(reader, { deployment, account: provider, providers: [provider, account], at })).toEqual(
      {
        at,
        tokens: TREASURY - OWN_STAKE,
        pools: [{ provider, votes: OWN_STAKE + DELEGATED_STAKE, isOwn: true }],
      },
    );
    expect(await getVotingPower(reader, { deployment, account, providers: [provider, account], at })).toEqual({
      at,
      tokens: FAUCET - DELEGATED_STAKE,
      pools: [{ provider, votes: DELEGATED_STAKE, isOwn: false }],
    });
  });

  it("are known to be cast, by tokens and by each pool", async () => {
    const { deployment, reader } = chain;
    const { provider, account, proposalId, withdrawnId } = story;
    const providers = [provider, account];
    const of = { deployment, account, providers };
    expect(await getCast(reader, { ...of, proposalId })).toEqual({ tokens: true, providers: [provider] });
    expect(await getCast(reader, { ...of, proposalId: withdrawnId })).toEqual({ tokens: false, providers: [] });
  });

  it("leave at most 16 pools to a ballot, the largest, and none twice", () => {
    const pools = Array.from({ length: 18 }, (_, i) => ({
      provider: `0x${(i + 1).toString(16).padStart(40, "0")}` as const,
      votes: BigInt(100 - i),
      isOwn: false,
    }));
    const power = { at: 1, tokens: 5n, pools };
    const first = openBallot(power, { tokens: false, providers: [] });
    expect([first.tokens, first.pools.length, first.left.length]).toEqual([5n, 16, 2]);
    const cast = { tokens: true, providers: first.pools.map(({ provider }) => provider) };
    expect(openBallot(power, cast)).toEqual({ tokens: 0n, pools: pools.slice(16), left: [] });
  });

  it("of a holder are its delegate's", async () => {
    const { deployment, reader } = chain;
    const { provider, tokens } = story;
    const stranger = chain.walletOf(13).account.address;
    expect(await getVoteDelegation(reader, { deployment, account: stranger })).toEqual({
      balance: 0n,
      delegate: undefined,
    });
    expect(await getVoteDelegation(reader, { deployment, account: provider })).toEqual({
      balance: tokens.provider,
      delegate: provider,
    });
  });
});

describe("what later proposals follow", () => {
  it("is told with its units", async () => {
    expect(await getGovernorSettings(chain.reader, chain)).toEqual({
      votingDelay: 5,
      votingPeriod: 60,
      voteExtension: 20,
      proposalThreshold: parseEther("1000"),
      quorumBps: 400,
    });
  });

  it("has hard bounds, read from the contracts", async () => {
    expect(await getBounds(chain.reader, chain)).toMatchObject({
      feeBps: { min: 0n, max: 500n },
      votingPeriod: { min: 10n, max: 2_592_000n },
      quorumBps: { min: 100n, max: 3_000n },
      timelockDelay: { min: 5n, max: 20n },
    });
  });
});

describe("what a call changes", () => {
  const changesOf = (call: { target: `0x${string}`; data: `0x${string}` }) =>
    getCallChanges(chain.reader, { deployment: chain.deployment, call });
  const service = (name: string, changed: Record<string, string> = {}) => {
    const values = {
      name,
      unitBytes: "1GiB",
      stakePerUnit: "1",
      proofClass: "1",
      feeBps: "1",
      maxTermPeriods: "3660",
      active: "true",
      ...changed,
    };
    const proposable = PROPOSABLE.find(({ id }) => id === "ServiceCatalog.setService");
    const composed = proposable && composeCall(chain.deployment, { proposable, values });
    if (!composed?.ok) throw new Error("the service cannot be composed");
    return composed.call;
  };

  it("is not told of a call that no getter knows", async () => {
    const { EverToken: target } = chain.deployment.contracts;
    const data = encodeFunctionData({ abi: everTokenAbi, functionName: "burn", args: [1n] });
    expect(await changesOf({ target, data })).toBeUndefined();
    expect(await changesOf({ target: chain.deployment.contracts.DealMarket, data })).toBeUndefined();
  });

  it("is the old value and the new one, of what differs", async () => {
    expect(await changesOf(service("hosting", { feeBps: "2", maxTermPeriods: "365" }))).toEqual([
      { what: "Fee", before: "1 %", after: "2 %" },
      { what: "Longest term", before: "3660 periods", after: "365 periods" },
    ]);
    expect(await changesOf(service("hosting"))).toEqual([{ what: "Fee", before: "1 %", after: "1 %" }]);
    expect((await changesOf(service("new")))?.[0]).toEqual({ what: "Fee", before: "none", after: "1 %" });
  });

  it("can be read of every call that a form composes", async () => {
    const bounds = await getBounds(chain.reader, chain);
    const sample = { text: "ipfs", percent: "2", ever: "1000", count: "1", bytes: "1GiB", address: story.provider };
    for (const proposable of PROPOSABLE) {
      const values = proposable.fields.map(({ name, kind, options, bounds: bound }) => [
        name,
        options?.[0]?.value ??
          (bound && kind === "span" ? `${bounds[bound].min}s` : sample[kind as keyof typeof sample]),
      ]);
      const composed = composeCall(chain.deployment, { proposable, values: Object.fromEntries(values), bounds });
      if (!composed.ok) throw new Error(`${proposable.id}: ${JSON.stringify(composed.problems)}`);
      const changes = await changesOf(composed.call);
      const hasNone = ["Guardian.lift", "EverToken.transfer", "Ledger.withdraw"].includes(proposable.id);
      expect(changes === undefined, proposable.id).toBe(hasNone);
    }
  });

  it("of a service begins from what it has now", async () => {
    const { deployment, reader } = chain;
    expect(await getServiceValues(reader, { deployment, name: "nothing" })).toBeUndefined();
    expect(await getServiceValues(reader, { deployment, name: "hosting" })).toEqual({
      name: "hosting",
      unitBytes: `${2 ** 30}`,
      stakePerUnit: "1",
      proofClass: "1",
      feeBps: "1",
      maxTermPeriods: "3660",
      active: "true",
    });
  });
});

describe("the council", () => {
  it("is told with its term, and there may be none", async () => {
    const { deployment, reader } = chain;
    const { told } = story.council;
    expect(told).toMatchObject({ account: story.provider, isOver: false });
    expect(told?.endsAt).toBeGreaterThan(await chain.now());
    const { Council: _, ...contracts } = deployment.contracts;
    expect(await getCouncil(reader, { deployment: { ...deployment, contracts } })).toBeUndefined();
    const without = { deployment: { ...deployment, contracts }, calls: [] };
    await expect(proposeAsCouncil(chain.walletOf(13), without)).rejects.toThrow(CouncilMissing);
  });

  it("proposes what anybody executes later, withdraws only its own, and nobody else proposes for it", async () => {
    const { deployment } = chain;
    const [council, stranger] = [chain.walletOf(LOCAL_ACCOUNTS.council), chain.walletOf(13)];
    const calls = [
      {
        target: deployment.contracts.ServiceCatalog,
        data: encodeFunctionData({ abi: serviceCatalogAbi, functionName: "setToken", args: [1, true] }),
      },
    ];
    await expect(proposeAsCouncil(stranger, { deployment, calls })).rejects.toMatchObject({ code: "CouncilOnly" });
    const { operationId, receipt } = await proposeAsCouncil(council, { deployment, calls });
    await expect(executeForCouncil(stranger, { deployment, calls })).rejects.toMatchObject({
      code: "TimelockUnexpectedOperationState",
    });
    const of = { deployment, operationId, calls, transactionHash: receipt.transactionHash };
    await expect(executeOperation(stranger, of)).rejects.toMatchObject({ code: "TimelockUnexpectedOperationState" });
    await expect(executeOperation(stranger, { ...of, operationId: zeroHash })).rejects.toThrow(OperationUnknown);
    await cancelAsCouncil(council, { deployment, operationId });
    await expect(cancelAsCouncil(council, { deployment, operationId: zeroHash })).rejects.toMatchObject({
      code: "CouncilOperationForeign",
    });
    const router = [{ target: deployment.contracts.FeeRouter ?? zeroAddress, data: "0x12345678" as const }];
    await expect(proposeAsCouncil(council, { deployment, calls: router })).rejects.toMatchObject({
      code: "CouncilTargetForbidden",
    });
  });
});

describe("executeOperation", () => {
  it("makes the calls of one that waited, by the transaction that proposed it", async () => {
    const { deployment } = chain;
    const [council, stranger] = [chain.walletOf(LOCAL_ACCOUNTS.council), chain.walletOf(13)];
    const data = encodeFunctionData({ abi: serviceCatalogAbi, functionName: "setToken", args: [1, true] });
    const calls = [{ target: deployment.contracts.ServiceCatalog, data }];
    const salt = `0x${"5a".repeat(32)}` as const;
    const { operationId, receipt } = await proposeAsCouncil(council, { deployment, calls, salt });
    await chain.goTo((await chain.now()) + 11);
    const of = { deployment, operationId, calls, transactionHash: receipt.transactionHash };
    expect((await executeOperation(stranger, of)).receipt.status).toBe("success");
    await expect(executeOperation(stranger, of)).rejects.toMatchObject({ code: "TimelockUnexpectedOperationState" });
  });
});

describe("a pause", () => {
  it("is told while it lasts, with its guardian", () => {
    const { paused, lifted, account } = story;
    const [mostSeconds, intervalSeconds] = [14 * 86_400, 60 * 86_400];
    expect(paused).toEqual({
      guardian: account,
      pausedUntil: expect.any(Number),
      nextAt: expect.any(Number),
      mostSeconds,
      intervalSeconds,
    });
    const { nextAt } = paused;
    expect(nextAt).toBe((paused.pausedUntil ?? 0) - 600 + intervalSeconds);
    expect(lifted).toEqual({ guardian: account, pausedUntil: undefined, nextAt, mostSeconds, intervalSeconds });
  });
});
