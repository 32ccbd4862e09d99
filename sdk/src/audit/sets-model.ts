import type { Address, Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import { endOf } from "../periods.ts";
import { decodeMeta, encodeMeta, isLive, type SlotRecord } from "../proofs/meta.ts";
import { LEAF_BYTES } from "../units.ts";
import type { AuditEvent } from "./chain.ts";
import type { Step } from "./step.ts";

/** A round of randomness. Unix seconds. */
export interface Round {
  period: number;
  seed: Hex;
  seedBlock: bigint;
  /** Height and time at which it was recorded. */
  block: bigint;
  recordedAt: number;
  dueAt: number;
}

/** A piece in a slot, with the digest of the CID that its CAR names. */
export interface Slot extends SlotRecord {
  cidDigest: Hex;
}

/** A proving set as its events tell it. Lengths in leaves. */
export interface ProvingSet {
  setId: number;
  provider: Address;
  market: Address;
  operator: Address;
  total: bigint;
  slots: Map<number, Slot>;
  strikes: number;
  lastStrikePeriod: number;
  /** Periods proven, each with the height of its proof, and the last of them. */
  proven: Map<number, bigint>;
  lastProven: number;
  /** Periods reported as missed, each with the height of the report. */
  missed: Map<number, bigint>;
  /** Length of the line after each period that appended, of late. */
  lengths: { period: number; total: bigint }[];
  /** How many pieces the proof of a period covers, from each period on that changed it. */
  coverage: { period: number; pieces: number }[];
}

/** What a piece's coming or going means for its deal. */
export interface PieceMove {
  dealKey: bigint;
  /** Negative when it left. */
  bytes: bigint;
}

/** Sets, pieces, rounds and verdicts. */
export class SetsModel {
  readonly sets = new Map<number, ProvingSet>();
  readonly rounds = new Map<number, Round>();
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  isProven(setId: number, period: number): boolean {
    return this.sets.get(setId)?.proven.has(period) === true;
  }

  /** Leaves of the line that the proof of a period is about. */
  totalAt(set: ProvingSet, period: number): bigint {
    return set.lengths.findLast((length) => length.period <= period)?.total ?? 0n;
  }

  /** Pieces that the proof of a period covers. */
  piecesAt(set: ProvingSet, period: number): number {
    return set.coverage.findLast((each) => each.period <= period)?.pieces ?? 0;
  }

  apply(step: Step, event: AuditEvent & { contract: "PossessionProofs" | "RandomBeacon" }): PieceMove | undefined {
    switch (event.eventName) {
      case "RoundRecorded":
        this.#record(step, event);
        return undefined;
      case "SetOpened": {
        const { provider, market, operator } = event.args;
        const setId = Number(event.args.setId);
        step.compare(event, "possession proofs", "number of the next set", this.sets.size + 1, setId);
        this.sets.set(setId, {
          setId,
          provider,
          market,
          operator,
          total: 0n,
          slots: new Map(),
          strikes: 0,
          lastStrikePeriod: 0,
          proven: new Map(),
          lastProven: 0,
          missed: new Map(),
          lengths: [],
          coverage: [],
        });
        return undefined;
      }
      case "SetOperatorChanged": {
        const set = this.#setOf(step, event);
        if (set) set.operator = event.args.operator;
        return undefined;
      }
      case "PieceAdded":
        return this.#add(step, event);
      case "PieceRemoved":
        return this.#remove(step, event);
      case "PeriodProven":
        this.#prove(step, event);
        return undefined;
      case "PeriodMissed":
        this.#miss(step, event);
        return undefined;
      default:
        return undefined;
    }
  }

  #record(step: Step, event: AuditEvent & { eventName: "RoundRecorded" }): void {
    const { parameters } = this.#deployment;
    const { seed, blockNumber, dueAt } = event.args;
    const period = Number(event.args.period);
    const endsAt = endOf(parameters, period);
    step.compareAll(event, `round of period ${period}`, {
      "deadline of the proofs": [step.at + parameters.proofWindowSeconds, dueAt],
      "record after the period's end": [true, step.at >= endsAt],
      "record that leaves a whole proof window": [
        true,
        step.at <= endsAt + parameters.periodSeconds - parameters.proofWindowSeconds,
      ],
      "first record of the period": [true, !this.rounds.has(period)],
    });
    this.rounds.set(period, {
      period,
      seed,
      seedBlock: blockNumber,
      block: step.transaction.blockNumber,
      recordedAt: step.at,
      dueAt: step.at + parameters.proofWindowSeconds,
    });
  }

  #add(step: Step, event: AuditEvent & { eventName: "PieceAdded" }): PieceMove | undefined {
    const set = this.#setOf(step, event);
    if (!set) return undefined;
    const { dealKey, root, cidDigest, meta } = event.args;
    const slot = Number(event.args.slot);
    const { leafCount } = decodeMeta(meta);
    const old = set.slots.get(slot);
    const subject = `slot ${slot} of set ${set.setId}`;
    const dealId = BigInt.asUintN(56, dealKey);
    step.compare(event, subject, "market of the deal", BigInt(set.market), dealKey >> 96n);
    let [start, length] = [set.total, leafCount];
    if (old) {
      const range = decodeMeta(old.meta);
      [start, length] = [range.start, range.length];
      step.compareAll(event, subject, {
        "slot, free for two periods": [true, range.removedIn !== 0 && step.period >= range.removedIn + 2],
        "piece that fits its range": [true, leafCount <= length],
      });
    } else {
      step.compare(event, subject, "number of the next slot", set.slots.size, slot);
      set.total += BigInt(leafCount);
      note(set.lengths, { period: step.period, total: set.total });
    }
    const expected = encodeMeta({ start, length, leafCount, addedIn: step.period, removedIn: 0, dealId });
    step.compare(event, subject, "meta word of the piece", expected, meta);
    set.slots.set(slot, { slot, root, meta: expected, cidDigest });
    cover(set, step.period + 1, 1);
    return { dealKey, bytes: BigInt(leafCount) * LEAF_BYTES };
  }

  #remove(step: Step, event: AuditEvent & { eventName: "PieceRemoved" }): PieceMove | undefined {
    const set = this.#setOf(step, event);
    if (!set) return undefined;
    const slot = set.slots.get(Number(event.args.slot));
    const subject = `slot ${event.args.slot} of set ${set.setId}`;
    const period = Math.max(step.period, 1);
    step.compareAll(event, subject, {
      "meta word of the piece that leaves": [slot?.meta, event.args.meta],
      "last period of the piece": [period, event.args.period],
    });
    if (!slot) return undefined;
    const { leafCount } = decodeMeta(slot.meta);
    slot.meta |= BigInt(period) << 56n;
    cover(set, period + 1, -1);
    return { dealKey: event.args.dealKey, bytes: -BigInt(leafCount) * LEAF_BYTES };
  }

  #prove(step: Step, event: AuditEvent & { eventName: "PeriodProven" }): void {
    const set = this.#setOf(step, event);
    if (!set) return;
    const period = Number(event.args.period);
    const round = this.rounds.get(period);
    step.compareAll(event, `period ${period} of set ${set.setId}`, {
      "round of the period": [true, round !== undefined],
      "proof before its deadline": [true, round !== undefined && step.at < round.dueAt],
      "leaves of the line that were proven": [this.totalAt(set, period), event.args.total],
      "first proof of the period": [true, !set.proven.has(period)],
    });
    set.proven.set(period, step.transaction.blockNumber);
    set.lastProven = Math.max(set.lastProven, period);
  }

  #miss(step: Step, event: AuditEvent & { eventName: "PeriodMissed" }): void {
    const set = this.#setOf(step, event);
    if (!set) return;
    const period = Number(event.args.period);
    const round = this.rounds.get(period);
    step.compareAll(event, `period ${period} of set ${set.setId}`, {
      "round of the period": [true, round !== undefined],
      "report after the deadline": [true, round !== undefined && step.at >= round.dueAt],
      "missing proof": [true, !set.proven.has(period)],
      "something to prove": [true, this.#hasLive(set, period)],
      "report of a later period than the last": [true, period > set.lastStrikePeriod],
      strikes: [set.strikes + 1, event.args.strikes],
    });
    set.strikes++;
    set.lastStrikePeriod = period;
    set.missed.set(period, step.transaction.blockNumber);
  }

  #hasLive({ slots }: ProvingSet, period: number): boolean {
    for (const { meta } of slots.values()) if (isLive(decodeMeta(meta), period)) return true;
    return false;
  }

  #setOf(step: Step, event: AuditEvent & { contract: "PossessionProofs"; args: { setId: bigint } }) {
    const setId = Number(event.args.setId);
    const set = this.sets.get(setId);
    if (!set) step.contradict(event, `set ${setId}`, "set", "one that was opened before", "none");
    return set;
  }
}

/** Proofs are about the last period and the one before: older lengths are of no use. */
function note(lengths: ProvingSet["lengths"], now: ProvingSet["lengths"][number]): void {
  if (lengths.at(-1)?.period === now.period) lengths.pop();
  lengths.push(now);
  if (lengths.length > 4) lengths.shift();
}

function cover({ coverage }: ProvingSet, period: number, change: number): void {
  const pieces = (coverage.at(-1)?.pieces ?? 0) + change;
  if (coverage.at(-1)?.period === period) coverage.pop();
  coverage.push({ period, pieces });
}
