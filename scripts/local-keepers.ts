// The keepers of the local network: who they are, what they sell, and the files that `4ever-keeper start` reads.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Address,
  createWalletClient,
  type Hex,
  http,
  keccak256,
  parseEther,
  parseUnits,
  stringToHex,
  toHex,
} from "viem";
import { LOCAL_ACCOUNTS, localAccount } from "../contracts/ignition/local-chain.ts";
import type { Deployment } from "../sdk/src/deployments.ts";
import { createInvite } from "../sdk/src/invites.ts";
import { decryptKeystore, encryptKeystore } from "../sdk/src/node/keystore.ts";
import type { NewProvider } from "./become-provider.ts";
import { PROJECT_ROOT } from "./command.ts";

/** A keeper of the local network. `account` and `provider` are indexes of the public test accounts. */
export interface LocalKeeper {
  /** Also the name of its log file, its folder and its database schema. */
  name: string;
  role: "provider" | "watcher";
  account: number;
  provider?: number;
  /** Port that it takes when that is free. */
  wantedPort: number;
}

/** What a local provider sells. Prices in LUSD per GiB and 30 periods. */
interface LocalOffer {
  title: string;
  region: string;
  price: string;
  capacityGib: bigint;
}

const OFFERS: readonly LocalOffer[] = [
  { title: "Alder", region: "eu-central", price: "2.4", capacityGib: 64n },
  { title: "Birch", region: "us-east", price: "3.6", capacityGib: 128n },
  { title: "Cedar", region: "ap-south", price: "5", capacityGib: 256n },
];
const FIRST_PORT = 4_200;
const GIB = 2n ** 30n;
const HOSTING: Hex = keccak256(stringToHex("hosting"));
/** EVER of stake that each local provider pledges; its catalogue asks for one per GiB. */
const STAKE = parseEther("500");
const INVITE_SECONDS = 86_400;

/** The three providers' keepers, then the watcher. */
export const LOCAL_KEEPERS: readonly LocalKeeper[] = [
  ...LOCAL_ACCOUNTS.providers.map((provider, i) => ({
    name: `provider-${i + 1}`,
    role: "provider" as const,
    account: LOCAL_ACCOUNTS.operators[i] ?? provider,
    provider,
    wantedPort: FIRST_PORT + i,
  })),
  { name: "watcher", role: "watcher", account: LOCAL_ACCOUNTS.watcher, wantedPort: FIRST_PORT + 9 },
];

/** What the owner of a local provider does on chain, for `becomeProvider`. */
export function localProvider(
  number: number,
  {
    rpcUrl,
    deployment,
    tokenId,
    endpoint,
  }: { rpcUrl: string; deployment: Deployment; tokenId: number; endpoint: string },
): NewProvider {
  const offer = OFFERS[number];
  const keeper = LOCAL_KEEPERS[number];
  if (!offer || keeper?.provider === undefined) throw new RangeError(`There is no local provider ${number}.`);
  return {
    account: localAccount(keeper.provider),
    operator: localAccount(keeper.account).address,
    group: number + 1,
    name: offer.title,
    endpoint,
    invite: () => inviteByLocalIssuer(rpcUrl, deployment, localAccount(keeper.provider ?? 0).address),
    stakeAmount: STAKE,
    offer: {
      serviceId: HOSTING,
      tokenId,
      unitPrice: parseUnits(offer.price, 6),
      capacityBytes: offer.capacityGib * GIB,
      minTermPeriods: 1,
      region: offer.region,
    },
  };
}

/** An invitation to the local network for one account, signed by its issuer. */
export async function inviteByLocalIssuer(rpcUrl: string, deployment: Deployment, invitee: Address): Promise<Hex> {
  const client = createWalletClient({ account: localAccount(LOCAL_ACCOUNTS.inviter), transport: http(rpcUrl) });
  const block = (await client.request({ method: "eth_getBlockByNumber", params: ["latest", false] } as never)) as {
    timestamp: Hex;
  };
  return createInvite(client, { deployment, invitee, expiresAt: Number(block.timestamp) + INVITE_SECONDS });
}

export interface KeeperFiles {
  configFile: string;
  /** Where customers reach it. */
  endpoint: string;
}

export interface KeeperPlace {
  /** Folder of the local network. */
  dir: string;
  rpcUrl: string;
  deploymentFile: string;
  databaseUrl: string;
  port: number;
}

/** Writes configuration, keystore and password of a local keeper; keeps the keystore that is there. */
export async function writeKeeperFiles(keeper: LocalKeeper, place: KeeperPlace): Promise<KeeperFiles> {
  const folder = join(place.dir, "keepers", keeper.name);
  await mkdir(join(folder, "data"), { recursive: true });
  await ensureKeystore(folder, keeper.account);
  const endpoint = `http://127.0.0.1:${place.port}`;
  const config = {
    role: keeper.role,
    rpcUrl: place.rpcUrl,
    deployment: place.deploymentFile,
    databaseUrl: place.databaseUrl,
    schema: `keeper_${keeper.name.replaceAll("-", "_")}`,
    keystore: { file: "keystore.json", passwordFile: "password" },
    ...(keeper.provider !== undefined && { provider: localAccount(keeper.provider).address }),
    dataDir: "data",
    listen: { host: "127.0.0.1", port: place.port },
    publicUrl: endpoint,
    settleEveryPeriods: 2, // a local term is minutes
  };
  const configFile = join(folder, "keeper.json");
  await writeFile(configFile, `${JSON.stringify(config, null, 2)}\n`);
  return { configFile, endpoint };
}

/** The command that runs a keeper on its files. */
export function keeperCommand(configFile: string): { command: string; args: string[] } {
  return { command: "node", args: [join(PROJECT_ROOT, "keepers/src/main.ts"), "start", "--config", configFile] };
}

async function ensureKeystore(folder: string, index: number): Promise<void> {
  const [keystoreFile, passwordFile] = [join(folder, "keystore.json"), join(folder, "password")];
  if (existsSync(keystoreFile) && existsSync(passwordFile)) {
    const password = (await readFile(passwordFile, "utf8")).trim();
    await decryptKeystore(await readFile(keystoreFile, "utf8"), password);
    return;
  }
  const key = localAccount(index).getHdKey().privateKey;
  if (!key) throw new Error(`Test account ${index} has no private key.`);
  const password = randomBytes(16).toString("hex");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  // The key is public: a cheap derivation saves seconds at every start.
  await writeFile(keystoreFile, await encryptKeystore(toHex(key), password, 2 ** 12), { mode: 0o600 });
}
