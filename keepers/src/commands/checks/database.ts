import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatSpan } from "@4ever/sdk/periods";
import { ADOPT_ADVICE, surveyNonces } from "../../chain/nonces.ts";
import type { Store } from "../../store/database.ts";
import { createNonceBook } from "../../store/nonces.ts";
import type { OperatorView } from "../../store/operator-view.ts";
import { type Finding, failed, ok, type Subject, warning } from "./check.ts";

const MIN_POSTGRES = 150_000;
const MAX_CLOCK_SECONDS = 60;
/** A call that waits longer is stuck, in blocks since it was signed; a duty's own deadline is told by status. */
const STUCK_SECONDS = 600;

/** Whether the database can be used, and is up to date. `hasTables`: whether there is more to look at. */
export async function checkDatabase(
  { config, deployment, account }: Subject,
  { pool }: Store,
): Promise<Finding & { hasTables: boolean }> {
  const { rows } = await pool.query(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
      has_database_privilege(current_database(), 'create') as "canCreate",
      exists (select from information_schema.schemata where schema_name = $1) as "hasSchema",
      to_regclass($1 || '.__drizzle_migrations') is not null as "hasMigrations",
      extract(epoch from now()) as now,
      exists (select from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
        and (classid::bigint << 32 | objid::bigint) = hashtextextended($2, 0)) as "isTaken"`,
    [config.schema, `keeper ${deployment.chainId} ${account}`],
  );
  const { version, number, canCreate, hasSchema, hasMigrations, now, isTaken } = rows[0];
  const none = { hasTables: false };
  if (number < MIN_POSTGRES) return { ...failed(`PostgreSQL ${version}`, "Use PostgreSQL 15 or later."), ...none };
  if (!hasSchema && !canCreate) {
    const advice = `Create the schemas ${config.schema} and ${config.schema}_jobs for this user.`;
    return { ...failed("this user may not create the keeper's schemas", advice), ...none };
  }
  const running = isTaken ? "; a keeper with this key is running" : "";
  const detail = `PostgreSQL ${version}, schema ${config.schema}${hasSchema ? "" : " (new)"}${running}`;
  if (!hasMigrations) return { ...ok(detail), ...none };

  const { rows: done } = await pool.query("select count(*)::int as n from __drizzle_migrations");
  const journal = join(import.meta.dirname, "../../store/migrations/meta/_journal.json");
  const { entries } = JSON.parse(await readFile(journal, "utf8")) as { entries: unknown[] };
  const pending = entries.length - done[0].n;
  if (pending < 0) {
    const told = `${detail}; its tables are those of a newer keeper`;
    return { ...failed(told, "Use the version that last ran here, or a later one."), ...none };
  }
  if (pending > 0) return { ...ok(`${detail}; ${pending} migrations will run with the next start`), ...none };
  const skew = Math.round(Date.now() / 1_000 - Number(now));
  if (Math.abs(skew) > MAX_CLOCK_SECONDS) {
    const told = `${detail}; its clock is ${Math.abs(skew)} s ${skew > 0 ? "behind" : "ahead of"} this machine's`;
    return { ...warning(told, "Keep both clocks right (NTP)."), hasTables: true };
  }
  return { ...ok(`${detail}, tables up to date`), hasTables: true };
}

/** Whether somebody else acts with the key. */
export async function checkNonces({ client, account }: Subject, { db }: Store): Promise<Finding> {
  const { used, reason, known } = await surveyNonces({ client, account, book: createNonceBook(db, account) });
  if (reason !== undefined) return failed(reason, ADOPT_ADVICE);
  const foreign = known === 0 ? "" : `, ${known} of them by somebody else`;
  return ok(`${account} has used ${used} nonces${foreign}`);
}

export function checkProcesses({ processes }: OperatorView): Finding {
  const alive = processes.filter(({ isAlive }) => isAlive);
  const dead = processes.length - alive.length;
  const gone = dead === 0 ? "" : `; ${dead} ended without a word within a day`;
  if (alive.length === 0) return ok(`none runs${gone}`);
  const leader = alive.find(({ isLeading }) => isLeading);
  const detail = `${alive.length} run, ${leader ? `${leader.url} leads` : "none leads"}${gone}`;
  const problem = alive.find((process) => process.problem !== null)?.problem;
  if (problem) return failed(`${detail}; ${problem}`, ADOPT_ADVICE);
  return leader ? ok(detail) : warning(detail, "Look again in a moment; if it stays so, read the keeper's log.");
}

export function checkOutbox({ outbox }: OperatorView): Finding {
  const detail = `${outbox.queued} calls wait, ${outbox.sent} are sent and not mined`;
  if (outbox.oldestSeconds === null) return ok("empty");
  const told = `${detail}, the oldest for ${formatSpan(outbox.oldestSeconds)}`;
  if (outbox.oldestSeconds < STUCK_SECONDS) return ok(told);
  return warning(told, "Look at gas money, maxFeePerGasGwei, signer and node; the keeper's log names what fails.");
}

export function checkProofs({ sets, missed }: OperatorView): Finding {
  if (sets.length === 0) return ok("no proving set yet");
  const strikes = sets.reduce((sum, set) => sum + set.strikes, 0);
  const detail = `${sets.length} proving sets, ${strikes} strikes, ${missed} of the last periods missed`;
  if (missed === 0) return ok(detail);
  return warning(
    detail,
    "See “A period was missed” in docs/operate.md: the pay of those periods is lost, later ones are not.",
  );
}
