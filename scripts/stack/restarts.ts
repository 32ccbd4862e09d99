// A process that is kept: started again when it ends by itself, until it ends too often.
import { setTimeout as delay } from "node:timers/promises";
import { describeExit, type ManagedProcess, ProcessFailed } from "./processes.ts";

const REST_MS = 500;
/** What ends so often within the span is broken. */
const MOST_ENDINGS = 5;
const SPAN_MS = 60_000;

export type KeptProcess = {
  /** The process that runs now; another one after a crash. */
  readonly pid: number;
  /** Resolves when it could not be kept running. Never rejects. */
  readonly failed: Promise<ProcessFailed>;
  stop(): Promise<void>;
};

export type KeepOptions = {
  signal?: AbortSignal;
  /** Told why it ended, before it is started again. */
  onRestart?: (why: string) => void;
};

/** Starts a process, and starts it again when it ends by itself. `start` is given a signal to give up by. @throws what `start` throws, the first time */
export async function keepProcess(
  start: (signal: AbortSignal) => Promise<ManagedProcess>,
  { signal, onRestart = () => {} }: KeepOptions = {},
): Promise<KeptProcess> {
  const stopping = new AbortController();
  const giveUp = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal;
  let current = await start(giveUp);
  const failed = Promise.withResolvers<ProcessFailed>();

  async function keepRunning(): Promise<void> {
    for (let endings: number[] = []; ; ) {
      const exit = await current.exited;
      if (stopping.signal.aborted) return;
      endings = [...endings, Date.now()].filter((at) => at > Date.now() - SPAN_MS);
      if (endings.length > MOST_ENDINGS) {
        const what = `${describeExit(exit)}, the ${endings.length}th time within a minute`;
        throw new ProcessFailed(current.name, what, current.logFile);
      }
      onRestart(describeExit(exit));
      await delay(REST_MS);
      if (stopping.signal.aborted) return;
      current = await start(giveUp);
      if (!stopping.signal.aborted) continue;
      await current.stop(); // `stop` came while it got ready, and has ended the one before it
      return;
    }
  }

  const supervision = keepRunning().catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    if (!(error instanceof Error)) throw error;
    const { name, logFile } = current;
    const what = `could not be started again (${error.message})`;
    failed.resolve(error instanceof ProcessFailed ? error : new ProcessFailed(name, what, logFile, { cause: error }));
  });
  return {
    get pid() {
      return current.pid;
    },
    failed: failed.promise,
    async stop() {
      stopping.abort();
      await current.stop();
      await supervision;
    },
  };
}
