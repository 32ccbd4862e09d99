// Keepers as operators run them: one process each, from a configuration file, with an encrypted key.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Address, bytesToHex, type Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { encryptKeystore } from "../../sdk/src/node/keystore.ts";
import { mustRun, PROJECT_ROOT } from "../command.ts";
import type { ProcessOptions, ProcessTable } from "./processes.ts";
import { type KeepOptions, type KeptProcess, keepProcess } from "./restarts.ts";
import { callRpc } from "./rpc.ts";

/** The public test keys need no slow derivation: everybody knows them. */
const KEYSTORE_COST = 2 ** 12;
const MAIN = join(PROJECT_ROOT, "keepers/src/main.ts");
const COMPILE_CACHE = join(PROJECT_ROOT, ".local/node-cache");

export type KeeperSeat = {
  /** Names log, data and database schema; lower case. */
  name: string;
  role: "provider" | "watcher";
  /** Key of the keeper: the operator's. */
  account: HDAccount;
  /** The provider that it serves. */
  provider?: Address;
  port: number;
  /** Most bytes that it takes; no limit of its own when absent. */
  quotaBytes?: number;
};

/** `folder` has one folder per keeper. */
export type KeeperPlace = { folder: string; rpcUrl: string; deploymentFile: string; databaseUrl: string };

export type RunningKeeper = KeptProcess & {
  readonly name: string;
  /** Where customers and gateways reach it. */
  readonly url: string;
};

function privateKeyOf(account: HDAccount): Hex {
  const { privateKey } = account.getHdKey();
  if (!privateKey) throw new Error(`${account.address} has no private key`);
  return bytesToHex(privateKey);
}

/** Writes keystore, password and configuration; what is there already stays, except for addresses and ports. */
async function writeConfiguration(seat: KeeperSeat, place: KeeperPlace): Promise<{ file: string; isNew: boolean }> {
  const folder = join(place.folder, seat.name);
  mkdirSync(folder, { recursive: true });
  const [keystore, passwordFile] = [join(folder, "keystore.json"), join(folder, "password")];
  const isNew = !existsSync(keystore);
  if (isNew) {
    const password = randomBytes(16).toString("hex");
    writeFileSync(passwordFile, password, { mode: 0o600 });
    writeFileSync(keystore, await encryptKeystore(privateKeyOf(seat.account), password, KEYSTORE_COST), {
      mode: 0o600,
    });
  }
  const file = join(folder, "keeper.json");
  const config = {
    role: seat.role,
    rpcUrl: place.rpcUrl,
    deployment: place.deploymentFile,
    databaseUrl: place.databaseUrl,
    schema: seat.name.replaceAll("-", "_"),
    keystore: { file: keystore, passwordFile },
    ...(seat.provider && { provider: seat.provider }),
    dataDir: keeperDataDir(seat, place),
    listen: { host: "127.0.0.1", port: seat.port },
    publicUrl: keeperUrl(seat),
    gateway: { workers: 0 }, // several keepers share this machine
    ...(seat.quotaBytes !== undefined && { accept: { quotaBytes: seat.quotaBytes } }),
    // Of the local token, 3,000 a coin; a local channel that is closed ends a minute later.
    ...(seat.provider && { vouchers: { coinPrices: { "1": "3000000000" }, marginSeconds: 40 } }),
    // An EVER is worth a tenth of the local token: whatever falls so low is bought, so that something is burned.
    ...(seat.role === "watcher" && {
      auctions: { everPrices: { "1": "100000" }, maxLotEver: `${100n * 10n ** 18n}`, minLotEver: `${10n ** 16n}` },
      exits: { worth: 1 },
    }),
    // A coin buys 100 EVER here, so that rewards of a few deals are worth their gas.
    ...(seat.provider && {
      rewards: { everPerCoin: "100000000000000000000", worth: 1, withdrawFor: "provider" },
    }),
    settleEveryPeriods: 3, // a local period lasts seconds, and a person waits to see earnings
  };
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return { file, isNew };
}

/** A keeper with a new database refuses a key that was used. Here the keys are everybody's, and the keepers of earlier deployments are gone. */
async function adoptKey(config: string, { account }: KeeperSeat, { rpcUrl }: KeeperPlace): Promise<void> {
  const used = await callRpc<string>(rpcUrl, "eth_getTransactionCount", [account.address, "latest"]);
  if (Number(used) === 0) return;
  const args = [MAIN, "adopt", "--yes", "--config", config];
  await mustRun(process.execPath, args, { cwd: PROJECT_ROOT });
}

/** Where the keeper of a seat is reached. */
export function keeperUrl({ port }: Pick<KeeperSeat, "port">): string {
  return `http://127.0.0.1:${port}`;
}

/** Where the keeper of a seat keeps its pieces. */
export function keeperDataDir(seat: Pick<KeeperSeat, "name">, place: Pick<KeeperPlace, "folder">): string {
  return join(place.folder, seat.name, "data");
}

/** What it takes to start the keeper of a seat; its files are written. */
export async function keeperProcess(seat: KeeperSeat, place: KeeperPlace): Promise<ProcessOptions> {
  const { file: config, isNew } = await writeConfiguration(seat, place);
  if (isNew) await adoptKey(config, seat, place);
  const url = keeperUrl(seat);
  return {
    name: seat.name,
    command: process.execPath,
    args: [MAIN, "start", "--config", config],
    cwd: PROJECT_ROOT,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE }, // a third less to compute at each start
    isReady: async () => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok,
  };
}

/** Starts a keeper and keeps it running. @throws ProcessFailed when it does not get ready */
export async function startKeeper(
  processes: ProcessTable,
  seat: KeeperSeat,
  place: KeeperPlace,
  keep: KeepOptions = {},
): Promise<RunningKeeper> {
  const options = await keeperProcess(seat, place);
  const kept = await keepProcess((signal) => processes.start({ ...options, signal }), keep);
  return {
    name: seat.name,
    url: keeperUrl(seat),
    get pid() {
      return kept.pid;
    },
    failed: kept.failed,
    stop: kept.stop,
  };
}
