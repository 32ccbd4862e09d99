import { decodeEntry, type EntryCodec } from "./entries.ts";
import type { ChannelStore } from "./store.ts";

const TABLE = "entries";

/**
 * A store in this browser, shared by its tabs; of the site that opens it, under `name`. A write is one IndexedDB transaction, so that of
 * two tabs one is the first, and has reached the disk when it is told. Whoever deletes the site's data deletes it.
 * @see https://w3c.github.io/IndexedDB/#transaction-durability-hint
 */
export function createBrowserStore<Entry>(
  name: string,
  codec: EntryCodec<Entry>,
  { indexedDB = globalThis.indexedDB } = {},
): ChannelStore<Entry> {
  let opening: Promise<IDBDatabase> | undefined;

  function open(): Promise<IDBDatabase> {
    opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close(); // somebody deletes it
        request.result.onclose = () => {
          opening = undefined;
        };
        resolve(request.result);
      };
    }).catch((error) => {
      opening = undefined; // the next call tries again
      throw error;
    });
    return opening;
  }

  return {
    async read(key) {
      const transaction = (await open()).transaction(TABLE, "readonly");
      const request = transaction.objectStore(TABLE).get(key);
      await ended(transaction);
      return request.result === undefined ? undefined : decodeEntry(codec, key, String(request.result));
    },

    async replace(key, before, next) {
      const transaction = (await open()).transaction(TABLE, "readwrite", { durability: "strict" });
      const table = transaction.objectStore(TABLE);
      const expected = before && codec.encode(before);
      let isReplaced = false;
      const request = table.get(key);
      request.onsuccess = () => {
        if (request.result !== expected) return;
        table.put(codec.encode(next), key);
        isReplaced = true;
      };
      await ended(transaction);
      return isReplaced;
    },
  };
}

function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
