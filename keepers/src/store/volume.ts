import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { count, eq } from "./orm.ts";
import { heldPieces, volume } from "./schema.ts";

/** Beside the pieces, so that it goes where they go. */
const FILE = "volume";

/** Whether this process sees the pieces that the database tells of. */
export type VolumeVerdict =
  | { isShared: true; name: string }
  | { isShared: false; name: string; known: string; pieces: number };

/** The name of the place where pieces are kept; a new place gets one. */
export async function volumeName(dataDir: string): Promise<string> {
  const file = join(dataDir, FILE);
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, `${randomUUID()}\n`, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return (await readFile(file, "utf8")).trim();
}

/** Looks, without changing anything, whether a place is the one that the database tells of. */
export async function compareVolume(db: Database, name: string): Promise<VolumeVerdict> {
  const [[row], [held]] = await Promise.all([
    db.select().from(volume),
    db.select({ pieces: count() }).from(heldPieces),
  ]);
  const pieces = held?.pieces ?? 0;
  if (!row || row.name === name || pieces === 0) return { isShared: true, name };
  return { isShared: false, name, known: row.name, pieces };
}

/** From now on the pieces are there. */
export async function adoptVolume(db: Database, name: string): Promise<void> {
  await db.insert(volume).values({ id: 1, name }).onConflictDoUpdate({ target: volume.id, set: { name } });
}

/**
 * Makes sure that all processes of a keeper see the same pieces: what one of them took must be proven and served by every other. The first
 * one names the place; one that sees another place is told so, unless there is no piece yet.
 */
export async function claimVolume(db: Database, name: string): Promise<VolumeVerdict> {
  await db.insert(volume).values({ id: 1, name }).onConflictDoNothing();
  const verdict = await compareVolume(db, name);
  if (verdict.isShared) await db.update(volume).set({ name }).where(eq(volume.id, 1));
  return verdict;
}
