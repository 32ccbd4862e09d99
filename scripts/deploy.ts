// Deploys the whole protocol, or finds that it is there, and writes down where. Safe to run twice.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { createHardhatRuntimeEnvironment, importUserConfig, resolveHardhatConfigPath } from "hardhat/hre";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import {
  type Address,
  concat,
  createPublicClient,
  type Hash,
  type Hex,
  http,
  keccak256,
  stringToHex,
  zeroAddress,
} from "viem";
import { protocolModule } from "../contracts/ignition/modules/Protocol.ts";
import { encodeInvite } from "../sdk/src/invites/code.ts";
import { batchTypedData } from "../sdk/src/invites/invite.ts";
import { issue } from "../sdk/src/invites/issuing.ts";
import { ensureBuilt } from "./build-steps.ts";
import { assertHandover, isDeployed, readParameters, readTokens } from "./deployment/chain.ts";
import {
  type DeployParameters,
  LOCAL_INVITER,
  LOCAL_PROVIDERS,
  type Plan,
  parseDeployParameters,
  planDeployment,
} from "./deployment/parameters.ts";
import {
  type Beginning,
  type DeployedContracts,
  type DeploymentRecord,
  type Identity,
  isSame,
  type LocalInvite,
  readJson,
  readRecord,
  writeJson,
} from "./deployment/record.ts";
import { withLockFile } from "./lock-file.ts";

export type { DeployParameters } from "./deployment/parameters.ts";
export type { DeploymentRecord } from "./deployment/record.ts";

const REPOSITORY = join(import.meta.dirname, "..");
/** Held by whoever builds the contracts. */
const BUILD_LOCK = join(REPOSITORY, ".local/build/contracts.lock");
/** Contracts whose code makes a deployment what it is. */
const CONTRACTS = [
  "EverToken",
  "Ledger",
  "DealPayments",
  "UsageChannels",
  "DealMarket",
  "PossessionProofs",
  "RandomBeacon",
  "StakeVault",
  "ProviderRegistry",
  "InviteRegistry",
  "ServiceCatalog",
  "NetworkLens",
  "AccessManager",
  "EverTimelock",
  "EverGovernor",
  "Guardian",
  "Council",
  "ExitBounties",
];
const LOCAL_CONTRACTS = ["Faucet", "LocalUsd"];
/** Invitations for whoever wants to try to become a provider of a local chain. */
const OPEN_INVITES = 10;
const INVITE_SECONDS = 365 * 86_400;

export interface DeployOptions {
  rpcUrl: string;
  /** File that the record is written to. */
  outFile: string;
  /** Default: the local profile. */
  parameters?: DeployParameters;
  /** Shows Ignition's own progress. */
  isShown?: boolean;
}

/**
 * Deploys to the chain behind `rpcUrl` and writes the record, unless the record in `outFile` is of the same chain, code and
 * parameters and its contracts are there. The deployer is the node's first account, on a public network the key in DEPLOYER_KEY.
 * An interrupted deployment to a public network goes on where it ended; on a local chain it starts afresh.
 * Throws `ProfileInvalid`, `DeployParametersInvalid` or `HandoverIncomplete`, or what Hardhat throws.
 */
export async function deploy(options: DeployOptions): Promise<DeploymentRecord> {
  const { rpcUrl, outFile, parameters = { profile: "local" }, isShown = false } = options;
  const client = createPublicClient({ transport: http(rpcUrl) });
  const [chainId, genesisBlock, latest] = await Promise.all([
    client.getChainId(),
    client.getBlock({ blockNumber: 0n }),
    client.getBlock(),
  ]);
  await ensureBuilt(["contracts"]); // not by Hardhat itself: of two builds at once one fails
  const hre = await createEnvironment();

  const identity: Identity = {
    genesisHash: genesisBlock.hash,
    codeHash: await codeHashOf(hre, parameters.profile === "local" ? [...CONTRACTS, ...LOCAL_CONTRACTS] : CONTRACTS),
    parametersHash: hashOf(planDeployment(parameters, chainId, 0)), // the origin is the time of the deployment
  };
  const known = await readRecord(outFile);
  if (known && (await isDeployed(client, known, identity))) return known;

  const isLocal = parameters.profile === "local";
  const now = { originAt: Number(latest.timestamp), startBlock: Number(latest.number) + 1 };
  const { journal, originAt, startBlock } = await begin(outFile, parameters, identity, now);
  const plan = planDeployment(parameters, chainId, originAt);
  const { contracts, deployer } = await runModule(hre, { rpcUrl, isShown, isLocal, plan, journal });
  await assertHandover(client, contracts, deployer);
  const tokens = isLocal ? [contracts.PaymentToken] : plan.genesis.paymentTokens;
  const record: DeploymentRecord = {
    network: plan.network,
    chainId,
    ...identity,
    startBlock,
    contracts,
    parameters: await readParameters(client, contracts),
    tokens: await readTokens(client, contracts.Ledger, tokens),
    ...(isLocal && { invites: await signLocalInvites(chainId, contracts.InviteRegistry, originAt) }),
  };
  await writeJson(outFile, record);
  await rm(beginningFileOf(outFile), { force: true });
  if (isLocal) await rm(journalOf(hre, journal), { recursive: true, force: true });
  return record;
}

async function createEnvironment(): Promise<HardhatRuntimeEnvironment> {
  const config = await resolveHardhatConfigPath(join(REPOSITORY, "hardhat.config.ts"));
  return await createHardhatRuntimeEnvironment(await importUserConfig(config), { config }, REPOSITORY);
}

