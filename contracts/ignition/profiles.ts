import { parseEther } from "viem";

/** Everything that is fixed when the protocol is deployed and that differs between networks. Same bytecode everywhere. */
export interface Profile {
  /** Length of a period. Seconds. */
  periodSeconds: number;
  /** Time for a proof after its seed was recorded. Seconds. */
  proofWindowSeconds: number;
  /** Distance between the boundaries of one period at which a seed may be taken. Seconds. */
  retrySeconds: number;
  /** Time for a provider to accept a request. Seconds. */
  acceptSeconds: number;
  /** Prepaid periods after the term. */
  gracePeriods: number;
  /** Periods between a provider's notice and the end. */
  noticePeriods: number;
  /** Earned periods that stay in a deal until it ends. */
  holdbackPeriods: number;
  /** Span after a lock's expiry from which anyone may refund it. Seconds. */
  refundDelaySeconds: number;
  /** Time between a payer's wish to close a channel and its end. Seconds. */
  closeWindowSeconds: number;
  /** Time between a change of a payout address and its effect. Seconds. */
  payoutDelaySeconds: number;
  /** Span between thaw and withdrawal of stake. Seconds. */
  unbondingSeconds: number;
  /** Longest ways from a fault to its slash, one after the other. Seconds. */
  justice: { evidenceSeconds: number; disputeSeconds: number; appealSeconds: number; executionSeconds: number };
  /** Span between a decision of the timelock's proposers and its execution, and the shortest that a vote can set. Seconds. */
  timelockDelaySeconds: number;
  minTimelockDelaySeconds: number;
  fees: Fees;
  /** How votes are taken, and the shortest spans that a vote can set. */
  governor: GovernorSettings;
  governorFloors: Record<GovernorSpan, number>;
  /** How long the council may propose beside the governor, from the deployment on. Seconds. */
  councilTermSeconds: number;
  services: readonly Service[];
}

/** How fees are insured and sold, and rewarded. */
export interface Fees {
  /** Beat of burning and rewards. Seconds. */
  epochSeconds: number;
  /** Span in which the price of a lot falls by half. Seconds. */
  halfLifeSeconds: number;
  /** Span between a change of the insurance share and its effect. Seconds. */
  shareDelaySeconds: number;
  /** First insurance share. Basis points. */
  insuranceBps: number;
  /** Least price of a lot; not less than a third of the gas that buying one costs. EVER base units. */
  floorPrice: bigint;
  /** Most that is emitted in each of the first epochs. EVER base units. */
  firstEmission: bigint;
  /** Epochs after which that halves. */
  halvingEpochs: number;
}

type GovernorSpan = "votingDelay" | "votingPeriod" | "voteExtension";

/** `IEverGovernor.Settings`. Spans in seconds. */
export interface GovernorSettings extends Record<GovernorSpan, number> {
  /** Votes that a proposer needs. EVER base units. */
  proposalThreshold: bigint;
  /** Basis points of the total supply. */
  quorumBps: number;
}

