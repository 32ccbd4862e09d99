import type { Deployment } from "@4ever/sdk/deployments";
import type { Address } from "viem";
import { createClient } from "../chain/contracts.ts";
import { surveyNonces } from "../chain/nonces.ts";
import type { KeeperConfig } from "../config.ts";
import { need } from "../needs.ts";
import { migrateStore, openStore } from "../store/database.ts";
import { createNonceBook } from "../store/nonces.ts";
import { adoptVolume, compareVolume, volumeName } from "../store/volume.ts";

/** What this database does not answer for yet, in words; empty when there is nothing to adopt. */
export type Adoption = { findings: string[]; isDone: boolean };

/**
 * Lets a keeper act with a key that others have used, and with pieces in another place than before. An operator's word that nobody else does:
 * without `isSure` it only tells what it would adopt.
 */
export async function adopt(
  { config, deployment, account }: { config: KeeperConfig; deployment: Deployment; account: Address },
  isSure: boolean,
): Promise<Adoption> {
  const client = createClient(deployment.chainId, config.rpcUrl);
  const store = openStore(config.databaseUrl, config.schema, { onError: () => undefined, maxConnections: 2 });
  try {
    await need("databaseUrl", "Check that PostgreSQL runs there.", migrateStore(store));
    const book = createNonceBook(store.db, account);
    const [survey, volume] = await Promise.all([
      need("rpcUrl", "Check that the node runs.", surveyNonces({ client, account, book })),
      config.provider ? volumeName(config.dataDir).then((name) => compareVolume(store.db, name)) : undefined,
    ]);
    const findings: string[] = [];
    if (survey.reason !== undefined) findings.push(survey.reason);
    if (volume?.isShared === false) {
      findings.push(`${volume.pieces} pieces were in another place (${volume.known}) than ${config.dataDir}`);
    }
    const isDone = isSure && findings.length > 0;
    if (isDone && survey.reason !== undefined) await book.adopt(survey.used, survey.at);
    if (isDone && volume?.isShared === false) await adoptVolume(store.db, volume.name);
    return { findings, isDone };
  } finally {
    await store.close();
  }
}
