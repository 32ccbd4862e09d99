// Runs the contracts' tests with other code in place of some contracts, without a build.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../command.ts";
import type { Bytecodes } from "./compiler.ts";

/** @param files absolute paths; @param isWhole goes on after a file that failed. */
export type Order = { files: readonly string[]; bytecodes: Bytecodes; isWhole?: boolean };
/** `failure` is the first test that failed, with its message. */
export type FileResult = { file: string; passed: number; ms: number; failure?: string };
/** `hits` are the tags that the code reported, as hexadecimal words; empty unless asked for. */
export type TrialResult = { results: FileResult[]; hits: string[] };

/** Its chains keep something of each run; a process that is never replaced fills its memory after some thousand. */
const RUNS_PER_PROCESS = 400;

/** A process that tries codes one after another; it starts with the first order, and anew after one that took too long, or after many. */
export class Trials {
  readonly #args: string[];
  #process: ChildProcess | undefined;
  #runs = 0;

  /** @param options `collectsHits` makes chains tell what code reports, and lets contracts be of any size. */
  constructor({ collectsHits = false } = {}) {
    this.#args = collectsHits ? ["--hits"] : [];
  }

  /** Undefined when it took longer than `timeoutMs`. @throws when the process dies */
  run(order: Order, timeoutMs: number): Promise<TrialResult | undefined> {
    if (this.#runs++ % RUNS_PER_PROCESS === 0) this.close();
    this.#process ??= fork(join(import.meta.dirname, "trial.ts"), this.#args, {
      cwd: PROJECT_ROOT,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.off("exit", died);
        this.close();
        resolve(undefined);
      }, timeoutMs);
      const died = (code: number | null) => {
        clearTimeout(timer);
        this.#process = undefined;
        reject(new Error(`The tests' process died with code ${code}`));
      };
      child.once("exit", died);
      child.once("message", (result: TrialResult) => {
        clearTimeout(timer);
        child.off("exit", died);
        resolve(result);
      });
      child.send(order);
    });
  }

  close(): void {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
  }
}
