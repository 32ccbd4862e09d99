import pg from "pg";

/**
 * Waits until this process is the only one that acts for `name`, and holds that until `release`. Should the connection break, somebody
 * else may take over: `onLost` must end everything that acts.
 */
export async function waitToLead(
  databaseUrl: string,
  name: string,
  { signal, onWaiting, onLost }: { signal: AbortSignal; onWaiting: () => void; onLost: (error: Error) => void },
): Promise<{ release(): Promise<void> } | undefined> {
  const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
  let isReleased = false;
  client.on("error", (error) => {
    if (!isReleased) onLost(error);
  });
  await client.connect();
  client.on("end", () => {
    if (!isReleased) onLost(new Error("the connection ended"));
  });
  const release = async () => {
    isReleased = true;
    await client.end();
  };
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const { rows } = await client.query("select pg_try_advisory_lock(hashtextextended($1, 0)) as mine", [name]);
    if (rows[0]?.mine) return { release };
    if (isFirst) onWaiting();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await release();
  return undefined;
}
