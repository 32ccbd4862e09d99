import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { CID } from "multiformats/cid";
import { sha256 } from "multiformats/hashes/sha2";
import { PieceDamaged, StorageUnreachable } from "./adapter.ts";

/** How long Kubo may take for a small question, and for each byte of an import. */
const ASK_MS = 30_000;
const IMPORT_MS_PER_BYTE = 1 / 1_000;
/** Blocks that one call deletes: each is named in the address. */
const BLOCKS_PER_CALL = 256;
/** Bytes of a file that are sent at a time. */
const UPLOAD_CHUNK_BYTES = 2 ** 18;
/** Bytes of an answer that is no block. */
const MAX_ANSWER_BYTES = 2 ** 20;

/** Oldest version that the adapter works with, as major and minor number. */
export const OLDEST_KUBO = [0, 40] as const;
/** The calls that are made. */
const CALLS = ["version", "id", "repo/stat", "dag/import", "block/get", "pin/ls", "pin/rm", "block/rm"];
/** The hash of no bytes: whether it is pinned is a question that costs nothing. */
const EMPTY_CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

/** Kubo answered, and refused. */
export class KuboRefused extends Error {
  override readonly name = "KuboRefused";
}

/** Something answered, and not as Kubo's RPC API does to those whom it lets in. */
export class KuboClosed extends StorageUnreachable {
  readonly status: number;
  constructor(path: string, status: number) {
    super(`Kubo's ${path} answered HTTP ${status}`);
    this.status = status;
  }
}

/**
 * The eight calls of Kubo's RPC API that we use, over plain `fetch`: `kubo-rpc-client` brings forty packages for them, and neither a limit on
 * what an answer may hold nor the distinction between "gone" and "does not answer".
 * @param api Address of the RPC API; user and password in it are sent as Basic authorisation.
 * @see https://docs.ipfs.tech/reference/kubo/rpc/
 */
