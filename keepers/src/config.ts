import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Deployment, parseDeployment } from "@4ever/sdk/deployments";
import { type Address, getAddress, isAddress } from "viem";
import { z } from "zod";
import { SCHEMA_NAME } from "./store/database.ts";

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), "is not an address")
  .transform((text): Address => getAddress(text));
const amount = z.string().regex(/^\d+$/, "is not a whole number of base units, as text").transform(BigInt);
const byToken = <T extends z.ZodType>(value: T) => z.record(z.string().regex(/^\d+$/, "is not a token number"), value);
const bytes = z.int().positive();

const schema = z.strictObject({
  /** `provider` accepts, keeps and proves; `watcher` looks after everybody's deals. */
  role: z.enum(["provider", "watcher"]),
  rpcUrl: z.url({ protocol: /^https?$/, error: "is not the http(s) address of a node" }),
  /** Path of the deployment's JSON. */
  deployment: z.string().min(1),
  databaseUrl: z.url({
    protocol: /^postgres(ql)?$/,
    error: "is not the address of a database, as postgresql://user:password@host:port/name",
  }),
  /** Schema of this keeper alone. */
  schema: z.string().regex(SCHEMA_NAME, "is not a plain lower-case name"),
  /** The keeper's key as an encrypted file; instead of `signer`. */
  keystore: z
    .strictObject({
      file: z.string().min(1),
      /** File with the password; else the environment's KEEPER_PASSWORD. */
      passwordFile: z.string().min(1).optional(),
    })
    .optional(),
  /** The keeper's key at a remote signer that speaks Web3Signer's HTTP API; instead of `keystore`. */
  signer: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: "is not the http(s) address of a signer" }),
      address,
      /** PEM files: whom to believe, and who the keeper is. */
      tls: z
        .strictObject({
          caFile: z.string().min(1).optional(),
          certFile: z.string().min(1).optional(),
          keyFile: z.string().min(1).optional(),
        })
        .optional(),
      timeoutMs: z.int().min(100).max(60_000).default(5_000),
    })
    .optional(),
  /** Account of the provider; needed for that role. */
  provider: address.optional(),
  dataDir: z.string().min(1),
  listen: z.strictObject({ host: z.string().min(1), port: z.int().min(0).max(65_535) }),
  /** Where customers reach this keeper: the endpoint that the registry names. */
  publicUrl: z.url({ protocol: /^https?$/, error: "is not an http(s) address" }),
  /** Where the other processes of this keeper reach this one; by default its machine's name and port. */
  peerUrl: z.url({ protocol: /^http$/, error: "is not an http address" }).optional(),
  /** Where content is read, with `{cid}`; by default `<cid>.ipfs.localhost` on this keeper's port. */
  contentUrl: z.string().includes("{cid}").optional(),
  accept: z
    .strictObject({
      maxDealBytes: bytes.optional(),
      quotaBytes: bytes.optional(),
      tokenIds: z.array(z.int().positive()).optional(),
      minUnitPrices: byToken(amount).optional(),
      refusedCustomers: z.array(address).optional(),
    })
    .default({}),
  /** Closed periods after which a deal is settled. */
  settleEveryPeriods: z.int().positive().default(7),
  /** Further periods that a watcher leaves a deal to its provider. */
  patiencePeriods: z.int().nonnegative().default(2),
  /** Where earnings go, and from which balance per token number on. Only where the key is the provider's own. */
  payout: z.strictObject({ address, thresholds: byToken(amount) }).optional(),
  /** Vouchers of usage channels that this keeper takes and redeems; without it, none. */
  vouchers: z
    .strictObject({
      /** By token number: base units that one native coin is worth to you. Vouchers in other tokens are not taken. */
      coinPrices: byToken(amount).refine((prices) => Object.keys(prices).length > 0, "names no token"),
      /** How many times its gas a voucher must pay before it is redeemed in ordinary times. */
      worth: z.int().positive().default(20),
      /** How long before a channel's end whatever is more than its gas is redeemed; less than the contract's close window. */
      marginSeconds: z.int().positive().default(43_200),
    })
    .optional(),
  /** Fees that this keeper buys for EVER at auction, out of its key's own; without it, none. */
  auctions: z
    .strictObject({
      /** By token number: base units that one EVER is worth to you. Fees in other tokens are not bought. */
      everPrices: byToken(amount.refine((price) => price > 0n, "is zero")).refine(
        (prices) => Object.keys(prices).length > 0,
        "names no token",
      ),
      /** Most EVER for one lot. Base units. */
      maxLotEver: amount,
      /** Lots and fees worth less are left alone. EVER base units. */
      minLotEver: amount.default(10n ** 18n),
    })
    .optional(),
  /** EVER that this keeper fetches for its provider, when it is worth the gas; without it, none. */
  rewards: z
    .strictObject({
      /** EVER base units that one native coin is worth to you. */
      everPerCoin: amount.refine((ever) => ever > 0n, "is nothing"),
      /** How many times its gas a transaction must bring. */
      worth: z.int().positive().default(5),
      /** Whose thawed stake is paid out: that of nobody, of the provider, or of its delegators too. Nobody pays you for it. */
      withdrawFor: z.enum(["nobody", "provider", "delegators"]).default("provider"),
    })
    .optional(),
  /** Bounties for paying out thawed stake of anybody, at any provider; without it, none are earned. */
  exits: z
    .strictObject({
      /** How many times the gas at the moment's price a bounty must be. */
      worth: z.int().positive().default(2),
      /** Bounties below this are left alone. Wei. */
      leastWei: amount.default(0n),
    })
    .optional(),
  ipfs: z
    .strictObject({
      /** Multiaddresses on which blocks are served by Bitswap; none by default. */
      listen: z.array(z.string().startsWith("/")).default([]),
    })
    .default({ listen: [] }),
  /** Where pieces are kept: the name of a storage adapter, with what it needs. */
  storage: z
    .discriminatedUnion("adapter", [
      z.strictObject({ adapter: z.literal("helia") }),
      z.strictObject({ adapter: z.literal("node-storage") }),
      z.strictObject({
        adapter: z.literal("kubo"),
        /** Its RPC API, which must be reachable for nobody else. */
        api: z.url({ protocol: /^https?$/, error: "is not the http(s) address of Kubo's RPC API" }),
      }),
    ])
    .default({ adapter: "helia" }),
  gateway: z
    .strictObject({
      /** Threads that serve content; by default as many as there are cores, on one core none. With 0 the keeper's own thread serves. */
      workers: z.int().min(0).max(64).optional(),
      /** Memory for files that are asked for often, all threads together. */
      cacheBytes: bytes.default(128 * 2 ** 20),
    })
    .default({ cacheBytes: 128 * 2 ** 20 }),
  maxFeePerGasGwei: z.number().positive().default(500),
  pollMs: z.int().min(50).max(60_000).default(300),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});

