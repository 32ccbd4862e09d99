import type { BuildProgress, BuiltPiece } from "./build.ts";
import { isPieceError, PieceError, type PieceErrorDetails, type PieceErrorName } from "./errors.ts";

/** What the page sends to the worker. */
export type ToWorker =
  | {
      kind: "build";
      files: { path: string; file: File }[];
      carName: string;
      includeHidden: boolean;
      maxSizeBytes: number;
    }
  | { kind: "abort" };

/** What the worker sends to the page. */
export type FromWorker =
  | { kind: "progress"; progress: BuildProgress }
  | { kind: "done"; piece: BuiltPiece }
  | { kind: "failed"; failure: Failure };

/** An error in a form that survives being posted: classes do not. */
export type Failure =
  | { isPieceError: true; name: PieceErrorName; details: PieceErrorDetails[PieceErrorName]; cause: string }
  | { isPieceError: false; name: string; message: string };

/** Takes an error apart, to be posted. */
export function packError(error: unknown): Failure {
  if (isPieceError(error)) {
    const cause = error.cause === undefined ? "" : String(error.cause);
    return { isPieceError: true, name: error.name, details: error.details, cause };
  }
  if (error instanceof Error) return { isPieceError: false, name: error.name, message: error.message };
  return { isPieceError: false, name: "Error", message: String(error) };
}

/** Puts together what `packError` took apart. */
export function unpackError(failure: Failure): Error {
  if (failure.isPieceError) {
    return new PieceError(failure.name, failure.details, failure.cause === "" ? undefined : { cause: failure.cause });
  }
  const error = new Error(failure.message);
  error.name = failure.name;
  return error;
}
