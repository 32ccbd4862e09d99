import type { Hex } from "viem";
import type { Piece } from "./proofs/typed-data.ts";
import { type KeeperInfo, UploadRefused, type UploadStatus } from "./uploads.ts";

/** Where a piece goes, and the right to put it there. */
export type UploadTarget = {
  /** The provider's endpoint, as the registry names it. */
  endpoint: string;
  dealId: bigint;
  root: Hex;
  /** Bearer token of `signUpload`. */
  token: string;
  fetch?: typeof globalThis.fetch;
  signal?: AbortSignal;
};

/** Options of `uploadPiece`. */
export type UploadOptions = UploadTarget & {
  sizeBytes: number;
  /** Gives the bytes [from, to) of the CAR; a `Blob.slice` in a browser, so that nothing is read into memory. */
  read: (from: number, to: number) => Blob | Uint8Array<ArrayBuffer> | Promise<Blob | Uint8Array<ArrayBuffer>>;
  partBytes?: number;
  /** Parts under way at a time. */
  parallel?: number;
  /** Times a part is tried again after the connection failed or the provider answered 5xx. */
  retries?: number;
  /** Bytes at the provider so far, including what an earlier attempt left there. */
  onProgress?: (receivedBytes: number, sizeBytes: number) => void;
};

const DEFAULT_PART_BYTES = 8 * 2 ** 20;

function pieceUrl({ endpoint, dealId, root }: Pick<UploadTarget, "endpoint" | "dealId" | "root">, rest = ""): URL {
  const base = endpoint.endsWith("/") ? endpoint : `${endpoint}/`;
  return new URL(`deals/${dealId}/pieces/${root}${rest}`, base);
}

async function refusalOf(response: Response): Promise<UploadRefused> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    if (typeof error?.code === "string") return new UploadRefused(response.status, error);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  return new UploadRefused(response.status, {
    code: "internal",
    message: `the provider answered ${response.status}`,
    hint: "Try again; if it stays so, choose another provider.",
  });
}

async function call<T>(target: UploadTarget, url: URL, init: RequestInit = {}): Promise<T> {
  const send = target.fetch ?? globalThis.fetch;
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${target.token}`);
  const response = await send(url, { ...init, headers, signal: target.signal ?? null });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as T;
}

/** Who answers at an endpoint, and where its content is read. Throws `UploadRefused`, or what `fetch` throws. */
export async function keeperInfoOf(
  endpoint: string,
  { fetch = globalThis.fetch, signal }: { fetch?: typeof globalThis.fetch; signal?: AbortSignal } = {},
): Promise<KeeperInfo> {
  const response = await fetch(new URL(endpoint.endsWith("/") ? endpoint : `${endpoint}/`), { signal: signal ?? null });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as KeeperInfo;
}

/** How long a keeper has to say who it is. */
const ANSWER_TIMEOUT_MS = 5_000;

/** The keeper behind an endpoint; undefined when none answers in time. Throws only when `signal` aborts. */
export async function findKeeper(
  endpoint: string,
  { fetch, signal }: { fetch?: typeof globalThis.fetch | undefined; signal?: AbortSignal | undefined } = {},
): Promise<KeeperInfo | undefined> {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  try {
    return await keeperInfoOf(endpoint, {
      ...(fetch && { fetch }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch {
    signal?.throwIfAborted();
    return undefined; // whatever it is, nothing can be uploaded there
  }
}

/** How far a piece is at the provider. Throws `UploadRefused`. */
export function uploadStatus(target: UploadTarget): Promise<UploadStatus> {
  return call(target, pieceUrl(target));
}

/** Byte ranges [from, to) of at most `partBytes` that `received` does not cover. */
function missingParts(
  received: readonly (readonly [from: number, to: number])[],
  sizeBytes: number,
  partBytes = DEFAULT_PART_BYTES,
): [from: number, to: number][] {
  const parts: [number, number][] = [];
  let at = 0;
  for (const [from, to] of [...received, [sizeBytes, sizeBytes] as const]) {
    for (; at < from; at = Math.min(at + partBytes, from)) parts.push([at, Math.min(at + partBytes, from)]);
    at = Math.max(at, to);
  }
  return parts;
}

/**
 * Uploads a piece in ranged parts, going on where an earlier attempt ended, and waits until the provider has checked it. Returns the
 * final status (`held` or `added`). Throws `UploadRefused` with the provider's reason.
 */
export async function uploadPiece(options: UploadOptions): Promise<UploadStatus> {
  const { sizeBytes, read, partBytes = DEFAULT_PART_BYTES, parallel = 3, retries = 3, onProgress } = options;
  const status = await uploadStatus(options);
  if (status.state === "held" || status.state === "added") {
    onProgress?.(sizeBytes, sizeBytes);
    return status;
  }

  const parts = missingParts(status.state === "refused" ? [] : status.received, sizeBytes, partBytes);
  let receivedBytes = sizeBytes - parts.reduce((sum, [from, to]) => sum + to - from, 0);
  onProgress?.(receivedBytes, sizeBytes);

  const sendPart = async ([from, to]: [number, number], attempt = 0): Promise<void> => {
    const url = pieceUrl(options);
    url.searchParams.set("from", from.toString());
    try {
      const body = await read(from, to);
      await call(options, url, { method: "PUT", body, headers: { "content-type": "application/octet-stream" } });
    } catch (cause) {
      options.signal?.throwIfAborted();
      const isFinal = cause instanceof UploadRefused && cause.status < 500;
      if (isFinal || attempt >= retries) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt));
      return sendPart([from, to], attempt + 1);
    }
    receivedBytes += to - from;
    onProgress?.(receivedBytes, sizeBytes);
  };
  const queue = parts[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: Math.max(1, parallel) }, async () => {
      for (const part of queue) await sendPart(part);
    }),
  );
  return finaliseUpload(options);
}

/** Waits until the provider has checked all bytes of a piece. Throws `UploadRefused` when they are not what was declared. */
export function finaliseUpload(target: UploadTarget): Promise<UploadStatus> {
  return call(target, pieceUrl(target, "/finalise"), { method: "POST" });
}

/** Asks the provider to put held pieces on chain, under the session key's signature over (market, dealId, pieces, nonce). */
export function submitPieces(
  target: Omit<UploadTarget, "root">,
  { pieces, nonce, signature }: { pieces: readonly Piece[]; nonce: number; signature: Hex },
): Promise<{ states: UploadStatus["state"][] }> {
  const base = target.endpoint.endsWith("/") ? target.endpoint : `${target.endpoint}/`;
  const url = new URL(`deals/${target.dealId}/pieces`, base);
  const body = JSON.stringify({ pieces, nonce, signature });
  const full = { ...target, root: pieces[0]?.root ?? "0x" };
  return call(full, url, { method: "POST", body, headers: { "content-type": "application/json" } });
}
