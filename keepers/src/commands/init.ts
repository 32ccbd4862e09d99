import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { encryptKeystore } from "@4ever/sdk/node/keystore";
import { type Address, type Hex, isHex, size } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { ConfigError, loadDeployment, parseConfig } from "../config.ts";

export type InitOptions = {
  config: string;
  role: "provider" | "watcher";
  rpc: string;
  deployment: string;
  database: string;
  schema: string;
  provider?: string;
  port: string;
  publicUrl?: string;
  dataDir: string;
  passwordFile?: string;
  importKey?: string;
};

export type InitResult = {
  configFile: string;
  keystoreFile: string;
  passwordFile: string | undefined;
  address: Address;
};

/**
 * Writes a configuration and an encrypted key beside it, both for the owner's eyes only. Overwrites nothing. A key comes from the file
 * `importKey`, or is made. The password comes from `passwordFile` or KEEPER_PASSWORD; without either one is made, into a file of its own.
 */
export async function init(options: InitOptions, env: NodeJS.ProcessEnv): Promise<InitResult> {
  if (!/^\d{1,5}$/.test(options.port)) throw new ConfigError(`--port: ${options.port} is not a port number`);
  if (options.publicUrl !== undefined && !URL.canParse(options.publicUrl)) {
    throw new ConfigError(`--public-url: ${options.publicUrl} is not an address, as https://provider.example.org`);
  }
  await loadDeployment(options.deployment); // without it the keeper would not start
  const configFile = resolve(options.config);
  const directory = dirname(configFile);
  const keystoreFile = join(directory, "keystore.json");
  await mkdir(directory, { recursive: true });

  const privateKey = options.importKey === undefined ? generatePrivateKey() : await readKey(options.importKey);
  const { password, passwordFile } = await passwordOf(options, env, directory);
  const publicUrl = options.publicUrl ?? `http://127.0.0.1:${options.port}`;
  const config = {
    role: options.role,
    rpcUrl: options.rpc,
    deployment: relative(directory, resolve(options.deployment)),
    databaseUrl: options.database,
    schema: options.schema,
    keystore: { file: "keystore.json", ...(passwordFile && { passwordFile: relative(directory, passwordFile) }) },
    ...(options.provider && { provider: options.provider }),
    dataDir: relative(directory, resolve(options.dataDir)) || ".",
    listen: { host: isLoopback(publicUrl) ? "127.0.0.1" : "0.0.0.0", port: Number(options.port) },
    publicUrl,
  };
  parseConfig(config, directory); // nothing is written that `start` would refuse

  await writeNew(keystoreFile, await encryptKeystore(privateKey, password));
  if (passwordFile && options.passwordFile === undefined) await writeNew(passwordFile, `${password}\n`);
  await writeNew(configFile, `${JSON.stringify(config, null, 2)}\n`);
  return { configFile, keystoreFile, passwordFile, address: privateKeyToAddress(privateKey) };
}

async function passwordOf({ passwordFile }: InitOptions, env: NodeJS.ProcessEnv, directory: string) {
  if (passwordFile !== undefined) {
    const password = (await readFile(passwordFile, "utf8")).replace(/\r?\n$/, "");
    if (password === "") throw new ConfigError(`--password-file: ${passwordFile} is empty`);
    return { password, passwordFile: resolve(passwordFile) };
  }
  if (env.KEEPER_PASSWORD) return { password: env.KEEPER_PASSWORD, passwordFile: undefined };
  return { password: randomBytes(24).toString("base64url"), passwordFile: join(directory, "password") };
}

async function readKey(file: string): Promise<Hex> {
  const text = (await readFile(file, "utf8")).trim();
  const key = text.startsWith("0x") ? text : `0x${text}`;
  if (!isHex(key) || size(key) !== 32)
    throw new ConfigError(`--import-key: ${file} does not hold a private key of 32 bytes`);
  return key;
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new ConfigError(`${file} exists already; nothing was overwritten`, { cause });
  }
}

function isLoopback(url: string): boolean {
  return /^(127\.|localhost$|\[::1\]$)/.test(new URL(url).hostname);
}
