import { setTimeout as delay } from "node:timers/promises";
import { callRpc } from "../stack/rpc.ts";
import type { SoakNetwork } from "./network.ts";

const ASK_MS = 250;

/** What did not come to rest in time. */
export class NotQuiet extends Error {
  override readonly name = "NotQuiet";
}

/** Asks until there is an answer, at most for so many seconds. Throws {@link NotQuiet}. */
export async function until<T>(
  what: string,
  seconds: number,
  signal: AbortSignal,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new NotQuiet(`${what} did not come within ${seconds} s`);
    await delay(ASK_MS, undefined, { signal });
  }
}

type Health = { status: string; leading: boolean; head: { number: number }; busy: string[] };

/** Why a keeper is not at rest; undefined when it is: well, leading, with the chain's head applied and nothing under way. */
async function unrestOf(url: string, height: number): Promise<string | undefined> {
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) });
  const { status, leading, head, busy } = (await response.json()) as Health;
  if (status !== "ok" || !leading) return `it is ${status}`;
  if (head.number < height) return `it is at block ${head.number} of ${height}`;
  return busy.length > 0 ? `it is busy with ${busy.join(", ")}` : undefined;
}

/** Waits until every part is up, every keeper has caught up, and nobody has a request to answer any more. */
export async function becomeQuiet(network: SoakNetwork, seconds: number, signal: AbortSignal): Promise<void> {
  const { supervisor, keeperUrls, rpcUrl } = network;
  await until("every process", seconds, signal, async () => (supervisor.isAllUp() ? true : undefined));
  let why = "";
  let quietSince: number | undefined;
  await until("rest", seconds, signal, async () => {
    const height = Number(await callRpc(rpcUrl, "eth_blockNumber")) - 2;
    const found = await Promise.all(
      Object.entries(keeperUrls).map(async ([name, url]) => {
        const unrest = await unrestOf(url, height).catch((error: Error) => error.message);
        return unrest && `${name}: ${unrest}`;
      }),
    );
    why = found.filter(Boolean).join("; ");
    quietSince = why === "" ? (quietSince ?? performance.now()) : undefined;
    // A while, so that what one block brings is done as well.
    return quietSince !== undefined && performance.now() - quietSince > 4_000 ? true : undefined;
  }).catch((error: unknown) => {
    throw error instanceof NotQuiet ? new NotQuiet(`${error.message} (${why})`) : error;
  });
}
