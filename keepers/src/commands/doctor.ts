import type { Deployment } from "@4ever/sdk/deployments";
import type { Offer } from "@4ever/sdk/offers";
import { addressOf } from "../account.ts";
import { createClient } from "../chain/contracts.ts";
import type { KeeperConfig } from "../config.ts";
import { reasonOf } from "../needs.ts";
import { openStore, type Store } from "../store/database.ts";
import { type OperatorView, readOperatorView } from "../store/operator-view.ts";
import { checkAuctions } from "./checks/auctions.ts";
import { checkClock, checkContracts, checkGas, checkNode, checkSigner } from "./checks/chain.ts";
import type { Check, Finding, Subject } from "./checks/check.ts";
import { checkDatabase, checkNonces, checkOutbox, checkProcesses, checkProofs } from "./checks/database.ts";
import { checkKubo } from "./checks/kubo.ts";
import {
  checkAdapters,
  checkDisk,
  checkPieces,
  checkPort,
  checkReachable,
  healthAt,
  localUrl,
} from "./checks/machine.ts";
import {
  activeOffers,
  checkAllowance,
  checkEndpoint,
  checkOffers,
  checkRegistration,
  checkStake,
} from "./checks/provider.ts";
import { checkRewards } from "./checks/rewards.ts";
import { checkVouchers } from "./checks/vouchers.ts";

export type { Check };

const ADVICE_WHEN_BROKEN: Record<string, string> = {
  node: "Check rpcUrl, and that the node runs.",
  signer: "Check the keystore and its password, or signer.url and that it runs and has the key.",
  database: "Check databaseUrl, and that PostgreSQL runs.",
  disk: "Check dataDir, and that this user may write there.",
  pieces: "Check dataDir, and that this user may write there.",
  storage:
    "Start the Kubo, or set storage.api to the address of its RPC API: nothing can be proven or served without it.",
};

/** Looks at everything that a keeper needs. Never throws for what it finds. */
export async function* examine({
  config,
  deployment,
  env,
}: {
  config: KeeperConfig;
  deployment: Deployment;
  env: NodeJS.ProcessEnv;
}): AsyncGenerator<Check> {
  const account = await addressOf(config);
  const client = createClient(deployment.chainId, config.rpcUrl, 5_000);
  const subject: Subject = { config, deployment, account, client };
  const store = openStore(config.databaseUrl, config.schema, { onError: () => undefined, maxConnections: 2 });
  try {
    yield* examineAll(subject, store, env);
  } finally {
    await store.close();
  }
}

async function* examineAll(subject: Subject, store: Store, env: NodeJS.ProcessEnv): AsyncGenerator<Check> {
  const { config } = subject;
  yield* checked("signer", () => checkSigner(subject, env));
  let hasTables = false;
  yield* checked("database", async () => {
    const found = await checkDatabase(subject, store);
    ({ hasTables } = found);
    const { hasTables: _, ...finding } = found;
    return finding;
  });
  const view = hasTables ? await readOperatorView(store.db, config.provider).catch(() => undefined) : undefined;
  const hasNode = yield* checked("node", () => checkNode(subject));
  const offers =
    hasNode && config.provider ? await activeOffers({ ...subject, provider: config.provider }).catch(() => []) : [];
  if (hasNode) yield* examineChain(subject, view, offers);
  if (view) {
    yield* checked("processes", async () => checkProcesses(view));
    yield* checked("outbox", async () => checkOutbox(view));
    if (hasNode) yield* checked("nonces", () => checkNonces(subject, store));
  }
  if (view && config.provider) {
    yield* checked("proofs", async () => checkProofs(view));
    yield* checked("pieces", () => checkPieces(subject, store.db));
  }
  const { storage } = config;
  if (config.provider && storage.adapter === "kubo") {
    const offeredBytes = offers.reduce((sum, { freeBytes }) => sum + freeBytes, 0n);
    yield* checked("storage", () => checkKubo(storage.api, view?.expectedBytes ?? 0, offeredBytes));
  }
  yield* checked("port", () => checkPort(subject));
  if (!config.provider) return;
  yield* checked("reachable", () => checkReachable(subject));
  const leader = view?.processes.find(({ isLeading, isAlive }) => isLeading && isAlive);
  const health = (leader && (await healthAt(leader.url))) ?? (await healthAt(localUrl(config)));
  yield* checked("adapters", async () => checkAdapters(health));
}

async function* examineChain(
  subject: Subject,
  view: OperatorView | undefined,
  offers: readonly Offer[],
): AsyncGenerator<Check> {
  const { provider } = subject.config;
  yield* checked("contracts", () => checkContracts(subject));
  yield* checked("clock", () => checkClock(subject));
  yield* checked("gas", () => checkGas(subject));
  if (subject.config.auctions) yield* checked("auctions", () => checkAuctions(subject));
  if (!provider) return;
  const its = { ...subject, provider };
  yield* checked("registration", () => checkRegistration(its));
  yield* checked("endpoint", () => checkEndpoint(its));
  yield* checked("offers", async () => checkOffers(offers));
  yield* checked("stake", () => checkStake(its));
  yield* checked("allowance", () => checkAllowance(its, offers));
  if (subject.config.vouchers || (view && view.vouchers.length > 0))
    yield* checked("vouchers", () => checkVouchers(subject, view?.vouchers ?? []));
  yield* checked("rewards", () => checkRewards(subject, view?.rewards ?? []));
  yield* checked("disk", () => checkDisk(subject, offers, view?.expectedBytes ?? 0));
}

/** Yields what a look found, a failure as such; returns whether all is well enough to look further. */
async function* checked(name: string, look: () => Promise<Finding>): AsyncGenerator<Check, boolean> {
  try {
    const check = { name, ...(await look()) };
    yield check;
    return check.state !== "failed";
  } catch (error) {
    yield { name, state: "failed", detail: reasonOf(error), advice: ADVICE_WHEN_BROKEN[name] ?? "See the message." };
    return false;
  }
}
