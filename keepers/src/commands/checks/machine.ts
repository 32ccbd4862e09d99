import { access, constants, mkdir, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import type { Offer } from "@4ever/sdk/offers";
import { formatBytes } from "@4ever/sdk/units";
import type { Database } from "../../store/database.ts";
import { compareVolume, volumeName } from "../../store/volume.ts";
import { type Finding, failed, ok, type Subject, warning } from "./check.ts";

const ASK_MS = 5_000;

/** What a running keeper says of itself. */
export type Health = {
  status: string;
  role: string;
  leading: boolean;
  refusal?: string;
  adapters: { network: string; state: string; detail: string }[];
};

/** Asks a keeper how it is; undefined when none answers. */
export async function healthAt(url: string): Promise<Health | undefined> {
  try {
    const response = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(ASK_MS) });
    const health = (await response.json()) as Health;
    return "leading" in health ? health : undefined;
  } catch {
    return undefined;
  }
}

/** Where this configuration's own process is reached from this machine. */
export function localUrl({ listen: { host, port } }: Subject["config"]): string {
  const isEverywhere = host === "0.0.0.0" || host === "::";
  return `http://${isEverywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether the disk has room for what is offered, and for what was accepted and has not come yet. */
export async function checkDisk(
  { config: { dataDir, accept } }: Subject,
  offers: readonly Offer[],
  expectedBytes: number,
): Promise<Finding> {
  await mkdir(dataDir, { recursive: true });
  await access(dataDir, constants.W_OK);
  const { bavail, bsize, blocks } = await statfs(dataDir);
  const [free, all] = [BigInt(bavail) * BigInt(bsize), BigInt(blocks) * BigInt(bsize)];
  const offered = offers.reduce((sum, { freeBytes }) => sum + freeBytes, 0n);
  const quota = accept.quotaBytes === undefined ? "no quota" : `a quota of ${formatBytes(accept.quotaBytes)}`;
  const detail =
    `${formatBytes(free)} of ${formatBytes(all)} free in ${dataDir}, ${quota}; ` +
    `${formatBytes(expectedBytes)} of running deals may still come, ${formatBytes(offered)} are on offer`;
  const advice = "Free space or add some, offer less, or set accept.quotaBytes to what you want to fill.";
  if (free < BigInt(expectedBytes)) return failed(detail, `${advice} Customers have paid for what would not fit.`);
  if (accept.quotaBytes !== undefined && BigInt(accept.quotaBytes) > all)
    return warning(detail, "Lower accept.quotaBytes.");
  return free >= offered + BigInt(expectedBytes) ? ok(detail) : warning(detail, advice);
}

/** Whether this process sees the pieces that the database tells of. */
export async function checkPieces({ config: { dataDir } }: Subject, db: Database): Promise<Finding> {
  const verdict = await compareVolume(db, await volumeName(dataDir));
  if (verdict.isShared) return ok(`the place of all processes (${verdict.name})`);
  const detail = `${verdict.pieces} pieces are in another place (${verdict.known}), ${dataDir} is ${verdict.name}`;
  return failed(
    detail,
    "Give all processes of a keeper the same volume. Pieces that are lost for good: 4ever-keeper adopt.",
  );
}

/** Whether customers reach the keeper where the registry sends them; as far as this machine can tell. */
export async function checkReachable({ config, deployment }: Subject): Promise<Finding> {
  const { publicUrl } = config;
  const isRunning = (await healthAt(localUrl(config))) !== undefined;
  let problem: string;
  try {
    const response = await fetch(publicUrl, { signal: AbortSignal.timeout(ASK_MS) });
    const info = (await response.json()) as { provider?: string; market?: string };
    if (info.provider === config.provider && info.market === deployment.contracts.DealMarket) {
      return ok(`${publicUrl} leads to this keeper; asked from here, not from outside`);
    }
    problem = `somebody else answers at ${publicUrl}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    problem = `${publicUrl}: ${cause instanceof Error ? cause.message : cause}`;
  }
  if (!isRunning) return ok(`not looked at: no keeper runs here yet (${problem})`);
  return failed(problem, "Check DNS, certificate, proxy and firewall: customers cannot upload, and nobody reads.");
}

export function checkAdapters(health: Health | undefined): Finding {
  if (!health) return ok("not looked at: no keeper runs yet");
  if (health.adapters.length === 0) return ok("none is loaded: there is no piece to serve yet");
  const told = health.adapters.map(({ network, state, detail }) => `${network} ${state} (${detail})`).join(", ");
  if (health.adapters.every(({ state }) => state === "active" || state === "unverified")) return ok(told);
  return failed(
    told,
    "Read the detail, and the keeper's log. A damaged piece cannot be proven: restore it from a backup.",
  );
}

export async function checkPort({ config }: Subject): Promise<Finding> {
  const { host, port } = config.listen;
  if (port === 0) return ok("any free port");
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer().once("error", resolve);
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
  if (!problem) return ok(`${host}:${port} is free`);
  if (await healthAt(localUrl(config))) return ok(`a keeper listens on ${host}:${port}`);
  return failed(`${host}:${port}: ${problem.message}`, "Choose another listen.port, or end what uses this one.");
}
