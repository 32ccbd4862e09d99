import { formatBytes } from "@4ever/sdk/units";
import { createKuboRpc, KuboClosed, OLDEST_KUBO } from "../../adapters/storage/kubo-rpc.ts";
import { type Finding, failed, ok, warning } from "./check.ts";

const ASK_MS = 5_000;

/**
 * Whether the Kubo that keeps the pieces answers, lets this keeper in, is new enough, and has room.
 * @param expectedBytes What running deals may still bring.
 * @param offeredBytes What is on offer beside them.
 */
export async function checkKubo(api: string, expectedBytes: number, offeredBytes: bigint): Promise<Finding> {
  const rpc = createKuboRpc(api, { askMs: ASK_MS });
  const forbidden = await rpc.forbiddenCalls().catch((error: unknown) => {
    if (error instanceof KuboClosed) return error;
    throw error;
  });
  if (forbidden instanceof KuboClosed)
    return failed(
      `${forbidden.message}: that is no RPC API of a Kubo`,
      "Set storage.api to the address that Addresses.API names in Kubo's configuration, not to its gateway.",
    );
  if (forbidden.length > 0)
    return failed(
      `Kubo forbids this keeper ${forbidden.join(", ")}`,
      "Allow them below API.Authorizations in Kubo's configuration (AllowedPaths, each as /api/v0/version), " +
        "and put user and password into storage.api, as http://user:password@127.0.0.1:5001.",
    );
  const [version, { usedBytes, mostBytes }] = await Promise.all([rpc.version(), rpc.repository()]);
  if (!isNewEnough(version))
    return failed(`Kubo ${version}`, `Take Kubo ${OLDEST_KUBO.join(".")} or later: no older one was tried.`);

  const freeBytes = BigInt(Math.max(0, mostBytes - usedBytes));
  const detail =
    `Kubo ${version}; its repository has room for ${formatBytes(freeBytes)} of ${formatBytes(mostBytes)}, ` +
    `${formatBytes(expectedBytes)} of running deals may still come, ${formatBytes(offeredBytes)} are on offer`;
  const advice = "Raise Datastore.StorageMax in Kubo's configuration, on a disk that has the space, or offer less.";
  if (freeBytes < BigInt(expectedBytes)) return failed(detail, `${advice} Customers have paid for what would not fit.`);
  return freeBytes >= BigInt(expectedBytes) + offeredBytes ? ok(detail) : warning(detail, advice);
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_KUBO;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