/** Environment variables that stand above the file. */
const OVERRIDES = {
  KEEPER_RPC_URL: ["rpcUrl"],
  KEEPER_DEPLOYMENT: ["deployment"],
  KEEPER_DATABASE_URL: ["databaseUrl"],
  KEEPER_SCHEMA: ["schema"],
  KEEPER_PROVIDER: ["provider"],
  KEEPER_SIGNER_URL: ["signer", "url"],
  KEEPER_SIGNER_ADDRESS: ["signer", "address"],
  KEEPER_DATA_DIR: ["dataDir"],
  KEEPER_PUBLIC_URL: ["publicUrl"],
  KEEPER_PEER_URL: ["peerUrl"],
  KEEPER_CONTENT_URL: ["contentUrl"],
  KEEPER_LOG_LEVEL: ["logLevel"],
  KEEPER_HOST: ["listen", "host"],
  KEEPER_PORT: ["listen", "port"],
} as const satisfies Record<string, readonly [field: string, inner?: string]>;

type Parsed = z.infer<typeof schema>;
type Keystore = NonNullable<Parsed["keystore"]>;
type Signer = NonNullable<Parsed["signer"]>;

/** A configuration with the key in exactly one place. */
export type KeeperConfig = Omit<Parsed, "keystore" | "signer"> &
  ({ keystore: Keystore; signer?: undefined } | { signer: Signer; keystore?: undefined });

