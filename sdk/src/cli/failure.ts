import { CommanderError } from "commander";
import { ChannelStoreDamaged } from "../channels/entries.ts";
import { DeploymentError } from "../deployments.ts";
import { asSentence } from "../error-sentences.ts";
import { decodeProtocolError } from "../errors.ts";
import { KeystoreError } from "../node/keystore.ts";
import { isPieceError, type PieceErrorName } from "../pieces/errors.ts";
import { SubgraphError } from "../subgraph/client.ts";
import { UnitError } from "../units.ts";
import { refusalSentence, UploadRefused } from "../uploads.ts";

/** Exit codes of the command; `unknown` is the audit's: something could not be found out. */
export const EXIT = { done: 0, failed: 1, usage: 2, unknown: 3, interrupted: 130 } as const;

/** The command cannot do what it was asked; `message` says what happened, `hint` what to do. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly hint: string;
  readonly code: string;
  readonly exitCode: number;
  /** The command has printed its result already; only its exit code is left. */
  readonly isTold: boolean;
  constructor(
    message: string,
    hint: string,
    { code = "CommandFailed", exitCode = EXIT.failed as number, isTold = false, cause = undefined as unknown } = {},
  ) {
    super(message, { cause });
    this.isTold = isTold;
    this.hint = hint;
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Somebody typed what cannot be done. */
export function wrongUsage(message: string, hint: string): CommandFailed {
  return new CommandFailed(message, hint, { code: "WrongUsage", exitCode: EXIT.usage });
}

/** How a failure is told: in two sentences, and with a code for machines. */
export interface Failure {
  message: string;
  hint: string;
  code: string;
  exitCode: number;
}

/** Says what went wrong. Whatever was not foreseen is told as such, and asked to be reported. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommandFailed) return error;
  if (error instanceof CommanderError)
    return { message: "", hint: "", code: error.code, exitCode: error.exitCode === 0 ? EXIT.done : EXIT.usage };
  const protocol = decodeProtocolError(error);
  if (protocol) return failed(protocol.message, protocol.hint, protocol.code);
  if (error instanceof UploadRefused) {
    const { message, hint } = refusalSentence(error);
    return failed(message, hint, error.code);
  }
  if (error instanceof UnitError) return { ...failed(error.message, "", "WrongUsage"), exitCode: EXIT.usage };
  if (error instanceof KeystoreError) return failed(asSentence(error.message), "Try again.", error.name);
  if (error instanceof DeploymentError)
    return failed(error.message, "Name another one with --deployment: a dashboard's address, or a file.", error.name);
  if (error instanceof ChannelStoreDamaged)
    return failed(
      asSentence(error.message),
      "Move it away, ask the payees what they have, and begin again from there with `4ever channel sign … --from`.",
      error.name,
    );
  if (error instanceof SubgraphError) return failed(error.message, "Try again in a moment.", error.name);
  if (isPieceError(error)) {
    const next = PIECE_HINTS[error.name] ?? "Correct it, and try again.";
    return failed(error.message, `Nothing was sent or paid. ${next}`, error.name);
  }
  if (isAbort(error)) return { message: "Interrupted.", hint: "", code: "Interrupted", exitCode: EXIT.interrupted };
  if (isNetworkFailure(error))
    return failed(
      `The connection failed: ${error.message}.`,
      "Check the address and your connection, and try again.",
      "ConnectionFailed",
    );
  const message = error instanceof Error ? error.message : String(error);
  return failed(
    `Something unexpected happened: ${message}`,
    "Run it again with --debug, and report what it says.",
    "Unexpected",
  );
}

/** What helps against the problems of a directory. */
const PIECE_HINTS: { readonly [name in PieceErrorName]?: string } = {
  PieceEmpty: "Name the directory that your build writes; --hidden also takes names that start with a dot.",
  PieceSourceInvalid: "Name a directory; a single file goes into one of its own.",
  PiecePathInvalid: "Rename it, and try again.",
  PieceFileUnreadable: "Give yourself the right to read it, or move it away, and try again.",
  PieceFileChanged: "Wait until your build has ended, and try again.",
  PieceStorageFull: "Make room, or name another folder with FOREVER_HOME, and try again.",
  PieceTooLarge: "Host less, or in several directories.",
  PieceTooManyBlocks: "Host fewer files, or in several directories.",
};

function failed(message: string, hint: string, code: string): Failure {
  return { message, hint, code, exitCode: EXIT.failed };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "Interrupted");
}

/** What `fetch` throws when there is no answer. */
function isNetworkFailure(error: unknown): error is Error {
  return error instanceof TypeError && error.message === "fetch failed";
}
