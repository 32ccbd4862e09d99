import { randomUUID } from "node:crypto";
import type { Database } from "./database.ts";
import { and, desc, eq, gt, lt, ne, sql } from "./orm.ts";
import { processes } from "./schema.ts";

/** How often a process says that it runs, and after which silence it no longer counts. */
const BEAT_MS = 2_000;
const SILENT_SECONDS = 15;
/** Processes that ended are shown for a while. */
const FORGET_HOURS = 24;

export type ProcessRow = typeof processes.$inferSelect & { isAlive: boolean };

const isAlive = gt(processes.seenAt, sql`now() - make_interval(secs => ${SILENT_SECONDS})`);

/** Says in the database that this process runs, until it is closed. */
export async function announceProcess(
  db: Database,
  { url, problem, onError }: { url: string; problem: () => string | undefined; onError: (error: unknown) => void },
) {
  const id = randomUUID();
  const beat = async () => {
    const now = { problem: problem() ?? null, seenAt: sql`now()` };
    await db
      .insert(processes)
      .values({ id, url, ...now })
      .onConflictDoUpdate({ target: processes.id, set: now });
  };
  await db.delete(processes).where(lt(processes.seenAt, sql`now() - make_interval(hours => ${FORGET_HOURS})`));
  await beat();
  const timer = setInterval(() => beat().catch(onError), BEAT_MS);
  return {
    id,
    /** Tells the others at once, not only with the next beat. */
    beat,
    async lead(isLeading: boolean): Promise<void> {
      await db.transaction(async (tx) => {
        if (isLeading) await tx.update(processes).set({ isLeading: false }).where(ne(processes.id, id));
        await tx.update(processes).set({ isLeading }).where(eq(processes.id, id));
      });
    },
    /** Where the one that leads is reached, when it is another than this. */
    async leaderUrl(): Promise<string | undefined> {
      const [row] = await db
        .select({ url: processes.url })
        .from(processes)
        .where(and(eq(processes.isLeading, true), ne(processes.id, id), isAlive));
      return row?.url;
    },
    async close(): Promise<void> {
      clearInterval(timer);
      await db.delete(processes).where(eq(processes.id, id)).catch(onError);
    },
  };
}

export type Presence = Awaited<ReturnType<typeof announceProcess>>;

/** The processes of this keeper, the one that leads first. */
export async function readProcesses(db: Database): Promise<ProcessRow[]> {
  const rows = await db
    .select({ row: processes, isAlive: sql<boolean>`${isAlive}` })
    .from(processes)
    .orderBy(desc(processes.isLeading), desc(processes.seenAt));
  return rows.map(({ row, isAlive }) => ({ ...row, isAlive }));
}
