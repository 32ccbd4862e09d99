import type { Deployment } from "@4ever/sdk/deployments";
import { PROPOSABLE } from "@4ever/sdk/governance/proposable";
import type { IndexedProposal } from "@4ever/sdk/subgraph/proposals";
import { type Address, getAddress, parseEther } from "viem";
import { describe, expect, it } from "vitest";
import { readDescription } from "@/features/governance/description";
import { emptyValues, hintOf, type ProposalDraft, readCalls, readDraft } from "@/features/governance/draft";
import { readPause } from "@/features/governance/pause";
import { isFilter, lifeOf, operationPhaseOf, phaseOf, saidWords, tallyOf } from "@/features/governance/proposal";
import { tallyWords } from "@/features/governance/TallyBar";

const at = (index: number): Address => getAddress(`0x${index.toString(16).padStart(40, "0")}`);
const EVER = 10n ** 18n;
const proposal: IndexedProposal = {
  proposalId: 7n,
  status: "PROPOSED",
  proposer: at(1),
  calls: [],
  description: "# A change",
  proposedAt: 90,
  snapshotAt: 100,
  deadlineAt: 200,
  readyAt: undefined,
  queuedAt: undefined,
  executedAt: undefined,
  canceledAt: undefined,
  forVotes: 3n,
  againstVotes: 2n,
  abstainVotes: 1n,
  transactionHash: "0x12",
};

describe("phaseOf", () => {
  const phase = (changes: Partial<IndexedProposal>, nowAt: number | undefined, quorum: bigint | undefined = 4n) =>
    phaseOf({ ...proposal, ...changes }, { nowAt, quorum });

  it("says nothing before a block was seen, nor of a result whose quorum is not known", () => {
    expect(phase({}, undefined)).toBeUndefined();
    expect(phaseOf(proposal, { nowAt: 201, quorum: undefined })).toBeUndefined();
  });

  it("begins after the snapshot and ends after the deadline, as the governor counts", () => {
    expect(phase({}, 100)).toBe("pending");
    expect(phase({}, 101)).toBe("active");
    expect(phase({}, 200)).toBe("active");
    expect(phase({}, 201)).toBe("succeeded");
  });

  it("is lost by a tie, or one vote below the quorum; abstentions fill it", () => {
    expect(phase({ againstVotes: 3n }, 201)).toBe("defeated");
    expect(phase({}, 201, 5n)).toBe("defeated");
    expect(phaseOf({ ...proposal, againstVotes: 3n }, { nowAt: 201, quorum: undefined })).toBe("defeated");
  });

  it("waits in the timelock until the very second", () => {
    expect(phase({ status: "QUEUED", readyAt: 300 }, 299)).toBe("queued");
    expect(phase({ status: "QUEUED", readyAt: 300 }, 300)).toBe("ready");
  });

  it("believes the index of what was done, without a clock", () => {
    expect(phase({ status: "EXECUTED" }, undefined)).toBe("executed");
    expect(phase({ status: "CANCELED" }, undefined)).toBe("canceled");
    expect(phase({ status: "QUEUED", readyAt: 300, canceledAt: 250 }, 400)).toBe("canceled");
  });
});

describe("operationPhaseOf", () => {
  it("tells the council's calls by time and by what was done", () => {
    const operation = { readyAt: 300, executedAt: undefined, canceledAt: undefined };
    expect(operationPhaseOf(operation, undefined)).toBeUndefined();
    expect(operationPhaseOf(operation, 299)).toBe("queued");
    expect(operationPhaseOf(operation, 300)).toBe("ready");
    expect(operationPhaseOf({ ...operation, executedAt: 301 }, 302)).toBe("executed");
    expect(operationPhaseOf({ ...operation, canceledAt: 250 }, 302)).toBe("canceled");
  });
});

describe("isFilter", () => {
  it("takes the names of the list's views and nothing else", () => {
    expect(["open", "waiting", "over"].every(isFilter)).toBe(true);
    expect([null, "", "all", "toString"].some(isFilter)).toBe(false);
  });
});

