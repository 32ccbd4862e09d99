import { type Address, isAddress } from "viem";
import * as z from "zod/mini";
import type { KeyValue } from "@/lib/transactions/storage";

/** What a paid request will upload, written down before it is sent: should the page close in between, nothing is lost. */
export interface UploadDraft {
  carName: string;
  sizeBytes: number;
  folderName: string;
}

const schema = z.object({
  carName: z.string().check(z.minLength(1)),
  sizeBytes: z.int().check(z.positive()),
  folderName: z.string(),
  savedAtMs: z.number(),
});
type StoredDraft = z.infer<typeof schema>;

const PREFIX = "4ever.upload-draft.";
const keyOf = (sessionKey: Address) => `${PREFIX}${sessionKey.toLowerCase()}`;

function parse(text: string | null): StoredDraft | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(text ?? "null"));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    console.warn("A draft of an upload could not be read", error);
    return undefined;
  }
}

export function saveDraft(storage: KeyValue, sessionKey: Address, draft: UploadDraft, nowMs: number): void {
  storage.setItem(keyOf(sessionKey), JSON.stringify({ ...draft, savedAtMs: nowMs } satisfies StoredDraft));
}

/** The draft of the deal with this session key; undefined when this browser has none. */
export function draftOf(storage: KeyValue, sessionKey: Address): UploadDraft | undefined {
  if (!isAddress(sessionKey)) return undefined;
  const draft = parse(storage.getItem(keyOf(sessionKey)));
  return draft && { carName: draft.carName, sizeBytes: draft.sizeBytes, folderName: draft.folderName };
}

export function dropDraft(storage: KeyValue, sessionKey: Address): void {
  storage.removeItem(keyOf(sessionKey));
}

/**
 * CARs that drafts name. Drafts from before `sinceMs` are dropped: no request waits that long for its content, so nobody comes back
 * for them.
 */
export function carsOfDrafts(storage: Storage, sinceMs: number): string[] {
  const cars: string[] = [];
  for (const key of Object.keys(storage).filter((each) => each.startsWith(PREFIX))) {
    const draft = parse(storage.getItem(key));
    if (draft && draft.savedAtMs >= sinceMs) cars.push(draft.carName);
    else storage.removeItem(key);
  }
  return cars;
}
