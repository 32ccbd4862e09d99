import type { Deployment } from "../deployments.ts";
import { periodAt } from "../periods.ts";
import type { AuditEvent, AuditTransaction } from "./chain.ts";
import type { Figure, Findings, Place } from "./difference.ts";

/** A movement of money that must follow within the same transaction. Token base units. */
export interface Due {
  event: "Paid" | "FeePaid" | "Refunded";
  /** Number of the lock: the deal's key, or the channel's number, which is below all keys. */
  dealKey: bigint;
  amount: bigint;
}

/** One transaction while it is replayed: what it must still do, and how its events are compared. */
export class Step {
  readonly transaction: AuditTransaction;
  readonly findings: Findings;
  /** The period that runs. */
  readonly period: number;
  /** First period that is not closed. */
  readonly closedPeriods: number;
  readonly dues: Due[] = [];
  /** Reservations whose lock must follow, and raised locks that new terms must explain. By deal key. */
  readonly reserved = new Map<
    bigint,
    { most: bigint; payer: string; payee: string; tokenId: number; expiresAt: number }
  >();
  readonly raised = new Map<bigint, { amount: bigint; event: AuditEvent & { eventName: "LockRaised" } }>();
  /** Raised caps whose lock must follow. By channel. */
  readonly toppedUp = new Map<bigint, { amount: bigint; expiresAt: number }>();
  /** What the registry and the vault said last, to be compared once the deals have said why. */
  readonly offersTold = new Map<number, { freeBytes: bigint; event: AuditEvent }>();
  readonly offersDue = new Set<number>();
  readonly reservationsTold = new Map<string, { reserved: bigint; event: AuditEvent }>();
  readonly reservationsDue = new Set<string>();
  #next = 0;

  constructor(transaction: AuditTransaction, deployment: Deployment, findings: Findings) {
    this.transaction = transaction;
    this.findings = findings;
    this.period = periodAt(deployment.parameters, transaction.at);
    this.closedPeriods = Math.max(0, this.period - 1);
  }

  get at(): number {
    return this.transaction.at;
  }

  *events(): Generator<AuditEvent> {
    for (const event of this.transaction.events) {
      this.#next++;
      yield event;
    }
  }

  /** The event after the one that is being replayed. */
  get following(): AuditEvent | undefined {
    return this.transaction.events[this.#next];
  }

  /** Compares a figure that an event tells; gives whether it agrees. */
  compare(event: AuditEvent, subject: string, figure: string, expected: Figure, found: Figure): boolean {
    return this.findings.compare({ subject, ...this.#placeOf(event) }, figure, expected, found);
  }

  /** Compares several figures of one event. */
  compareAll(
    event: AuditEvent,
    subject: string,
    figures: Record<string, readonly [expected: Figure, found: Figure]>,
  ): void {
    for (const [figure, [expected, found]] of Object.entries(figures)) {
      this.compare(event, subject, figure, expected, found);
    }
  }

  /** Says that an event should not have been there, or another one should. */
  contradict(event: AuditEvent | undefined, subject: string, figure: string, expected: Figure, found: Figure): void {
    const at = event ?? this.transaction.events.at(-1);
    if (at) this.compare(at, subject, figure, expected, found);
  }

  /** Takes the movement that must follow; undefined when none of this kind was due. */
  take(kind: Due["event"], dealKey: bigint): bigint | undefined {
    const i = this.dues.findIndex((due) => due.event === kind && due.dealKey === dealKey);
    return i === -1 ? undefined : this.dues.splice(i, 1)[0]?.amount;
  }

  #placeOf({ contract, eventName, logIndex }: AuditEvent): { place: Place; block: bigint; transaction: `0x${string}` } {
    const { blockNumber: block, hash: transaction } = this.transaction;
    return { place: { kind: "event", contract, event: eventName, logIndex }, block, transaction };
  }
}
