// Reads a hosted directory through the gateway and compares it with the one on disk, byte by byte.
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join, relative, sep } from "node:path";
import { Mismatch } from "./steps.ts";

/** Compares every file below `dir` with what the site at `origin` serves. Throws {@link Mismatch}. */
export async function compareSite(dir: string, origin: URL): Promise<{ files: number; bytes: number }> {
  let bytes = 0;
  const files = await filesBelow(dir);
  for (const file of files) bytes += await compareFile(dir, file, origin);
  return { files: files.length, bytes };
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
}

async function compareFile(dir: string, file: string, origin: URL): Promise<number> {
  const path = `/${file.split(sep).map(encodeURIComponent).join("/")}`;
  const response = await request(origin, path);
  if (response.statusCode !== 200) {
    response.resume();
    throw new Mismatch(`${path} was answered with ${response.statusCode}, and must be 200.`);
  }
  const served = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest = Buffer.alloc(0);
  let compared = 0;
  for await (const wanted of createReadStream(join(dir, file)) as AsyncIterable<Buffer>) {
    while (rest.length < wanted.length) {
      const { value, done } = await served.next();
      if (done) throw new Mismatch(`${path} ends after ${compared + rest.length} bytes.`);
      rest = Buffer.concat([rest, value]);
    }
    if (!rest.subarray(0, wanted.length).equals(wanted)) throw new Mismatch(`${path} differs after byte ${compared}.`);
    rest = rest.subarray(wanted.length);
    compared += wanted.length;
  }
  if (rest.length > 0 || !(await served.next()).done)
    throw new Mismatch(`${path} has more than its ${compared} bytes.`);
  return compared;
}

/** Names below `localhost` are this machine in every browser; Node's resolver does not know that, so the name goes into the header. */
function request(origin: URL, path: string): Promise<IncomingMessage> {
  const isLocal = origin.hostname.endsWith(".localhost");
  return new Promise((resolve, reject) => {
    const options = {
      host: isLocal ? "127.0.0.1" : origin.hostname,
      port: origin.port || 80,
      path,
      headers: { host: origin.host, "accept-encoding": "identity" },
    };
    get(options, resolve).on("error", reject);
  });
}