export function createKuboRpc(api: string, { fetch = globalThis.fetch, askMs = ASK_MS } = {}) {
  const base = new URL("api/v0/", api.endsWith("/") ? api : `${api}/`);
  const headers: Record<string, string> = {};
  if (base.username !== "") {
    const [user, password] = [decodeURIComponent(base.username), decodeURIComponent(base.password)];
    headers.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    base.username = base.password = "";
  }

  /** Throws `KuboRefused` for an answer that says no, `StorageUnreachable` when there is none in time, and the signal's reason. */
  async function call(
    path: string,
    args: readonly (readonly [string, string])[],
    options: { signal?: AbortSignal | undefined; maxBytes?: number; ms?: number; upload?: Upload } = {},
  ): Promise<Uint8Array> {
    const { signal, maxBytes = MAX_ANSWER_BYTES, ms = askMs, upload } = options;
    const url = new URL(path, base);
    url.search = new URLSearchParams(args.map((pair) => [...pair])).toString();
    signal?.throwIfAborted();
    const inTime = AbortSignal.timeout(Math.ceil(ms));
    try {
      const init = { method: "POST", headers: { ...headers, ...upload?.headers }, redirect: "error" } as const;
      const sent = upload && { body: upload.body, duplex: "half" as const };
      const response = await fetch(url, {
        ...init,
        ...sent,
        signal: signal ? AbortSignal.any([signal, inTime]) : inTime,
      });
      const bytes = await readAtMost(response, response.ok ? maxBytes : MAX_ANSWER_BYTES);
      if (response.ok) return bytes;
      throw response.status === 500 ? new KuboRefused(messageOf(bytes)) : new KuboClosed(path, response.status);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof KuboRefused || cause instanceof StorageUnreachable || cause instanceof PieceDamaged)
        throw cause;
      throw new StorageUnreachable(`Kubo's ${path} did not answer at ${base.origin}`, { cause });
    }
  }

  return {
    /** Its version, such as 0.43.0. */
    async version(signal?: AbortSignal): Promise<string> {
      return fieldsOf(await call("version", [], { signal })).Version as string;
    },

    /** Which of the calls this user may not make. Changes nothing: what Kubo allows it then refuses for the argument that is missing. */
    async forbiddenCalls(signal?: AbortSignal): Promise<string[]> {
      const forbidden: string[] = [];
      for (const path of CALLS) {
        try {
          await call(path, path === "pin/ls" ? [["arg", EMPTY_CID]] : [], { signal });
        } catch (error) {
          if (error instanceof KuboRefused) continue;
          if (!(error instanceof KuboClosed)) throw error;
          if (error.status === 401 || error.status === 403) forbidden.push(path);
          else if (error.status !== 400) throw error;
        }
      }
      return forbidden;
    },

    /** Multiaddresses on which it serves blocks. */
    async addresses(signal?: AbortSignal): Promise<string[]> {
      return (fieldsOf(await call("id", [], { signal })).Addresses as string[] | null) ?? [];
    },

    /** Bytes that its repository takes, and may take. */
    async repository(signal?: AbortSignal): Promise<{ usedBytes: number; mostBytes: number }> {
      const { RepoSize, StorageMax } = fieldsOf(await call("repo/stat", [["size-only", "true"]], { signal }));
      return { usedBytes: Number(RepoSize), mostBytes: Number(StorageMax) };
    },

    /** Imports a CAR and pins its root with everything below. Throws `KuboRefused` when Kubo does not say that it did. */
    async importCar(path: string, root: CID, sizeBytes: number, signal: AbortSignal): Promise<void> {
      const upload = uploadOf(path);
      const ms = askMs + sizeBytes * IMPORT_MS_PER_BYTE;
      const answer = await call("dag/import", [["pin-roots", "true"]], { signal, upload, ms });
      // An import that fails half-way fails in a trailer, which fetch does not show: only the line about the pin counts.
      const lines = linesOf(answer) as { Root?: { Cid?: { "/"?: string }; PinErrorMsg?: string } }[];
      const line = lines.find(({ Root }) => Root?.Cid?.["/"] !== undefined && root.equals(CID.parse(Root.Cid["/"])));
      if (line?.Root?.PinErrorMsg === "") return;
      throw new KuboRefused(line?.Root?.PinErrorMsg || "the import ended before its root was pinned");
    },

    /** A block out of its own repository, checked by hash. Throws `PieceDamaged` when it is not there, or is another. */
    async block(cid: CID, lengthBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
      const args = [["arg", cid.toString()] as const, ["offline", "true"] as const];
      let bytes: Uint8Array;
      try {
        bytes = await call("block/get", args, { signal, maxBytes: lengthBytes });
      } catch (cause) {
        if (cause instanceof KuboRefused && /not found|could not find/i.test(cause.message))
          throw new PieceDamaged(`Kubo has no block ${cid}`, { cause });
        throw cause;
      }
      const { digest } = await sha256.digest(bytes);
      if (Buffer.compare(digest, cid.multihash.digest) !== 0)
        throw new PieceDamaged(`Kubo gives other bytes for the block ${cid}`);
      return bytes;
    },

    async isPinned(cid: CID, signal?: AbortSignal): Promise<boolean> {
      try {
        await call(
          "pin/ls",
          [
            ["arg", cid.toString()],
            ["type", "recursive"],
          ],
          { signal },
        );
        return true;
      } catch (error) {
        if (error instanceof KuboRefused && /not pinned/i.test(error.message)) return false;
        throw error;
      }
    },

    /** Safe to repeat. */
    async unpin(cid: CID): Promise<void> {
      try {
        await call("pin/rm", [["arg", cid.toString()]]);
      } catch (error) {
        if (!(error instanceof KuboRefused && /not pinned/i.test(error.message))) throw error;
      }
    },

    /** Deletes blocks that nothing pins; one that another pin needs stays. Safe to repeat. */
    async removeBlocks(cids: readonly CID[]): Promise<void> {
      for (let at = 0; at < cids.length; at += BLOCKS_PER_CALL) {
        const args = cids.slice(at, at + BLOCKS_PER_CALL).map((cid) => ["arg", cid.toString()] as const);
        for (const { Error: problem } of linesOf(await call("block/rm", args)) as { Error?: string }[]) {
          if (problem && !/^pinned|could not find|not found/i.test(problem)) throw new KuboRefused(problem);
        }
      }
    },
  };
}

export type KuboRpc = ReturnType<typeof createKuboRpc>;

type Upload = { headers: Record<string, string>; body: ReadableStream<Uint8Array> };

/**
 * A file as the only part of a form, read as it is sent. By hand, because the connection may break while the file is read: a FormData's stream
 * then rejects a promise that nobody can catch, which would end the process.
 */
function uploadOf(path: string): Upload {
  const boundary = `4ever-${randomUUID()}`;
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="piece.car"\r\n\r\n`;
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head);
    await using file = await open(path, "r");
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(UPLOAD_CHUNK_BYTES), 0, UPLOAD_CHUNK_BYTES, null);
      if (bytesRead === 0) break;
      yield buffer.subarray(0, bytesRead);
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  const chunks = parts();
  let isOver = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (isOver) return;
      if (done) controller.close();
      else controller.enqueue(value);
      isOver = done === true;
    },
    async cancel() {
      isOver = true;
      await chunks.return(undefined);
    },
  });
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, body };
}

/** A body, which may be endless: then it is none that we asked for. */
async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > maxBytes) throw new PieceDamaged(`Kubo's answer has more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function messageOf(bytes: Uint8Array): string {
  try {
    return String(fieldsOf(bytes).Message);
  } catch {
    return Buffer.from(bytes).toString("utf8").slice(0, 200);
  }
}

function fieldsOf(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(bytes).toString("utf8"));
}

function linesOf(bytes: Uint8Array): unknown[] {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
}
