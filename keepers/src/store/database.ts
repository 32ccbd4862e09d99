import { join } from "node:path";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { drizzle, migrate } from "./orm.ts";
import * as schema from "./schema.ts";

export type Database = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** A keeper's own part of a PostgreSQL cluster. */
export type Store = {
  db: Database;
  pool: pg.Pool;
  schemaName: string;
  close(): Promise<void>;
};

/** Names without upper case and signs, that leave room for suffixes. */
export const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,40}$/;

/** Opens the connections of one keeper; every statement runs in its schema. Connects on first use. */
export function openStore(
  databaseUrl: string,
  schemaName: string,
  { maxConnections = 10, onError }: { maxConnections?: number; onError: (error: Error) => void },
): Store {
  if (!SCHEMA_NAME.test(schemaName))
    throw new Error(`database schema ${JSON.stringify(schemaName)} is not a plain name`);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: maxConnections,
    options: `-c search_path=${schemaName}`,
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks is replaced on the next use, and fails what it was used for. Heard at each connection and not only at idle ones
  // by the pool: unheard, the event of one that is between two statements of a transaction would end the process.
  pool.on("connect", (client) => client.on("error", onError));
  pool.on("error", () => undefined);
  const db: Database = drizzle(pool, { schema });
  // Drizzle's own never gives back a connection on which BEGIN failed: each restart of the database would cost one, and `close` would wait for it.
  db.transaction = async (work, options) => {
    const client = await pool.connect();
    try {
      return await drizzle(client, { schema }).transaction(work, options);
    } finally {
      client.release(); // a broken one is not used again
    }
  };
  return { db, pool, schemaName, close: () => pool.end() };
}

/** Changes of the schema, in order. Each only adds, so that processes of the version before go on while it is made. */
export const MIGRATIONS = join(import.meta.dirname, "migrations");

/** Creates the schema and brings it up to date; several replicas may start at once. */
export async function migrateStore({ pool, schemaName }: Store, migrationsFolder = MIGRATIONS): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("select pg_advisory_lock(hashtextextended($1, 0))", [`migrate ${schemaName}`]);
    await client.query(`create schema if not exists "${schemaName}"`); // `full` and `user` are plain names, too
    await migrate(drizzle(client, { schema }), {
      migrationsFolder,
      migrationsSchema: schemaName,
    });
  } finally {
    await client.query("select pg_advisory_unlock_all()");
    client.release();
  }
}
