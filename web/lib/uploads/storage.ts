import { isAddress, isHash } from "viem";
import * as z from "zod/mini";
import type { KeyValue } from "@/lib/transactions/storage";
import type { UploadJob } from "@/lib/uploads/types";

const hash = z.custom<`0x${string}`>((value) => typeof value === "string" && isHash(value));
const address = z.custom<`0x${string}`>((value) => typeof value === "string" && isAddress(value, { strict: false }));
const schema = z.array(
  z.object({
    market: address,
    dealId: z.string(),
    provider: address,
    endpoint: z.string(),
    sessionKey: address,
    root: hash,
    cid: z.string(),
    sizeBytes: z.int().check(z.positive()),
    carName: z.string(),
    folderName: z.string(),
    addition: z.optional(
      z.object({ leafCount: z.int().check(z.positive()), cidDigest: hash, nonce: z.optional(z.int()) }),
    ),
  }),
);

const keyOf = (chainId: number) => `4ever.${chainId}.uploads`;
const ANY_KEY = /^4ever\.\d+\.uploads$/;

function parse(text: string | null): UploadJob[] {
  try {
    const parsed = schema.safeParse(JSON.parse(text ?? "[]"));
    return parsed.success ? parsed.data : [];
  } catch (error) {
    console.warn("Stored uploads could not be read", error);
    return [];
  }
}

/** Uploads that an earlier visit left unfinished. What cannot be read is dropped: choosing the folder again brings it back. */
export function loadJobs(storage: KeyValue, chainId: number): UploadJob[] {
  return parse(storage.getItem(keyOf(chainId)));
}

/** Keeps what has to go on after the page was left. */
export function saveJobs(storage: KeyValue, chainId: number, jobs: readonly UploadJob[]): void {
  try {
    storage.setItem(keyOf(chainId), JSON.stringify(jobs));
  } catch (error) {
    console.warn("Uploads could not be stored; they end with this page", error);
  }
}

/** CARs of unfinished uploads, of every chain that this origin was used for. */
export function carsOfJobs(storage: Storage): string[] {
  return Object.keys(storage)
    .filter((key) => ANY_KEY.test(key))
    .flatMap((key) => parse(storage.getItem(key)))
    .map(({ carName }) => carName);
}
