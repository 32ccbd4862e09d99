import { describe, expect, it } from "vitest";
import { cumulate } from "@/features/provider/cumulate";
import { dutyStates, SHOWN_PERIODS } from "@/features/provider/duty-states";
import { problemsOf, type RegistrationDraft } from "@/features/provider/registration";
import { unsettled } from "@/features/provider/settling";
import { createPeriodClock } from "@/lib/periods";

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
    expect(problemsOf({ ...draft, invite: " 0x12ab " }, "INVITE")).toEqual({});
    expect(problemsOf({ ...draft, invite: "please" }, "INVITE")).toHaveProperty("invite");
  });

  it.each([
    ["name", { name: "  " }],
    ["endpoint", { endpoint: "keeper" }],
    ["endpoint", { endpoint: "ftp://keeper.example.org" }],
    ["operator", { operator: "0x12" }],
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
    };
    const states = dutyStates(duties, 8, { liveBytes: 1n }, clock).slice(-4);
    expect(states.map(({ state }) => state)).toEqual(["idle", "proven", "missed", "pending"]);
    expect(dutyStates(duties, 8, { liveBytes: 0n }, clock).at(-1)?.state).toBe("excused");
  });

  it("shows no more periods than there are places", () => {
    const none = { proven: new Set<number>(), reported: [], seeded: new Set<number>() };
    expect(dutyStates(none, 500, { liveBytes: 0n }, clock)).toHaveLength(SHOWN_PERIODS);
    expect(dutyStates(none, 3, { liveBytes: 0n }, clock)).toHaveLength(3);
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
