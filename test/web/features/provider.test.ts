import { encodeInvite } from "@4ever/sdk/invites/code";
import { getAddress } from "viem";
import { describe, expect, it } from "vitest";
import { coverageOf, thawableOf, unallocatedOf } from "@/features/provider/coverage";
import { cumulate } from "@/features/provider/cumulate";
import { dutyStates, SHOWN_PERIODS } from "@/features/provider/duty-states";
import { setsToHandOver } from "@/features/provider/handing-over";
import {
  judgedPeriodsOf,
  nextDueOf,
  type ProviderDeal,
  providerActionOf,
  providerDealFrom,
} from "@/features/provider/provider-deal";
import { problemsOf, type RegistrationDraft } from "@/features/provider/registration";
import { unsettled } from "@/features/provider/settling";
import { withdrawalOf } from "@/features/provider/withdrawal";
import { createPeriodClock } from "@/lib/periods";

const BYTES_65 = `0x${"11".repeat(65)}` as const;
const INVITE = encodeInvite({
  issuer: getAddress(`0x${"a1".repeat(20)}`),
  nonce: 1n,
  expiresAt: 2,
  count: 1,
  index: 1,
  invitee: getAddress(`0x${"b2".repeat(20)}`),
  proof: [],
  signature: BYTES_65,
});
const clock = createPeriodClock({ originAt: 0, periodSeconds: 20 });

describe("problemsOf", () => {
  const draft: RegistrationDraft = {
    name: "Basalt",
    endpoint: "https://keeper.example.org",
    operator: "0x00000000000000000000000000000000000000a1",
    group: "0",
    invite: "",
  };

  it("finds nothing wrong with a whole draft", () => {
    expect(problemsOf(draft, "OPEN")).toEqual({});
  });

  it("asks for an invite only while the network is by invitation", () => {
    expect(problemsOf(draft, "INVITE")).toHaveProperty("invite");
    const link = `https://dashboard.example/provide/#invite=${INVITE}`;
    for (const invite of [` ${INVITE} `, link]) expect(problemsOf({ ...draft, invite }, "INVITE")).toEqual({});
    for (const invite of ["please", "0x12ab", INVITE.slice(1), `${INVITE}AA`, link.replace("invite=", "")])
      expect(problemsOf({ ...draft, invite }, "INVITE"), invite).toHaveProperty("invite");
  });

  it.each([
    ["name", { name: "  " }],
    ["endpoint", { endpoint: "keeper" }],
    ["endpoint", { endpoint: "ftp://keeper.example.org" }],
    ["name", { name: "ü".repeat(33) }],
    ["endpoint", { endpoint: `https://keeper.example.org/${"x".repeat(256)}` }],
    ["operator", { operator: "0x12" }],
    ["operator", { operator: "0x0000000000000000000000000000000000000000" }],
    ["group", { group: "-1" }],
    ["group", { group: "4294967296" }],
  ])("refuses a wrong %s", (field, change) => {
    expect(Object.keys(problemsOf({ ...draft, ...change }, "OPEN"))).toEqual([field]);
  });
});

describe("unsettled", () => {
  const deal = { status: "ACTIVE" as const, settledPeriod: 10, endPeriod: 20 };

  it("lists deals with a closed period that nobody settled", () => {
    expect(unsettled([deal], 12)).toEqual([deal]);
  });

  it.each([
    ["whose next period is not closed yet", { ...deal }, 11],
    ["that are settled to their end", { ...deal, settledPeriod: 20 }, 40],
    ["that are finished", { ...deal, status: "FINISHED" as const }, 40],
    ["that never started", { ...deal, settledPeriod: undefined }, 40],
  ])("leaves out those %s", (_case, other, current) => {
    expect(unsettled([other], current)).toEqual([]);
  });
});

describe("dutyStates", () => {
  it("calls a period missed only when it was reported, and pending while its proof can come", () => {
    const duties = {
      proven: new Set([5]),
      reported: [
        {
          period: 6,
          strikes: 1,
          reportedBy: "0x00000000000000000000000000000000000000a1" as const,
          at: 0,
          hash: "0x" as const,
        },
      ],
      seeded: new Set([4, 5, 6]),
      isDue: true,
    };
    const states = dutyStates(duties, 8, clock).slice(-4);
    expect(states.map(({ state }) => state)).toEqual(["idle", "proven", "missed", "pending"]);
    // What was added in a period counts from the next one on: nothing is due in the first.
    expect(dutyStates({ ...duties, isDue: false }, 8, clock).at(-1)?.state).toBe("excused");
  });

  it("shows no more periods than there are places", () => {
    const none = { proven: new Set<number>(), reported: [], seeded: new Set<number>(), isDue: false };
    expect(dutyStates(none, 500, clock)).toHaveLength(SHOWN_PERIODS);
    expect(dutyStates(none, 3, clock)).toHaveLength(3);
  });
});

