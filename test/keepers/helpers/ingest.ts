import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import type { UploadStatus } from "../../../sdk/src/uploads.ts";
import { CUSTOMER } from "../../helpers/story.ts";
import { requestFor, smallSite, startWorld, tokenFor } from "./world.ts";

/** Somebody whom no deal knows. */
export const STRANGER = CUSTOMER + 1;

/** A request about one piece. */
type Sending = {
  dealId: bigint;
  root: string;
  token?: string;
  from?: number;
  body?: Uint8Array<ArrayBuffer>;
  method?: string;
  rest?: string;
};

export type Ingest = Awaited<ReturnType<typeof startIngest>>;

/** A keeper in a world of its own, and what any client may send to it. Stop the world in the end. */
export async function startIngest() {
  const world = await startWorld();

  /** A fresh deal with its piece, nothing uploaded yet. */
  async function setup(options?: Parameters<typeof requestFor>[2]) {
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, options);
    const bytes = new Uint8Array(await readFile(piece.path));
    return { piece, dealId, bytes, token: await tokenFor(world, dealId, piece) };
  }

  /** One raw request, as any client could make it. */
  async function send({ dealId, root, token, from, body, method = "PUT", rest = "" }: Sending) {
    const query = from === undefined ? "" : `?from=${from}`;
    const response = await fetch(`${ingest.keeper.url}/deals/${dealId}/pieces/${root}${rest}${query}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { "content-type": "application/octet-stream" }),
      },
      ...(body && { body }),
    });
    const answer = (await response.json()) as UploadStatus & {
      error?: { code: string; message: string; hint: string };
    };
    return { status: response.status, ...answer };
  }

  /** Announces a part, sends nothing of it, and resolves with what came until the connection ended. */
  function announce({ dealId, root, token, length }: Sending & { length: number }): Promise<string> {
    const { port, hostname } = new URL(ingest.keeper.url);
    return new Promise((resolve, reject) => {
      const socket = createConnection(Number(port), hostname, () => {
        socket.write(
          `PUT /deals/${dealId}/pieces/${root}?from=0 HTTP/1.1\r\nHost: keeper\r\nAuthorization: Bearer ${token}\r\n` +
            `Content-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`,
        );
      });
      let text = "";
      socket.on("data", (data) => {
        text += data;
      });
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
    });
  }

  const ingest = { world, keeper: await world.start(), setup, send, announce };
  return ingest;
}