function hashOf(value: unknown): Hash {
  return keccak256(stringToHex(JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}` : part))));
}

async function codeHashOf(hre: HardhatRuntimeEnvironment, names: readonly string[]): Promise<Hash> {
  const artifacts = await Promise.all(names.map((name) => hre.artifacts.readArtifact(name)));
  return keccak256(concat(artifacts.map(({ bytecode }) => keccak256(bytecode as Hex))));
}

const beginningFileOf = (outFile: string) => `${outFile}.started`;

function journalOf(hre: HardhatRuntimeEnvironment, name: string): string {
  return join(hre.config.paths.ignition, "deployments", name);
}

/** The beginning of an interrupted deployment, or a new one that is written down before anything is sent. */
async function begin(
  outFile: string,
  { profile }: DeployParameters,
  identity: Identity,
  now: { originAt: number; startBlock: number },
): Promise<Beginning> {
  const journal = `${profile}-${identity.genesisHash.slice(2, 10)}-${randomBytes(4).toString("hex")}`;
  const beginning: Beginning = { journal, ...identity, ...now };
  if (profile === "local") return beginning; // a local chain may lose its last blocks, and a journal that is ahead of it misleads
  const file = beginningFileOf(outFile);
  const known = await readJson<Beginning>(file);
  if (known && isSame(known, identity)) return known;
  await writeJson(file, beginning);
  return beginning;
}

interface Run {
  rpcUrl: string;
  isShown: boolean;
  isLocal: boolean;
  plan: Plan;
  journal: string;
}

/** Runs the deployment module, on a node that holds the keys or with the key of the environment. */
async function runModule(hre: HardhatRuntimeEnvironment, { rpcUrl, isShown, isLocal, plan, journal }: Run) {
  const { ignition, viem } = await hre.network.create({
    network: isLocal ? "unlocked" : "remote",
    override: { url: rpcUrl },
  });
  const [deployer] = await viem.getWalletClients();
  if (!deployer) throw new Error(`The node at ${rpcUrl} has no account to deploy with.`);
  await mkdir(dirname(BUILD_LOCK), { recursive: true });
  // Ignition builds the contracts once more, and two builds at a time in one clone break each other's cache.
  const deployed = await withLockFile(BUILD_LOCK, () =>
    ignition.deploy(protocolModule(plan.profile, plan.genesis), {
      deploymentId: journal,
      displayUi: isShown,
      ...(isLocal && { config: { requiredConfirmations: 1, blockPollingInterval: 50 } }),
    }),
  );
  const { faucet, usd, council }: Partial<Record<string, { address: Address }>> = deployed; // not everywhere
  const paymentToken = usd?.address ?? plan.genesis.paymentTokens[0];
  if (!paymentToken) throw new Error("No payment token is listed.");
  const contracts: DeployedContracts = {
    EverToken: deployed.ever.address,
    PaymentToken: paymentToken,
    Ledger: deployed.ledger.address,
    DealPayments: deployed.payments.address,
    UsageChannels: deployed.channels.address,
    FeeRouter: deployed.router.address,
    InsurancePool: deployed.insurance.address,
    RewardPool: deployed.rewards.address,
    DealMarket: deployed.market.address,
    PossessionProofs: deployed.proofs.address,
    RandomBeacon: deployed.beacon.address,
    StakeVault: deployed.vault.address,
    ProviderRegistry: deployed.registry.address,
    InviteRegistry: deployed.invites.address,
    ServiceCatalog: deployed.catalog.address,
    NetworkLens: deployed.lens.address,
    AccessManager: deployed.manager.address,
    TimelockController: deployed.timelock.address,
    EverGovernor: deployed.governor.address,
    Guardian: deployed.guardian.address,
    ExitBounties: deployed.exits.address,
    ...(council && { Council: council.address }),
    ...(faucet && { Faucet: faucet.address }),
  };
  return { contracts, deployer: deployer.account.address };
}

/** One batch: an invitation for each local provider, and some for whoever holds them. */
async function signLocalInvites(chainId: number, registry: Address, originAt: number): Promise<LocalInvite[]> {
  const terms = { issuer: LOCAL_INVITER.address, nonce: 0n, expiresAt: originAt + INVITE_SECONDS };
  const invitees = [...LOCAL_PROVIDERS, ...Array<"anybody">(OPEN_INVITES).fill("anybody")];
  const invites = await issue(terms, invitees, (batch) =>
    LOCAL_INVITER.signTypedData(batchTypedData({ chainId, address: registry }, batch)),
  );
  return invites.map((invite) => ({
    invitee: invite.key ? zeroAddress : invite.invitee,
    invite: encodeInvite(invite),
  }));
}

const USAGE = `Usage: node scripts/deploy.ts --rpc URL --out FILE [--parameters FILE]

Without --parameters the local profile is deployed to a development chain that holds the public test keys.
With a production profile the deployer's key is read from DEPLOYER_KEY; see docs/deploying.md.`;

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rpc: { type: "string" }, out: { type: "string" }, parameters: { type: "string" } },
  });
  if (values.rpc === undefined || values.out === undefined) {
    console.error(USAGE);
    process.exitCode = 1;
  } else {
    const parameters = parseDeployParameters(
      values.parameters === undefined ? { profile: "local" } : JSON.parse(await readFile(values.parameters, "utf8")),
    );
    const record = await deploy({ rpcUrl: values.rpc, outFile: values.out, parameters, isShown: true });
    console.log(`Deployed to chain ${record.chainId}; addresses are in ${values.out}`);
  }
}
