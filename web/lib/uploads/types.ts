import type { Address, Hex } from "viem";
import type { Explanation } from "@/lib/transactions/types";

/** What has to reach a provider, and what is needed to bring it there after a reload. */
export interface UploadJob {
  market: Address;
  dealId: string;
  provider: Address;
  endpoint: string;
  /** Key whose private part this browser keeps. */
  sessionKey: Address;
  root: Hex;
  cid: string;
  sizeBytes: number;
  /** Name of the CAR in this browser's private file system. */
  carName: string;
  folderName: string;
  /** Only for a piece that joins a running deal: the first one is named by the request itself. */
  addition?: Addition | undefined;
}

/** What the deal's session key signs of a later piece. */
export interface Addition {
  /** Real leaves of 128 bytes. */
  leafCount: number;
  cidDigest: Hex;
  /** Number of the signature within the deal; undefined before it was made. */
  nonce?: number | undefined;
}

/**
 * `waiting`: the provider has not seen the deal yet. `signing`: the session key names the piece to the provider. `held`: the provider has
 * checked the bytes and keeps them; it puts them on chain. `added`: they are under proof, and the copy in this browser is gone.
 * `lost`: the browser has discarded the CAR; choosing the same folder again brings it back.
 */
export type UploadStage =
  | { name: "starting" }
  | { name: "waiting" }
  | { name: "sending"; receivedBytes: number }
  | { name: "checking" }
  | { name: "signing" }
  | { name: "held" }
  | { name: "added" }
  | { name: "lost" }
  | { name: "failed"; explanation: Explanation; isFinal: boolean };

export interface UploadRecord {
  job: UploadJob;
  stage: UploadStage;
}

/** Identity of an upload: one piece of one deal. */
export function uploadKey({ market, dealId, root }: Pick<UploadJob, "market" | "dealId" | "root">): string {
  return `${market.toLowerCase()}/${dealId}/${root}`;
}
