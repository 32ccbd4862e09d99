// What the soak holds the network to: every upload that a keeper acknowledged, and counts of all that was tried.
import type { Hex } from "viem";
import type { UploadStatus } from "../../sdk/src/uploads.ts";
import type { Content } from "./contents.ts";
import type { Seller } from "./network.ts";

/** A keeper said that it holds these bytes. */
export type Acknowledged = {
  customer: string;
  seller: Seller;
  dealId: bigint;
  content: Content;
  /** What the deal began with. After a reorganisation its number may be another deal's. */
  firstRoot: Hex;
  /** Whether the deal began with it; else it was added later, and `isSigned` says that the keeper took the signature for that, too. */
  isFirst: boolean;
  isSigned: boolean;
  /** What the keeper says of it now. */
  status: () => Promise<UploadStatus>;
};

/** A promise that was broken, in a sentence. */
export type Broken = { promise: string; what: string };

export function createBooks() {
  const acknowledged: Acknowledged[] = [];
  const broken: Broken[] = [];
  const counts = new Map<string, number>();
  return {
    acknowledged,
    broken,
    count(what: string): void {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    breakPromise(promise: string, what: string): void {
      broken.push({ promise, what });
    },
  };
}

export type Books = ReturnType<typeof createBooks>;