describe("tallyOf", () => {
  it("draws nothing of nothing", () => {
    const none = { forVotes: 0n, abstainVotes: 0n, againstVotes: 0n };
    expect(tallyOf(none, undefined)).toEqual({ for: 0, abstain: 0, against: 0, quorum: undefined, missing: undefined });
    expect(tallyOf(none, 10n)).toMatchObject({ for: 0, quorum: 1, missing: 10n });
  });

  it("has the quorum as its whole until more was cast; votes against do not fill it", () => {
    expect(tallyOf(proposal, 12n)).toEqual({ for: 0.25, abstain: 0.083333, against: 0.166666, quorum: 1, missing: 8n });
    expect(tallyOf(proposal, 3n)).toEqual({ for: 0.5, abstain: 0.166666, against: 0.333333, quorum: 0.5, missing: 0n });
  });

  it("says the same in words", () => {
    const votes = { forVotes: 3n * EVER, abstainVotes: EVER, againstVotes: 0n };
    expect(tallyWords(votes, undefined)).toBe(
      "3 EVER for, 0 EVER against, 1 EVER abstaining. The quorum is taken when voting begins.",
    );
    expect(tallyWords(votes, 4n * EVER, true)).toBe("3 EVER for, 0 EVER against. The quorum of 4 EVER is reached.");
    expect(tallyWords(votes, 6n * EVER, true)).toBe(
      "3 EVER for, 0 EVER against. 2 EVER are missing to the quorum of 6 EVER.",
    );
  });
});

describe("readPause", () => {
  it.each(["", "0", "-1", "1.5", "337", "a day"])("refuses %j hours", (text) => {
    expect(readPause(text, 14 * 86_400)).toEqual({ ok: false, problem: "Enter 1 to 336 whole hours." });
  });

  it("takes whole hours up to the contract's bound", () => {
    expect(readPause("1", 14 * 86_400)).toEqual({ ok: true, spanSeconds: 3_600 });
    expect(readPause(" 336 ", 14 * 86_400)).toEqual({ ok: true, spanSeconds: 14 * 86_400 });
  });
});

describe("readCalls", () => {
  const deployment = { contracts: {} } as never;

  it("wants one, and each of them whole", () => {
    expect(readCalls(deployment, [], undefined)).toEqual({ ok: false, problem: expect.stringMatching(/^Add a call/) });
    const drafts = [{ key: 0, id: "", values: {} }];
    expect(readCalls(deployment, drafts, undefined)).toEqual({ ok: false, problem: "A call is not complete." });
  });
});

describe("saidWords", () => {
  it("reminds of a vote that is open, and sums up several ballots", () => {
    expect(saidWords([], "active")).toBe("You have not voted");
    expect(saidWords([], "executed")).toBeUndefined();
    const ballots = [
      { support: "for", votes: 2n * EVER },
      { support: "abstain", votes: EVER },
    ] as const;
    expect(saidWords(ballots.slice(0, 1), "active")).toBe("You voted for, with 2 EVER");
    expect(saidWords(ballots, "executed")).toBe("You voted for and to abstain, with 3 EVER");
  });
});

describe("lifeOf", () => {
  const keys = (changes: Partial<IndexedProposal>, nowAt: number) =>
    lifeOf({ ...proposal, ...changes }, phaseOf({ ...proposal, ...changes }, { nowAt, quorum: 4n }), nowAt).map(
      ({ key, isAhead }) => (isAhead ? `${key} ahead` : key),
    );

  it("tells what time will bring, and leaves out what waits for somebody", () => {
    expect(keys({}, 95)).toEqual(["proposed", "voting ahead", "ended ahead"]);
    expect(keys({}, 150)).toEqual(["proposed", "voting", "ended ahead"]);
    expect(keys({}, 250)).toEqual(["proposed", "voting", "ended"]);
    const queued = { status: "QUEUED", queuedAt: 260, readyAt: 300 } as const;
    expect(keys(queued, 270)).toEqual(["proposed", "voting", "ended", "queued", "ready ahead"]);
    const executed = { ...queued, status: "EXECUTED", executedAt: 310 } as const;
    expect(keys(executed, 400)).toEqual(["proposed", "voting", "ended", "queued", "ready", "executed"]);
  });

  it("tells a withdrawal before the vote from one out of the timelock", () => {
    expect(keys({ status: "CANCELED", canceledAt: 95 }, 250)).toEqual(["proposed", "canceled"]);
    const taken = { status: "QUEUED", queuedAt: 260, readyAt: 300, canceledAt: 280 } as const;
    expect(keys(taken, 400)).toEqual(["proposed", "voting", "ended", "queued", "canceled"]);
  });
});

