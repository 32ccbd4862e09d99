import { type Address, isAddress } from "viem";
import { z } from "zod";
import type { KeyValue } from "@/lib/transactions/storage";

/** What a paid request will upload, written down before it is sent: should the page close in between, nothing is lost. */
export interface UploadDraft {
  carName: string;
  sizeBytes: number;
  folderName: string;
}

const schema = z.object({ carName: z.string().min(1), sizeBytes: z.number().int().positive(), folderName: z.string() });
const keyOf = (sessionKey: Address) => `4ever.upload-draft.${sessionKey.toLowerCase()}`;

export function saveDraft(storage: KeyValue, sessionKey: Address, draft: UploadDraft): void {
  storage.setItem(keyOf(sessionKey), JSON.stringify(draft));
}

/** The draft of the deal with this session key; undefined when this browser has none. */
export function draftOf(storage: KeyValue, sessionKey: Address): UploadDraft | undefined {
  if (!isAddress(sessionKey)) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(storage.getItem(keyOf(sessionKey)) ?? "null"));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    console.warn("A draft of an upload could not be read", error);
    return undefined;
  }
}

export function dropDraft(storage: KeyValue, sessionKey: Address): void {
  storage.removeItem(keyOf(sessionKey));
}
