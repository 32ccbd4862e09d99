import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ChannelStoreDamaged, decodeEntry, type EntryCodec } from "../channels/entries.ts";
import type { ChannelStore } from "../channels/store.ts";

/** Longest wait for another process that writes: a write takes milliseconds. */
const BUSY_MS = 10_000;
/** Result codes that say that the file is no database, or a broken one. @see https://sqlite.org/rescode.html */
const BROKEN = new Set([11, 26]);

/** A store in a file. Several processes of one machine may have it open. */
export interface ChannelFile<Entry> extends ChannelStore<Entry>, Disposable {}

/**
 * Opens, or makes, a store in one file that only its owner may read. SQLite does what a file of ours would have to: a write is there
 * wholly or not at all after a crash, and has reached the disk when it is told; a lock of a process that died is free at once.
 * Not for a network file system. Throws `ChannelStoreDamaged` when the file is none.
 */
export function openChannelFile<Entry>(file: string, codec: EntryCodec<Entry>): ChannelFile<Entry> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  const guarded = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      if (!BROKEN.has(Number((cause as { errcode?: number }).errcode))) throw cause;
      throw new ChannelStoreDamaged(`the file ${file} is damaged`, { cause });
    }
  };
  const prepare = () => {
    // EXTRA also writes down that the journal is gone; without that a power cut could take back what was told.
    database.exec("pragma synchronous = extra");
    database.exec("create table if not exists entries (key text primary key, entry text not null) strict");
    return {
      read: database.prepare("select entry from entries where key = ?"),
      insert: database.prepare("insert into entries (key, entry) values (?, ?) on conflict do nothing"),
      update: database.prepare("update entries set entry = ? where key = ? and entry = ?"),
    };
  };
  let statements: ReturnType<typeof prepare>;
  try {
    statements = guarded(prepare);
  } catch (error) {
    database.close();
    throw error;
  }
  const { read, insert, update } = statements;

  return {
    async read(key) {
      const row = guarded(() => read.get(key)) as { entry: string } | undefined;
      return row && decodeEntry(codec, key, row.entry);
    },
    async replace(key, before, next) {
      const text = codec.encode(next);
      const { changes } = guarded(() =>
        before === undefined ? insert.run(key, text) : update.run(text, key, codec.encode(before)),
      );
      return changes === 1;
    },
    [Symbol.dispose]: () => database.close(),
  };
}