describe("readDescription", () => {
  it("reads a title and what follows, laid out", () => {
    const { title, blocks } = readDescription(
      "# Lower the fee\n\nIt is **high**, see `fees`.\nStill.\n\n## Then\n- one\n- two\n\n```\nx = 1\n```",
    );
    expect(title).toBe("Lower the fee");
    expect(blocks.map(({ kind }) => kind)).toEqual(["paragraph", "heading", "list", "code"]);
    expect(blocks[0]).toEqual({
      kind: "paragraph",
      spans: [
        { kind: "text", text: "It is " },
        { kind: "strong", text: "high" },
        { kind: "text", text: ", see " },
        { kind: "code", text: "fees" },
        { kind: "text", text: ". Still." },
      ],
    });
  });

  it("leaves markup and links as the text that they are", () => {
    const text = "t\n\n<img src=x onerror=alert(1)> [click](javascript:alert(1)) ![x](https://evil.example/p.png)";
    expect(readDescription(text).blocks).toEqual([
      { kind: "paragraph", spans: [{ kind: "text", text: text.slice(3) }] },
    ]);
  });

  it("shows characters that would hide or turn text", () => {
    expect(readDescription("pay\u202eEVER\u200b\u0007").title).toBe("pay·EVER··");
  });

  it("has a title whatever was written, and never an endless one", () => {
    expect(readDescription("").title).toBe("Without a title");
    expect(readDescription(" \n\n").title).toBe("Without a title");
    const long = readDescription("x".repeat(500));
    expect(long.title).toHaveLength(160);
    expect(long.blocks).toHaveLength(1);
    const endless = readDescription(`t\n${"y".repeat(60_000)}`);
    expect(JSON.stringify(endless).length).toBeLessThan(52_000);
  });

  it("ends a code block that nobody closed", () => {
    expect(readDescription("t\n```\nfor ever").blocks).toEqual([{ kind: "code", text: "for ever" }]);
  });
});

describe("readDraft", () => {
  const contracts = { ServiceCatalog: at(1), Guardian: at(2), EverGovernor: at(3) };
  const deployment = { contracts } as unknown as Deployment;
  const lift = { key: 0, id: "Guardian.lift", values: {} };
  const draft: ProposalDraft = { title: "A change", why: "", calls: [lift] };
  const read = (changes: Partial<ProposalDraft>) => readDraft(deployment, { ...draft, ...changes }, undefined);

  it.each([
    [{ title: " " }, { title: "Say in a line what it is about." }],
    [{ title: "x".repeat(121) }, { title: "At most 120 characters: the rest belongs below." }],
    [{ why: "x".repeat(10_001) }, { why: "At most 10000 characters: link to the rest by its CID." }],
    [{ calls: [] }, { calls: "Add a call: a proposal does something." }],
    [{ calls: [lift, { key: 1, id: "", values: {} }] }, { calls: "A call is not complete." }],
    [{ calls: [{ key: 1, id: "FeeRouter.setInsuranceShare", values: {} }] }, { calls: "A call is not complete." }],
  ])("says what is wrong with %o", (changes, problems) => {
    expect(read(changes)).toEqual({ ok: false, problems });
  });

  it("makes title and reasons one description, and encodes the calls in their order", () => {
    expect(read({ title: " A change ", why: "Because.\n" })).toEqual({
      ok: true,
      description: "# A change\n\nBecause.",
      calls: [{ target: at(2), data: expect.stringMatching(/^0x[0-9a-f]{8}$/) }],
    });
    expect(read({})).toMatchObject({ description: "# A change" });
  });
});

describe("a field of a call", () => {
  const service = PROPOSABLE.find(({ id }) => id === "ServiceCatalog.setService");
  const fee = service?.fields.find(({ name }) => name === "feeBps");

  it("begins with the first of its choices", () => {
    expect(service && emptyValues(service)).toMatchObject({ name: "", feeBps: "", active: "true" });
  });

  it("tells its hard bounds once they are known", () => {
    if (!fee) throw new Error("there is no fee");
    const bounds = {
      feeBps: { min: 0n, max: 500n },
      proposalThreshold: { min: parseEther("1"), max: parseEther("2") },
    };
    expect(hintOf(fee, bounds as never)).toBe(
      "0 % to 5 %, whatever is voted. Of what providers are paid in new deals.",
    );
    expect(hintOf(fee, undefined)).toBe("Of what providers are paid in new deals.");
  });
});
