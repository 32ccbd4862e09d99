import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CID } from "multiformats/cid";
import { pino } from "pino";
import type { Hex } from "viem";
import { adopt } from "../../../keepers/src/commands/adopt.ts";
import { type KeeperConfig, parseConfig } from "../../../keepers/src/config.ts";
import { type Keeper, startKeeper } from "../../../keepers/src/keeper.ts";
import { requestDeal } from "../../../sdk/src/deal-actions.ts";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { cidToDigest } from "../../../sdk/src/pieces/cid.ts";
import { buildPieceFromDirectory } from "../../../sdk/src/pieces/node.ts";
import { uploadPiece } from "../../../sdk/src/upload-client.ts";
import { signUpload, type UploadGrant } from "../../../sdk/src/uploads.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../../helpers/local-chain.ts";
import { CUSTOMER, enterProvider, MIB } from "../../helpers/story.ts";
import { startPostgres } from "./postgres.ts";

export { until } from "./until.ts";

/** A piece on disk, as a customer has it. */
export type BuiltFile = { root: Hex; leafCount: number; sizeBytes: number; cid: string; cidDigest: Hex; path: string };

export type World = Awaited<ReturnType<typeof startWorld>>;

/** A chain with the protocol, a provider that has entered, and a PostgreSQL. Stop it in the end. */
export async function startWorld() {
  const directory = await mkdtemp(join(tmpdir(), "4ever-keeper-"));
  const [postgres, chain] = await Promise.all([startPostgres(), startLocalChain()]);
  const { offerId, provider, token } = await enterProvider(chain);
  const { deployment } = chain;
  const keepers: Keeper[] = [];

  function config(overrides: Partial<Record<keyof KeeperConfig, unknown>> = {}): KeeperConfig {
    const isWatcher = overrides.role === "watcher";
    return parseConfig(
      {
        role: "provider",
        rpcUrl: chain.rpcUrl,
        deployment: "deployment.json",
        databaseUrl: postgres.url,
        schema: `keeper_${randomBytes(6).toString("hex")}`,
        keystore: { file: "keystore.json" },
        ...(!isWatcher && { provider: provider.account.address }),
        dataDir: `data-${randomBytes(4).toString("hex")}`,
        listen: { host: "127.0.0.1", port: 0 },
        publicUrl: "http://127.0.0.1:9000",
        settleEveryPeriods: 1,
        pollMs: 50,
        logLevel: "silent",
        gateway: { workers: 0 },
        ...overrides,
      },
      directory,
    );
  }

  return {
    chain,
    postgres,
    directory,
    offerId,
    token,
    provider,
    config,

    async start(overrides: Partial<Record<keyof KeeperConfig, unknown>> = {}, accountIndex?: number): Promise<Keeper> {
      const settings = config(overrides);
      const index = settings.role === "watcher" ? LOCAL_ACCOUNTS.watcher : LOCAL_ACCOUNTS.operators[0];
      const account = localAccount(accountIndex ?? index);
      // Tests use one key with one database after the other; no two of them at a time.
      await adopt({ config: settings, deployment, account: account.address }, true);
      const keeper = await startKeeper({
        config: settings,
        deployment,
        account,
        log: pino({ level: process.env.KEEPER_TEST_LOG ?? "silent" }),
      });
      keepers.push(keeper);
      return keeper;
    },

    async stop(): Promise<void> {
      await Promise.allSettled(keepers.map((keeper) => keeper.stop()));
      await chain.stop();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Builds a site of some files into a CAR. */
export async function buildSite(
  { directory }: Pick<World, "directory">,
  files: Record<string, string | Uint8Array>,
): Promise<BuiltFile> {
  const name = randomBytes(4).toString("hex");
  const source = join(directory, `site-${name}`);
  for (const [path, content] of Object.entries(files)) {
    const target = join(source, path);
    await mkdir(join(target, ".."), { recursive: true });
    await writeFile(target, content);
  }
  const path = join(directory, `site-${name}.car`);
  const piece = await buildPieceFromDirectory(source, path);
  const { root, leafCount, sizeBytes, cid } = piece;
  return { root, leafCount, sizeBytes, cid, cidDigest: cidToDigest(CID.parse(cid)), path };
}

/** A small site with something random in it, so that no two are alike. */
export function smallSite(world: Pick<World, "directory">): Promise<BuiltFile> {
  return buildSite(world, {
    "index.html": `<h1>${randomBytes(8).toString("hex")}</h1>`,
    "data.bin": randomBytes(300_000),
  });
}

/** Asks for a deal that begins with `piece`. The customer's own key signs uploads. */
export async function requestFor(
  { chain, offerId }: Pick<World, "chain" | "offerId">,
  piece: BuiltFile,
  { termPeriods = 4, capacityBytes = 10n * MIB, customer = CUSTOMER } = {},
) {
  const wallet = chain.walletOf(customer);
  const { deployment } = chain;
  const balance = await chain.reader.getBalance({ address: wallet.account.address });
  if (balance > 0n) await claimFaucet(wallet, { deployment }).catch(() => undefined); // once a minute is enough
  const { root, leafCount, cidDigest } = piece;
  const firstPiece = { root, leafCount, cidDigest };
  return await requestDeal(wallet, { deployment, offerId, capacityBytes, termPeriods, firstPiece });
}

/** A token for one piece of a deal; `change` makes it wrong. */
export async function tokenFor(
  { chain, provider }: Pick<World, "chain" | "provider">,
  dealId: bigint,
  piece: Pick<BuiltFile, "root" | "sizeBytes">,
  change: Partial<UploadGrant> & { signer?: number; chainId?: number } = {},
): Promise<string> {
  const { signer = CUSTOMER, chainId = chain.deployment.chainId, ...fields } = change;
  return await signUpload(localAccount(signer), chainId, {
    market: chain.deployment.contracts.DealMarket,
    dealId,
    provider: provider.account.address,
    root: piece.root,
    sizeBytes: BigInt(piece.sizeBytes),
    expiresAt: BigInt((await chain.now()) + 3_600),
    ...fields,
  });
}

/** Uploads a piece as a customer does. */
export async function upload(world: World, endpoint: string, dealId: bigint, piece: BuiltFile) {
  const bytes = await readFile(piece.path);
  return await uploadPiece({
    endpoint,
    dealId,
    root: piece.root,
    token: await tokenFor(world, dealId, piece),
    sizeBytes: piece.sizeBytes,
    partBytes: 128 * 1024,
    read: (from, to) => new Uint8Array(bytes.subarray(from, to)),
  });
}

/** What a keeper says of itself. */
export async function healthOf(url: string) {
  const response = await fetch(`${url}/healthz`);
  return (await response.json()) as {
    status: string;
    leading: boolean;
    head: { number: number; at: number };
    busy: string[];
    gateway?: { threads: number };
  };
}

/** Whether a keeper has seen the newest block, and has nothing left to do about it. */
export async function isIdle(chain: Pick<LocalChain, "reader">, url: string): Promise<boolean> {
  const [{ head, busy, leading }, height] = await Promise.all([healthOf(url), chain.reader.getBlockNumber()]);
  return leading && busy.length === 0 && head.number >= Number(height);
}

/** Lets the chain's time run, second by second, as fast as the keepers follow, until something is so. */
export async function runUntil<T>(
  chain: LocalChain,
  urls: readonly string[],
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  for (;;) {
    for (const url of urls) await waitIdle(chain, url);
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await chain.test.increaseTime({ seconds: 1 });
    await chain.test.mine({ blocks: 1 });
  }
}

/** Longest time that a keeper may be busy with one block, on a machine that does other things too. */
const PATIENCE_MS = 10_000;

/** Waits until a keeper is idle, but not for ever: it may wait for something that only time brings. */
export async function waitIdle(chain: Pick<LocalChain, "reader">, url: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && !(await isIdle(chain, url))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