/** A service of the catalogue. */
export interface Service {
  name: string;
  /** Bytes that one unit of stake is about. */
  unitBytes: bigint;
  /** EVER base units that back one unit. */
  stakePerUnit: bigint;
  /** How delivery is judged; 1 is possession. */
  proofClass: number;
  /** Protocol fee. Basis points. */
  feeBps: number;
  /** Longest term. Periods. */
  maxTermPeriods: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Our choice, the announcement names no price of trust: one EVER of stake behind each GiB, a fee of 1 %. */
function storageService(name: string, maxTermPeriods: number): Service {
  return { name, unitBytes: 2n ** 30n, stakePerUnit: parseEther("1"), proofClass: 1, feeBps: 100, maxTermPeriods };
}
/** What storage providers of this version can really deliver and prove. */
const STORAGE_SERVICES = ["hosting", "ipfs", "node-storage"];

/** Periods of seconds, so that a deal can be watched from its request to its last refund. */
export const LOCAL: Profile = {
  periodSeconds: 20,
  proofWindowSeconds: 10,
  retrySeconds: 10,
  acceptSeconds: 2 * MINUTE,
  gracePeriods: 3,
  noticePeriods: 2,
  holdbackPeriods: 2,
  refundDelaySeconds: 10 * MINUTE,
  closeWindowSeconds: MINUTE,
  payoutDelaySeconds: 2 * MINUTE,
  unbondingSeconds: 2 * MINUTE,
  justice: { evidenceSeconds: 40, disputeSeconds: 25, appealSeconds: 20, executionSeconds: 20 },
  timelockDelaySeconds: 10,
  fees: {
    epochSeconds: 200,
    halfLifeSeconds: 5,
    shareDelaySeconds: MINUTE,
    insuranceBps: 2_000,
    floorPrice: parseEther("1"),
    firstEmission: parseEther("10000"),
    halvingEpochs: 432,
  },
  minTimelockDelaySeconds: 5,
  governor: {
    votingDelay: 5,
    votingPeriod: MINUTE,
    voteExtension: 20,
    proposalThreshold: parseEther("1000"),
    quorumBps: 400,
  },
  governorFloors: { votingDelay: 1, votingPeriod: 10, voteExtension: 5 },
  councilTermSeconds: 365 * DAY,
  services: STORAGE_SERVICES.map((name) => storageService(name, 3_660)),
};

export const PRODUCTION: Profile = {
  periodSeconds: DAY,
  proofWindowSeconds: 6 * HOUR,
  retrySeconds: 40 * MINUTE,
  acceptSeconds: 2 * HOUR,
  gracePeriods: 7,
  noticePeriods: 7,
  holdbackPeriods: 30,
  refundDelaySeconds: 30 * DAY,
  closeWindowSeconds: DAY,
  payoutDelaySeconds: 2 * DAY,
  unbondingSeconds: 21 * DAY,
  justice: { evidenceSeconds: 10 * DAY, disputeSeconds: 5 * DAY, appealSeconds: 3 * DAY, executionSeconds: 2 * DAY },
  timelockDelaySeconds: 2 * DAY,
  fees: {
    epochSeconds: 7 * DAY,
    halfLifeSeconds: HOUR,
    shareDelaySeconds: 7 * DAY,
    insuranceBps: 2_000,
    floorPrice: parseEther("10"),
    firstEmission: parseEther("1000000"),
    halvingEpochs: 208, // four years of weeks: at most 416 million EVER for all time
  },
  minTimelockDelaySeconds: DAY,
  // Our choice: two days to notice a proposal and to gather one's votes, a week to vote, two days to answer a late quorum.
  governor: {
    votingDelay: 2 * DAY,
    votingPeriod: 7 * DAY,
    voteExtension: 2 * DAY,
    proposalThreshold: parseEther("100000"),
    quorumBps: 400,
  },
  governorFloors: { votingDelay: DAY, votingPeriod: 3 * DAY, voteExtension: DAY },
  councilTermSeconds: 365 * DAY,
  services: STORAGE_SERVICES.map((name) => storageService(name, 365 * 3)),
};

/** Hard bounds of the contracts that a profile must stay within. */
const MAX_FEE_BPS = 500;
const MAX_TERM_PERIODS = 3_660;
const MAX_INSURANCE_BPS = 3_000;
/** `EverToken.CAP`. Base units. */
const EVER_CAP = parseEther("1000000000");
/** From all EVER that can exist down to less than one. */
const HALVINGS = 30;
/** After its expiry a lock stays for this many periods, so that its provider can settle before anyone refunds it. */
const SETTLING_PERIODS = 30;

/** The relations that every deployment must keep. Each is one sentence that says what would break. */
const RELATIONS: readonly [sentence: string, holds: (profile: Profile) => boolean][] = [
  ["Every span is a positive whole number.", (p) => spansOf(p).every((span) => Number.isSafeInteger(span) && span > 0)],
  [
    "A proof window is shorter than a period, so that a period closes when the next one ends.",
    (p) => p.proofWindowSeconds < p.periodSeconds,
  ],
  [
    "One retry of the beacon and a whole proof window fit into a period, so that one missed block costs nobody's pay.",
    (p) => p.retrySeconds + p.proofWindowSeconds <= p.periodSeconds,
  ],
  [
    "The unbonding is longer than evidence, dispute, appeal and execution together, so that no exit outruns a slash.",
    ({ unbondingSeconds, justice }) =>
      unbondingSeconds >
      justice.evidenceSeconds + justice.disputeSeconds + justice.appealSeconds + justice.executionSeconds,
  ],
  [
    "The timelock executes within the span that justice leaves for execution.",
    (p) => p.timelockDelaySeconds <= p.justice.executionSeconds,
  ],
  ["The timelock's delay is no shorter than the shortest.", (p) => p.timelockDelaySeconds >= p.minTimelockDelaySeconds],
  [
    "The governor's spans are no shorter than the shortest.",
    ({ governor, governorFloors }) =>
      (["votingDelay", "votingPeriod", "voteExtension"] as const).every(
        (name) => governor[name] >= governorFloors[name],
      ),
  ],
  [
    `A lock can be refunded by anyone ${SETTLING_PERIODS} periods after its expiry at the earliest.`,
    (p) => p.refundDelaySeconds >= SETTLING_PERIODS * p.periodSeconds,
  ],
  [
    "Grace and notice are at least one period longer than it takes to close one.",
    (p) => Math.min(p.gracePeriods, p.noticePeriods) >= 2,
  ],
  [
    `A fee is at most ${MAX_FEE_BPS} basis points.`,
    (p) => p.services.every(({ feeBps }) => feeBps >= 0 && feeBps <= MAX_FEE_BPS),
  ],
  [
    `A term is at most ${MAX_TERM_PERIODS} periods, and longer than what is held back.`,
    (p) =>
      p.services.every(
        ({ maxTermPeriods }) => maxTermPeriods <= MAX_TERM_PERIODS && maxTermPeriods > p.holdbackPeriods,
      ),
  ],
  [
    `An insurance share is at most ${MAX_INSURANCE_BPS} basis points.`,
    ({ fees }) => fees.insuranceBps >= 0 && fees.insuranceBps <= MAX_INSURANCE_BPS,
  ],
  [
    "Every auction ends at its floor within an epoch, so that what an epoch collects is burned in it or the next.",
    ({ fees }) => HALVINGS * fees.halfLifeSeconds <= fees.epochSeconds,
  ],
  [
    "A change of the insurance share waits at least as long as the timelock, so that anybody can collect before it.",
    (p) => p.fees.shareDelaySeconds >= p.timelockDelaySeconds,
  ],
  [
    "What the schedule can ever emit is less than all the EVER that can exist.",
    ({ fees }) => fees.firstEmission > 0n && 2n * fees.firstEmission * BigInt(fees.halvingEpochs) < EVER_CAP,
  ],
  ["The floor of an auction is something.", ({ fees }) => fees.floorPrice > 0n],
  ["Service names are distinct.", ({ services }) => new Set(services.map(({ name }) => name)).size === services.length],
];

function spansOf({ services, justice, fees, governor, governorFloors, ...spans }: Profile): number[] {
  const { proposalThreshold: _, ...votes } = governor;
  const { epochSeconds, halfLifeSeconds, shareDelaySeconds, halvingEpochs } = fees;
  const groups = [
    spans,
    justice,
    votes,
    governorFloors,
    { epochSeconds, halfLifeSeconds, shareDelaySeconds, halvingEpochs },
  ];
  return [...groups.flatMap((group) => Object.values(group)), ...services.map((service) => service.maxTermPeriods)];
}

/** Parameters that no deployment may have. `problems` are sentences. */
export class ProfileInvalid extends Error {
  override readonly name = "ProfileInvalid";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`These parameters cannot be deployed. Broken: ${problems.join(" ")}`);
    this.problems = problems;
  }
}

/** Checks the relations between the parameters. Throws {@link ProfileInvalid} with every one that is broken. */
export function assertProfile(profile: Profile): void {
  const problems = RELATIONS.filter(([, holds]) => !holds(profile)).map(([sentence]) => sentence);
  if (problems.length > 0) throw new ProfileInvalid(problems);
}
