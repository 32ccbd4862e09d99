import { mkdir, mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed } from "./failure.ts";

/** A folder for one run of `4ever deploy`, below the command's own. Gone when it is disposed. */
export interface Workspace extends AsyncDisposable {
  carPath: string;
  /** Keeps other runs from hosting the same content at the same time: each would pay. Throws `CommandFailed` while one does. */
  hold(root: string): Promise<void>;
}

/** Makes a workspace, and removes those of runs that were killed: each may hold a whole CAR. */
export async function openWorkspace(home: string): Promise<Workspace> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  for (const name of await readdir(home)) {
    const pid = /^work-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(home, name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(home, `work-${process.pid}-`));
  let lock: string | undefined;
  return {
    carPath: join(folder, "piece.car"),
    async hold(root) {
      const file = join(home, `deploy-${root}.lock`);
      await takeLock(file);
      lock = file;
    },
    async [Symbol.asyncDispose]() {
      if (lock !== undefined) await rm(lock, { force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function takeLock(file: string): Promise<void> {
  for (;;) {
    try {
      await using handle = await open(file, "wx");
      await handle.writeFile(`${process.pid}`);
      return;
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
    }
    // Empty in the moment between its making and its writing: then somebody is there.
    const pid = Number((await readFile(file, "utf8").catch(() => "")) || process.pid);
    if (isRunning(pid))
      throw new CommandFailed(
        `Another run of this command (process ${pid}) is hosting this very content.`,
        "Wait for its end, and look with `4ever deals`. Nothing was paid by this one.",
        { code: "AlreadyRunning" },
      );
    await rm(file, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"; // it runs, as somebody else
  }
}
