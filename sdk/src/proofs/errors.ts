import type { Hex } from "viem";

/** What went wrong with a proof or a header, by name, with the values that explain it. Counts in leaves. */
export interface ProofErrorDetails {
  /** No piece of the set is part of this period's proof: there is nothing to prove, and nothing to be missed. */
  ProofNothingLive: { setId: bigint; period: number };
  /** The known slots do not cover the line: what is known of the set is older than the total. */
  ProofLineBroken: { setId: bigint; position: bigint };
  /** Too little of the line is live: the challenges fall on more dead ranges than a proof can name. */
  ProofTooSparse: { setId: bigint; deadRanges: number };
  /** The opening of a piece does not lead to its root; sent on, it would only cost its gas. */
  ProofOpeningInvalid: { setId: bigint; slot: number; root: Hex };
  /** A value does not fit its field of the meta word. */
  MetaFieldInvalid: { field: string; value: bigint };
  /** The block lacks a field that every header has, such as those of a pending block. */
  HeaderFieldInvalid: { field: string; value: unknown };
  /** What was encoded is not what the chain hashed: the block has fields that are not known here, or the node lies. */
  HeaderHashMismatch: { expected: Hex; actual: Hex; fields: number };
}

/** Name of a {@link ProofError}. */
export type ProofErrorName = keyof ProofErrorDetails;

const MESSAGES: { [Name in ProofErrorName]: (details: ProofErrorDetails[Name]) => string } = {
  ProofNothingLive: ({ setId, period }) => `Nothing in proving set ${setId} is live in period ${period}.`,
  ProofLineBroken: ({ setId, position }) => `No known piece of proving set ${setId} covers position ${position}.`,
  ProofTooSparse: ({ setId, deadRanges }) =>
    `Too little of proving set ${setId} is live: its challenges hit ${deadRanges} dead ranges.`,
  ProofOpeningInvalid: ({ setId, slot, root }) =>
    `The opening of slot ${slot} in proving set ${setId} does not lead to ${root}.`,
  MetaFieldInvalid: ({ field, value }) => `${value} does not fit the field ${field} of a meta word.`,
  HeaderFieldInvalid: ({ field, value }) => `The block has no valid ${field}: ${String(value)}.`,
  HeaderHashMismatch: ({ expected, actual, fields }) =>
    `The header of ${fields} fields hashes to ${actual}, the block says ${expected}.`,
};

/** Thrown by everything in this folder; `name` says what went wrong, `details` carries the values. */
export class ProofError<Name extends ProofErrorName = ProofErrorName> extends Error {
  override readonly name: Name;
  readonly details: ProofErrorDetails[Name];

  constructor(name: Name, details: ProofErrorDetails[Name], options?: ErrorOptions) {
    super(MESSAGES[name](details), options);
    this.name = name;
    this.details = details;
  }
}

/** Whether `error` is a proof error, of the given name when there is one. */
export function isProofError<Name extends ProofErrorName>(error: unknown, name?: Name): error is ProofError<Name> {
  return error instanceof ProofError && (name === undefined || error.name === name);
}
