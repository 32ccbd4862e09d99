import { access, constants, mkdir, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import type { Deployment } from "@4ever/sdk/deployments";
import { getEndpoint, listOffers, type Offer } from "@4ever/sdk/offers";
import { getProvider } from "@4ever/sdk/providers";
import { getStake } from "@4ever/sdk/stakes";
import { formatBytes, formatEver } from "@4ever/sdk/units";
import pg from "pg";
import { type Address, formatEther, type PublicClient } from "viem";
import { bindContracts, createClient } from "../chain/contracts.ts";
import type { KeeperConfig } from "../config.ts";

/** What one look found. `advice` says what to do; only when something is to do. */
export type Check = { name: string; state: "ok" | "warning" | "failed"; detail: string; advice?: string };

type Subject = { config: KeeperConfig; deployment: Deployment; account: Address };

/** Gas of one period's duties: record, prove, settle. */
const GAS_PER_PERIOD = 350_000n;
const PERIODS_OF_GAS = 100n;
const MAX_CLOCK_SECONDS = 60;
const MIN_POSTGRES = 150_000;

/** Looks at everything that a keeper needs. Never throws for what it finds. */
export async function* examine({ config, deployment, account }: Subject): AsyncGenerator<Check> {
  const client = createClient(deployment.chainId, config.rpcUrl, 5_000);
  const hasNode = yield* checked("node", () => checkNode(client, deployment));
  if (hasNode) {
    yield* checked("contracts", () => checkContracts(client, deployment));
    yield* checked("clock", () => checkClock(client));
    yield* checked("gas", () => checkGas(client, account));
    if (config.provider) {
      const { provider } = config;
      yield* checked("registration", () => checkRegistration(client, deployment, provider, account));
      yield* checked("endpoint", () => checkEndpoint(client, deployment, provider, config.publicUrl));
      const offers = (await listOffers(client, { deployment })).filter(
        (offer) => offer.provider === provider && offer.active,
      );
      yield* checked("offers", async () => checkOffers(offers));
      yield* checked("stake", () => checkStake(client, deployment, provider, offers));
      yield* checked("disk", () => checkDisk(config.dataDir, offers));
    }
  }
  yield* checked("database", () => checkDatabase(config, deployment.chainId, account));
  yield* checked("port", () => checkPort(config));
}

/** Yields what a look found, a failure as such; returns whether all is well enough to look further. */
async function* checked(name: string, look: () => Promise<Omit<Check, "name">>): AsyncGenerator<Check, boolean> {
  try {
    const check = { name, ...(await look()) };
    yield check;
    return check.state !== "failed";
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    yield { name, state: "failed", detail, advice: ADVICE_WHEN_BROKEN[name] ?? "See the message." };
    return false;
  }
}

const ADVICE_WHEN_BROKEN: Record<string, string> = {
  node: "Check rpcUrl, and that the node runs.",
  database: "Check databaseUrl, and that PostgreSQL runs.",
  disk: "Check dataDir, and that this user may write there.",
};

async function checkNode(client: PublicClient, { chainId }: Deployment): Promise<Omit<Check, "name">> {
  const [actual, height] = await Promise.all([client.getChainId(), client.getBlockNumber()]);
  if (actual === chainId) return { state: "ok", detail: `chain ${actual}, block ${height}` };
  return {
    state: "failed",
    detail: `the node is on chain ${actual}, the deployment on chain ${chainId}`,
    advice: "Set rpcUrl to a node of that chain, or deployment to the file of this one.",
  };
}

async function checkContracts(
  client: PublicClient,
  { contracts, parameters }: Deployment,
): Promise<Omit<Check, "name">> {
  const names = Object.entries(contracts) as [string, Address][];
  const codes = await Promise.all(names.map(([, address]) => client.getCode({ address })));
  const missing = names.filter((_, i) => codes[i] === undefined).map(([name]) => name);
  const advice = "Use the deployment file of this very chain.";
  if (missing.length > 0) return { state: "failed", detail: `no code at ${missing.join(", ")}`, advice };
  const { beacon } = bindContracts(client, contracts);
  const [origin, period] = await Promise.all([beacon.read.ORIGIN(), beacon.read.PERIOD_SECONDS()]);
  const isSame = Number(origin) === parameters.originAt && Number(period) === parameters.periodSeconds;
  if (!isSame) return { state: "failed", detail: "the beacon's clock is not the deployment's", advice };
  return { state: "ok", detail: `${names.length} contracts, periods of ${period} seconds` };
}

async function checkClock(client: PublicClient): Promise<Omit<Check, "name">> {
  const { timestamp } = await client.getBlock({ blockTag: "latest" });
  const seconds = Math.round(Date.now() / 1_000) - Number(timestamp);
  if (Math.abs(seconds) <= MAX_CLOCK_SECONDS) return { state: "ok", detail: `the newest block is ${seconds} s old` };
  const detail =
    seconds > 0 ? `the newest block is ${seconds} s old` : `the chain is ${-seconds} s ahead of this machine`;
  return { state: "warning", detail, advice: "Let the node catch up, and keep this machine's clock right (NTP)." };
}

async function checkGas(client: PublicClient, account: Address): Promise<Omit<Check, "name">> {
  const [balance, price] = await Promise.all([client.getBalance({ address: account }), client.getGasPrice()]);
  const needed = price * GAS_PER_PERIOD * PERIODS_OF_GAS;
  const detail = `${formatEther(balance)} ETH at ${account}; ${PERIODS_OF_GAS} periods take about ${formatEther(needed)}`;
  if (balance >= needed) return { state: "ok", detail };
  const advice = `Send native coin to the keeper's key ${account}.`;
  return { state: balance === 0n ? "failed" : "warning", detail, advice };
}

async function checkRegistration(
  client: PublicClient,
  deployment: Deployment,
  provider: Address,
  account: Address,
): Promise<Omit<Check, "name">> {
  const found = await getProvider(client, { deployment, provider });
  if (!found) {
    const advice = `Register ${provider} in the dashboard, with ${account} as operator.`;
    return { state: "failed", detail: `${provider} is not registered`, advice };
  }
  if (found.operator !== account) {
    const detail = `the registry names ${found.operator} as operator, this key is ${account}`;
    return {
      state: "failed",
      detail,
      advice: `Set the operator to ${account} in the dashboard, or use the other key.`,
    };
  }
  if (found.jailed) {
    return { state: "warning", detail: "the provider is jailed", advice: "It gets no new deals until it is freed." };
  }
  return { state: "ok", detail: `${provider}, operated by this key` };
}

async function checkEndpoint(
  client: PublicClient,
  deployment: Deployment,
  provider: Address,
  publicUrl: string,
): Promise<Omit<Check, "name">> {
  const known = await getEndpoint(client, { deployment, provider });
  const trimmed = (url: string | undefined) => url?.replace(/\/+$/, "");
  if (trimmed(known?.endpoint) === trimmed(publicUrl)) return { state: "ok", detail: publicUrl };
  const detail = `the registry says ${known?.endpoint ?? "nothing"}, publicUrl is ${publicUrl}`;
  return { state: "failed", detail, advice: "Make both the same: customers go where the registry points." };
}

function checkOffers(offers: readonly Offer[]): Omit<Check, "name"> {
  if (offers.length === 0) {
    return { state: "warning", detail: "no offer is active", advice: "Publish an offer in the dashboard." };
  }
  const free = offers.reduce((sum, { freeBytes }) => sum + freeBytes, 0n);
  return { state: "ok", detail: `${offers.length} active, ${formatBytes(free)} free` };
}

async function checkStake(
  client: PublicClient,
  deployment: Deployment,
  provider: Address,
  offers: readonly Offer[],
): Promise<Omit<Check, "name">> {
  const { catalog, stake } = bindContracts(client, deployment.contracts);
  const held = await getStake(client, { deployment, provider });
  for (const serviceId of new Set(offers.map((offer) => offer.serviceId))) {
    const free = offers
      .filter((offer) => offer.serviceId === serviceId)
      .reduce((sum, { freeBytes }) => sum + freeBytes, 0n);
    const [needed, allocation] = await Promise.all([
      catalog.read.stakeFor([serviceId, free]),
      stake.read.allocationOf([provider, serviceId]),
    ]);
    const left = allocation.amount - allocation.reserved;
    if (left >= needed) continue;
    const detail = `${formatEver(left)} back new deals of a service, all that is offered would take ${formatEver(needed)}`;
    const advice = "Allocate more stake to the service, or offer less: deals beyond it are declined.";
    return { state: left === 0n ? "failed" : "warning", detail, advice };
  }
  return { state: "ok", detail: `${formatEver(held.active)} staked, ${formatEver(held.allocated)} allocated` };
}

async function checkDisk(dataDir: string, offers: readonly Offer[]): Promise<Omit<Check, "name">> {
  await mkdir(dataDir, { recursive: true });
  await access(dataDir, constants.W_OK);
  const { bavail, bsize } = await statfs(dataDir);
  const free = BigInt(bavail) * BigInt(bsize);
  const offered = offers.reduce((sum, { freeBytes }) => sum + freeBytes, 0n);
  const detail = `${formatBytes(free)} free in ${dataDir}, ${formatBytes(offered)} on offer`;
  if (free >= offered) return { state: "ok", detail };
  return { state: "warning", detail, advice: "Free space, or set accept.quotaBytes to what you want to fill." };
}

async function checkDatabase(config: KeeperConfig, chainId: number, account: Address): Promise<Omit<Check, "name">> {
  const client = new pg.Client({ connectionString: config.databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        has_database_privilege(current_database(), 'create') as "canCreate",
        exists (select from information_schema.schemata where schema_name = $1) as "hasSchema",
        pg_try_advisory_lock(hashtextextended($2, 0)) as "isFree"`,
      [config.schema, `keeper ${chainId} ${account}`],
    );
    const { version, number, canCreate, hasSchema, isFree } = rows[0];
    if (number < MIN_POSTGRES) {
      return { state: "failed", detail: `PostgreSQL ${version}`, advice: "Use PostgreSQL 15 or later." };
    }
    if (!hasSchema && !canCreate) {
      const advice = `Create the schemas ${config.schema} and ${config.schema}_jobs for this user.`;
      return { state: "failed", detail: "this user may not create the keeper's schemas", advice };
    }
    const running = isFree ? "" : "; a keeper with this key is running";
    return {
      state: "ok",
      detail: `PostgreSQL ${version}, schema ${config.schema}${hasSchema ? "" : " (new)"}${running}`,
    };
  } finally {
    await client.end();
  }
}

async function checkPort({ listen }: KeeperConfig): Promise<Omit<Check, "name">> {
  if (listen.port === 0) return { state: "ok", detail: "any free port" };
  const { host, port } = listen;
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer().once("error", resolve);
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
  if (!problem) return { state: "ok", detail: `${host}:${port} is free` };
  const local = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const isKeeper = await fetch(`http://${local}:${port}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => "leading" in ((await response.json()) as object),
    () => false,
  );
  if (isKeeper) return { state: "ok", detail: `a keeper listens on ${host}:${port}` };
  return { state: "failed", detail: `${host}:${port}: ${problem.message}`, advice: "Choose another listen.port." };
}
