import pg from "pg";

/** Classes of SQLSTATE that tell of the server and not of the statement: connection, resources, intervention by its operator. */
const SERVER_CLASSES = ["08", "53", "57P"];
const SYSTEM_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "ETIMEDOUT"]);
/** What `pg` says without a code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether something failed because the database is away, or does not take anybody in at the moment. */
export function isStoreAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  if (error instanceof pg.DatabaseError) return SERVER_CLASSES.some((start) => code.startsWith(start));
  if (SYSTEM_CODES.has(code) || LOST.test(error.message)) return true;
  const causes = error instanceof AggregateError ? error.errors : [error.cause];
  return causes.some(isStoreAway);
}
