// Brings back what dies, as systemd (`Restart=always`, a second's rest, no limit) or a compose file (`restart: always`) would: each part by
// itself, in no order, again and again until it is ready. `npm start` does that for keepers and graph-node only; when another part dies, it says so and ends.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describeExit, type ManagedProcess } from "../stack/processes.ts";

const REST_MS = 1_000;

/** A time in which a part did not serve; `performance.now()` of both ends. */
export type Outage = { name: string; fromMs: number; toMs: number; why: string };

type Unit = {
  name: string;
  process: ManagedProcess;
  start: () => Promise<ManagedProcess>;
  isUp: boolean;
  supervision: Promise<void>;
};

export type Supervisor = ReturnType<typeof createSupervisor>;

export function createSupervisor(onEvent: (text: string) => void) {
  const units = new Map<string, Unit>();
  const outages: Outage[] = [];
  const failedStarts = new Map<string, number>();
  let isStopping = false;

  /** Each start writes its log anew: all of them are kept, for whoever asks why. */
  function keepLog({ logFile }: ManagedProcess, why: string): void {
    if (existsSync(logFile)) appendFileSync(`${logFile}.all`, `${readFileSync(logFile, "utf8")}\n--- ${why}\n`);
  }

  async function supervise(unit: Unit): Promise<void> {
    while (!isStopping) {
      const exit = await unit.process.exited;
      keepLog(unit.process, describeExit(exit));
      if (isStopping) return;
      unit.isUp = false;
      const fromMs = performance.now();
      for (let isBack = false; !isBack && !isStopping; ) {
        await delay(REST_MS);
        try {
          if (isStopping) return;
          unit.process = await unit.start();
          isBack = true;
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          failedStarts.set(unit.name, (failedStarts.get(unit.name) ?? 0) + 1);
          onEvent(`${unit.name} did not start: ${error.message.split("\n")[0]}`);
          appendFileSync(`${unit.process.logFile}.all`, `--- did not start: ${error.message}\n`);
        }
      }
      const outage = { name: unit.name, fromMs, toMs: performance.now(), why: describeExit(exit) };
      outages.push(outage);
      unit.isUp = true;
      onEvent(`${unit.name} ${outage.why}; back after ${((outage.toMs - fromMs) / 1_000).toFixed(1)} s`);
    }
  }

  const unitOf = (name: string): Unit => {
    const unit = units.get(name);
    if (!unit) throw new Error(`nothing is called ${name}`);
    return unit;
  };

  return {
    outages,
    failedStarts,

    /** Starts a part and keeps it running. Throws when it does not start the first time. */
    async keep(name: string, start: () => Promise<ManagedProcess>): Promise<void> {
      const unit: Unit = { name, process: await start(), start, isUp: true, supervision: Promise.resolve() };
      units.set(name, unit);
      unit.supervision = supervise(unit);
    },

    /** Sends a signal to a part; false when it is down already. */
    signal(name: string, signal: NodeJS.Signals): boolean {
      const { isUp, process: managed } = unitOf(name);
      if (!isUp) return false;
      process.kill(managed.pid, signal);
      return true;
    },

    isUp: (name: string) => unitOf(name).isUp,
    isAllUp: () => [...units.values()].every(({ isUp }) => isUp),
    names: () => [...units.keys()],

    /** Ends what it keeps, the last started first, and stops bringing things back. */
    async stop(): Promise<void> {
      isStopping = true;
      for (const { process: managed } of [...units.values()].reverse()) await managed.stop();
      await Promise.all([...units.values()].map(({ supervision }) => supervision));
    },
  };
}