describe("cumulate", () => {
  it("keeps the whole sum when it thins points out", () => {
    const payments = Array.from({ length: 1_000 }, (_, at) => ({ at, amount: 2n }));
    const points = cumulate(payments, 6, 100);
    expect(points.length).toBeLessThanOrEqual(101);
    expect(points.at(-1)).toMatchObject({ at: 999, paid: 2_000n });
  });

  it("has no point without a payment", () => {
    expect(cumulate([], 6)).toEqual([]);
  });
});

const CUSTOMER = "0x00000000000000000000000000000000000000C1";
const DEAL: ProviderDeal = providerDealFrom({
  id: "0x01",
  dealId: "7",
  status: "ACTIVE",
  customer: { id: "0x00000000000000000000000000000000000000c1" },
  cid: "bafy",
  token: { symbol: "LUSD", decimals: 6 },
  unitPrice: "2400000",
  capacityBytes: "1048576",
  liveBytes: "1048576",
  acceptBy: "400",
  fromPeriod: 10,
  termEndPeriod: 40,
  endPeriod: 43,
  settledPeriod: 15,
  provenPeriods: 4,
  closedAt: null,
  provingSet: { lastProvenPeriod: 14 },
});

describe("providerDealFrom", () => {
  it("reads numbers, checksums addresses, and knows what is not there", () => {
    expect(DEAL).toMatchObject({
      dealId: 7n,
      customer: CUSTOMER,
      unitPrice: 2_400_000n,
      acceptBy: 400,
      closedAt: undefined,
    });
  });
});

describe("nextDueOf", () => {
  const at = (current: number, change: Partial<ProviderDeal> = {}, proofDueAt?: number) =>
    nextDueOf({ ...DEAL, ...change }, { now: current * 20, current, proofDueAt }, clock);

  it.each([
    ["a request", 5, { status: "REQUESTED" as const }, { words: "Accept", when: "due", at: 400 }],
    [
      "a request that came too late",
      21,
      { status: "REQUESTED" as const },
      { words: "Send the money back", at: undefined },
    ],
    ["no piece", 15, { liveBytes: 0n }, { words: "Put it under proof" }],
    ["an unproven period", 16, {}, { words: "Proof of period 15", when: "due", at: 330 }],
    ["a proven period", 15, {}, { words: "Proof of period 15", when: "begins", at: 320 }],
    ["no period to prove yet", 10, { lastProvenPeriod: undefined }, { words: "Proof of period 10", when: "begins" }],
    ["its last period unproven", 43, { lastProvenPeriod: 41 }, { words: "Proof of period 42", when: "due" }],
    ["its last period proven", 43, { lastProvenPeriod: 42 }, { words: "Finish", when: "begins", at: 880 }],
    ["its last period closed", 44, { lastProvenPeriod: 42 }, { words: "Finish", at: undefined }],
  ])("knows what is next with %s", (_case, current, change, expected) => {
    expect(at(current, change, 330)).toMatchObject(expected);
  });

  it("has nothing to say of a closed deal, or before a block was seen", () => {
    expect(at(50, { status: "FINISHED", closedAt: 900 })).toBeUndefined();
    expect(nextDueOf(DEAL, { now: undefined, current: undefined, proofDueAt: undefined }, clock)).toBeUndefined();
  });
});

describe("judgedPeriodsOf", () => {
  it("counts what was settled and not proven", () => {
    expect(judgedPeriodsOf(DEAL)).toEqual({ proven: 4, unproven: 1 });
    expect(judgedPeriodsOf({ fromPeriod: undefined, settledPeriod: undefined, provenPeriods: 0 })).toEqual({
      proven: 0,
      unproven: 0,
    });
  });
});

describe("providerActionOf", () => {
  const at = (current: number, change: Partial<ProviderDeal>, isOperator = false) =>
    providerActionOf({ ...DEAL, ...change }, { now: current * 20, current }, isOperator);

  it("lets only the keeper's key decline", () => {
    expect(at(5, { status: "REQUESTED" })).toBeUndefined();
    expect(at(5, { status: "REQUESTED" }, true)).toBe("decline");
    expect(at(21, { status: "REQUESTED" })).toBe("expire");
  });

  it("offers nothing while the chain does not answer", () => {
    expect(providerActionOf(DEAL, { now: undefined, current: undefined }, true)).toBeUndefined();
  });

  it.each([
    [15, {}, "notice"],
    [41, {}, "notice"],
    [15, { status: "ENDING" as const }, undefined],
    [44, {}, "finish"],
    [44, { status: "FINISHED" as const }, undefined],
  ])("in period %i with %j offers %s", (current, change, action) => {
    expect(at(current, change)).toBe(action);
  });
});

