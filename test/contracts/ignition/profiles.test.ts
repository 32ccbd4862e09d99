import { expect } from "chai";
import {
  assertProfile,
  LOCAL,
  PRODUCTION,
  type Profile,
  ProfileInvalid,
} from "../../../contracts/ignition/profiles.ts";

/** The sentences that a profile breaks. */
function problemsOf(profile: Profile): readonly string[] {
  try {
    assertProfile(profile);
    return [];
  } catch (error) {
    if (error instanceof ProfileInvalid) return error.problems;
    throw error;
  }
}

const { justice, services, fees } = PRODUCTION;
const [service] = services;
if (!service) throw new Error("no service");

describe("assertProfile", () => {
  const broken: [string, Partial<Profile>, RegExp][] = [
    ["a span of zero", { retrySeconds: 0 }, /positive whole number/],
    ["half a second", { acceptSeconds: 0.5 }, /positive whole number/],
    ["a proof window as long as a period", { proofWindowSeconds: PRODUCTION.periodSeconds }, /window is shorter/],
    ["no room for a retry", { retrySeconds: 18 * 3600 + 1 }, /One retry/],
    ["an unbonding that justice just uses up", { unbondingSeconds: 20 * 86_400 }, /unbonding is longer/],
    ["a timelock slower than the execution", { timelockDelaySeconds: 2 * 86_400 + 1 }, /timelock executes/],
    ["a delay below the shortest", { minTimelockDelaySeconds: 2 * 86_400 + 1 }, /no shorter than the shortest/],
    [
      "a vote below the shortest",
      { governor: { ...PRODUCTION.governor, votingPeriod: 3 * 86_400 - 1 } },
      /governor's spans are no shorter/,
    ],
    ["a term of the council that is none", { councilTermSeconds: 0 }, /positive whole number/],
    ["a refund that outruns settling", { refundDelaySeconds: 30 * 86_400 - 1 }, /30 periods after its expiry/],
    ["a grace of one period", { gracePeriods: 1 }, /Grace and notice/],
    ["a notice of one period", { noticePeriods: 1 }, /Grace and notice/],
    ["a fee above the bound", { services: [{ ...service, feeBps: 501 }] }, /at most 500/],
    ["a term above the bound", { services: [{ ...service, maxTermPeriods: 3_661 }] }, /at most 3660/],
    ["a term within the holdback", { services: [{ ...service, maxTermPeriods: 30 }] }, /held back/],
    ["an epoch of zero", { fees: { ...fees, epochSeconds: 0 } }, /positive whole number/],
    ["an insurance share above the bound", { fees: { ...fees, insuranceBps: 3_001 } }, /at most 3000/],
    ["auctions longer than an epoch", { fees: { ...fees, halfLifeSeconds: 20_161 } }, /floor within an epoch/],
    [
      "a share that changes unseen",
      { fees: { ...fees, shareDelaySeconds: 2 * 86_400 - 1 } },
      /as long as the timelock/,
    ],
    ["a schedule beyond all EVER", { fees: { ...fees, halvingEpochs: 500 } }, /schedule can ever emit/],
    ["a schedule of nothing", { fees: { ...fees, firstEmission: 0n } }, /schedule can ever emit/],
    ["lots for nothing", { fees: { ...fees, floorPrice: 0n } }, /is something/],
    ["two services of one name", { services: [service, service] }, /distinct/],
  ];
  for (const [what, change, sentence] of broken) {
    it(`refuses ${what}`, () => {
      const problems = problemsOf({ ...PRODUCTION, ...change });
      expect(
        problems.some((problem) => sentence.test(problem)),
        problems.join(" "),
      ).to.equal(true);
    });
  }

  it("takes both profiles, and production at its exact bounds", () => {
    expect(problemsOf(LOCAL)).to.deep.equal([]);
    expect(problemsOf(PRODUCTION)).to.deep.equal([]);
    expect(problemsOf({ ...PRODUCTION, retrySeconds: 18 * 3600, unbondingSeconds: 20 * 86_400 + 1 })).to.deep.equal([]);
  });

  it("has the spans of the protocol in production", () => {
    const days = Object.values(justice).reduce((sum, seconds) => sum + seconds, 0) / 86_400;
    expect(days).to.equal(20);
    expect(PRODUCTION.unbondingSeconds / 86_400).to.equal(21);
  });
});
