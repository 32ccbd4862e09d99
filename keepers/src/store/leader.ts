import pg from "pg";

/** How often a standby looks whether it may lead, and the one that leads whether it still does. */
const LOOK_MS = 500;
const HEARTBEAT_MS = 2_000;
/** A database that does not answer the one that leads for so long may have given the lead to another. */
const SILENT_MS = 6_000;
/** Lets PostgreSQL notice within some 15 seconds that the machine of the one that leads is gone: until then nobody else could. */
const NOTICE_DEATH =
  "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3 -c tcp_user_timeout=15000";

type Options = {
  signal: AbortSignal;
  /** Called at each look while another process leads. */
  onStandby: () => Promise<void>;
  onLost: (error: Error) => void;
};

/**
 * Waits until this process is the only one that acts for `name`, and holds that until `release`. Should the connection break or fall
 * silent, somebody else may take over: `onLost` must end everything that acts. A killed process loses the lead at once.
 */
export async function waitToLead(
  databaseUrl: string,
  name: string,
  { signal, onStandby, onLost }: Options,
): Promise<{ release(): Promise<void> } | undefined> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    connectionTimeoutMillis: 10_000,
    query_timeout: SILENT_MS,
    options: NOTICE_DEATH,
  });
  let isReleased = false;
  let heartbeat: NodeJS.Timeout | undefined;
  const lose = (error: Error) => {
    clearInterval(heartbeat);
    if (!isReleased) onLost(error);
  };
  client.on("error", lose);
  await client.connect();
  client.on("end", () => lose(new Error("the connection ended")));
  const release = async () => {
    isReleased = true;
    clearInterval(heartbeat);
    await client.end();
  };
  try {
    while (!signal.aborted) {
      const { rows } = await client.query("select pg_try_advisory_lock(hashtextextended($1, 0)) as mine", [name]);
      if (rows[0]?.mine) {
        heartbeat = setInterval(() => client.query("select 1").catch(lose), HEARTBEAT_MS);
        return { release };
      }
      await onStandby();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } catch (error) {
    await release().catch(() => undefined);
    throw error;
  }
  await release();
  return undefined;
}