/** The configuration cannot be used; `message` names each wrong field. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Checks a parsed configuration; paths in it are made absolute against `baseDir`. Throws `ConfigError`. */
export function parseConfig(input: unknown, baseDir: string, env: NodeJS.ProcessEnv = {}): KeeperConfig {
  if (typeof input !== "object" || input === null) throw new ConfigError("the configuration is not a JSON object");
  const raw: Record<string, unknown> = { ...input };
  for (const [name, [field, inner]] of Object.entries(OVERRIDES)) {
    const text = env[name];
    if (text === undefined || text === "") continue;
    const value = name === "KEEPER_PORT" ? Number(text) : text;
    raw[field] = inner === undefined ? value : { ...(raw[field] as object | undefined), [inner]: value };
  }
  const result = schema.safeParse(raw);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`);
    throw new ConfigError(`the configuration cannot be used. ${problems.join("; ")}`);
  }
  const config = result.data;
  if (config.role === "provider" && !config.provider)
    throw new ConfigError("provider: is needed for the role provider; name the account, or take the role watcher");
  if (config.role === "watcher" && config.provider) throw new ConfigError("provider: a watcher has none");
  const path = (relative: string) => resolve(baseDir, relative);
  const { keystore, signer, ...rest } = config;
  const common = { ...rest, deployment: path(config.deployment), dataDir: path(config.dataDir) };
  if (keystore && signer) throw new ConfigError("keystore, signer: the key is in one of them, name only that");
  if (keystore) {
    const { file, passwordFile } = keystore;
    const paths = { file: path(file), ...(passwordFile !== undefined && { passwordFile: path(passwordFile) }) };
    return { ...common, keystore: paths };
  }
  if (!signer) throw new ConfigError("keystore: is needed, or signer; make a configuration with `4ever-keeper init`");
  if (signer.tls && !signer.url.startsWith("https:")) throw new ConfigError("signer.tls: needs an https address");
  const tls = Object.fromEntries(Object.entries(signer.tls ?? {}).map(([name, file]) => [name, path(file)]));
  return { ...common, signer: { ...signer, ...(signer.tls && { tls }) } };
}

/** Reads a configuration file. Throws `ConfigError`. */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv): Promise<KeeperConfig> {
  return parseConfig(
    await readJson(file, "the configuration", "Make one with `4ever-keeper init`, or name another with --config."),
    dirname(resolve(file)),
    env,
  );
}

/** Reads the deployment that a configuration names. Throws `ConfigError`, or `DeploymentError` with the wrong fields. */
export async function loadDeployment(file: string): Promise<Deployment> {
  return parseDeployment(
    await readJson(
      file,
      "deployment",
      "Put the file there that was written when the protocol was deployed to this chain.",
    ),
  );
}

/** The keystore's password, from its file or the environment. Throws `ConfigError` when there is none. */
export async function loadPassword(keystore: Keystore, env: NodeJS.ProcessEnv): Promise<string> {
  if (keystore.passwordFile === undefined) {
    if (env.KEEPER_PASSWORD) return env.KEEPER_PASSWORD;
    throw new ConfigError("keystore.passwordFile: is not set, and neither is KEEPER_PASSWORD");
  }
  try {
    return (await readFile(keystore.passwordFile, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new ConfigError(`keystore.passwordFile: cannot be read (${(cause as Error).message})`, { cause });
  }
}

async function readJson(file: string, what: string, advice: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT"
        ? "does not exist"
        : `cannot be read (${(cause as Error).message})`;
    throw new ConfigError(`${what}: ${file} ${reason}. ${advice}`, { cause });
  }
}
