import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Address, Hash } from "viem";
import { type Deployment, parseDeployment } from "../../sdk/src/deployments.ts";

/** A payment token that the catalogue listed at the deployment. */
export interface ListedToken {
  /** Number in the ledger. */
  tokenId: number;
  address: Address;
  symbol: string;
  decimals: number;
}

/** An invitation to the local chain. */
export interface LocalInvite {
  /** Who may use it; zero for whoever holds it. */
  invitee: Address;
  /** Its code. */
  invite: string;
}

/** What tells one deployment from another. */
export interface Identity {
  /** Hash of block 0: a chain that was started afresh is another chain. */
  genesisHash: Hash;
  /** Hash of the creation code of all contracts. */
  codeHash: Hash;
  /** Hash of the parameters. */
  parametersHash: Hash;
}

/** Whether two deployments are of the same chain, code and parameters. */
export function isSame(left: Identity, right: Identity): boolean {
  return (["genesisHash", "codeHash", "parametersHash"] as const).every((key) => left[key] === right[key]);
}

/** What is written down of a deployment, for every client. */
export interface DeploymentRecord extends Deployment, Identity {
  tokens: ListedToken[];
  /** On local chains only. */
  invites?: LocalInvite[];
}

/** The addresses that a deployment module returned, by the contracts' names. */
export type DeployedContracts = Deployment["contracts"] & { AccessManager: Address; TimelockController: Address };

/** How a deployment began: its constructor arguments must not change when it goes on later. */
export interface Beginning extends Identity {
  /** Name of Ignition's journal. */
  journal: string;
  /** Unix seconds. */
  originAt: number;
  startBlock: number;
}

/** The record on disk; undefined when there is none. Throws when there is one that cannot be read. */
export async function readRecord(file: string): Promise<DeploymentRecord | undefined> {
  const record = await readJson<DeploymentRecord>(file);
  return record && { ...record, ...parseDeployment(record) };
}

/** What `writeJson` wrote; undefined when there is no file. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Writes in one step: a reader sees the old file or the new one, never half of it. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