describe("setsToHandOver", () => {
  const [before, now] = [
    "0x00000000000000000000000000000000000000a1",
    "0x00000000000000000000000000000000000000a2",
  ] as const;
  const set = { id: "0x01" as const, setId: 1n, operator: before, liveBytes: 1n, livePieceCount: 1 };

  it("names sets that follow another key", () => {
    expect(setsToHandOver({ operator: now, provingSets: [set] })).toEqual([set]);
  });

  it("leaves out sets that follow", () => {
    expect(setsToHandOver({ operator: before, provingSets: [set] })).toEqual([]);
    expect(setsToHandOver({ operator: undefined, provingSets: [set] })).toEqual([]);
  });
});

describe("coverageOf", () => {
  const GIB = 1n << 30n;
  const services = [
    { id: "0x0a" as const, unitBytes: GIB, stakePerUnit: 10n },
    { id: "0x0b" as const, unitBytes: GIB, stakePerUnit: 10n },
  ];
  const offer = (id: "0x0a" | "0x0b", gib: bigint, isActive = true) => ({
    offerId: 1,
    unitPrice: 1n,
    capacityBytes: gib * GIB,
    freeBytes: gib * GIB - 1n,
    minTermPeriods: 1,
    region: "",
    isActive,
    dealCount: 0,
    service: { id, name: "" },
    token: { address: CUSTOMER as `0x${string}`, symbol: "", decimals: 6, tokenId: 1 },
  });

  it("counts the stake of one service for its own offers only", () => {
    const allocations = [{ serviceId: "0x0a" as const, amount: 45n, reserved: 0n }];
    const offers = [offer("0x0a", 3n), offer("0x0a", 3n), offer("0x0b", 2n), offer("0x0b", 9n, false)];
    expect(coverageOf({ offers, allocations }, services)).toEqual({
      offeredBytes: 8n * GIB,
      freeBytes: 8n * GIB - 3n,
      backedBytes: (45n * GIB) / 10n,
    });
  });

  it("backs no more than is for sale", () => {
    const allocations = [{ serviceId: "0x0a" as const, amount: 1_000n, reserved: 0n }];
    expect(coverageOf({ offers: [offer("0x0a", 1n)], allocations }, services).backedBytes).toBe(GIB);
  });
});

describe("thawableOf and unallocatedOf", () => {
  const provider = (activeStake: bigint, delegatedStake: bigint, allocatedStake: bigint) => ({
    activeStake,
    delegatedStake,
    allocatedStake,
  });

  it("thaw what is not allocated when nobody delegates", () => {
    expect(thawableOf(provider(100n, 0n, 60n))).toBe(40n);
    expect(thawableOf(provider(100n, 0n, 0n))).toBe(100n);
  });

  it("count delegations as cover, up to eight times what stays", () => {
    expect(thawableOf(provider(100n, 40n, 90n))).toBe(50n);
    expect(thawableOf(provider(100n, 800n, 91n))).toBe(89n);
  });

  it("are nothing while allocations are not covered", () => {
    expect(thawableOf(provider(10n, 5n, 20n))).toBe(0n);
    expect(unallocatedOf({ capacityStake: 15n, allocatedStake: 20n })).toBe(0n);
    expect(unallocatedOf({ capacityStake: 25n, allocatedStake: 20n })).toBe(5n);
  });
});

describe("withdrawalOf", () => {
  const ledger = getAddress("0x00000000000000000000000000000000000000e1");
  const bounds = {
    available: 2_000_000n,
    token: { symbol: "LUSD", decimals: 6 },
    deployment: { Ledger: ledger, Faucet: undefined },
  } as const;
  const read = (amount: string, to: string) => withdrawalOf({ amount, to }, bounds);

  it("reads an amount and an address", () => {
    expect(read("1.5", ` ${CUSTOMER} `)).toEqual({ ok: true, amount: 1_500_000n, to: CUSTOMER });
    expect(read("2", CUSTOMER).ok).toBe(true);
  });

  it.each([
    ["0", CUSTOMER, { amount: "Enter more than zero." }],
    ["2.000001", CUSTOMER, { amount: "At most 2 LUSD can be withdrawn." }],
    ["1", "0x12", { to: expect.stringContaining("Enter an address") }],
    ["1", "0x0000000000000000000000000000000000000000", { to: expect.stringContaining("Enter an address") }],
    ["1", CUSTOMER.replace("C1", "c1").replace("0x0", "0xA"), { to: expect.stringContaining("Enter an address") }],
    ["1", ledger, { to: expect.stringContaining("is a contract of this network") }],
  ])("refuses %s to %s", (amount, to, problems) => {
    expect(read(amount, to)).toEqual({ ok: false, problems });
  });
});
