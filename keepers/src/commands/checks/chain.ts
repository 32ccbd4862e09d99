import { formatSpan } from "@4ever/sdk/periods";
import { type Address, formatEther } from "viem";
import { openAccount } from "../../account.ts";
import { bindContracts } from "../../chain/contracts.ts";
import { GAS_PER_PERIOD } from "../../gauges.ts";
import { type Finding, failed, ok, type Subject, warning } from "./check.ts";

/** Below so many periods of gas it is time to send some; below so many nothing is safe. */
const PERIODS_OF_GAS = { few: 100n, tooFew: 3n };
/** Differences of clocks, and ages of the newest block, that are nothing to talk about. */
const MAX_CLOCK_SECONDS = 60;

export async function checkNode({ client, deployment: { chainId } }: Subject): Promise<Finding> {
  const [actual, height] = await Promise.all([client.getChainId(), client.getBlockNumber()]);
  if (actual === chainId) return ok(`chain ${actual}, block ${height}`);
  const detail = `the node is on chain ${actual}, the deployment on chain ${chainId}`;
  return failed(detail, "Set rpcUrl to a node of that chain, or deployment to the file of this one.");
}

export async function checkContracts({ client, deployment }: Subject): Promise<Finding> {
  const { contracts, parameters } = deployment;
  const names = Object.entries(contracts) as [string, Address][];
  const codes = await Promise.all(names.map(([, address]) => client.getCode({ address })));
  const missing = names.filter((_, i) => codes[i] === undefined).map(([name]) => name);
  const advice = "Use the deployment file of this very chain.";
  if (missing.length > 0) return failed(`no code at ${missing.join(", ")}`, advice);
  const { beacon } = bindContracts(client, contracts);
  const [origin, period] = await Promise.all([beacon.read.ORIGIN(), beacon.read.PERIOD_SECONDS()]);
  const isSame = Number(origin) === parameters.originAt && Number(period) === parameters.periodSeconds;
  if (!isSame) return failed("the beacon's clock is not the deployment's", advice);
  return ok(`${names.length} contracts, periods of ${formatSpan(Number(period))}`);
}

/** Only the chain's time counts for duties; a machine whose clock is off has logs, certificates and alerts that are. */
export async function checkClock({ client }: Subject): Promise<Finding> {
  const { timestamp } = await client.getBlock({ blockTag: "latest" });
  const seconds = Math.round(Date.now() / 1_000) - Number(timestamp);
  const detail =
    seconds >= 0 ? `the newest block is ${seconds} s old` : `the chain is ${-seconds} s ahead of this machine`;
  if (Math.abs(seconds) <= MAX_CLOCK_SECONDS) return ok(detail);
  return warning(detail, "Let the node catch up, and keep this machine's clock right (NTP).");
}

export async function checkSigner({ config, account }: Subject, env: NodeJS.ProcessEnv): Promise<Finding> {
  const opened = await openAccount(config, env);
  if (opened.address !== account) {
    const detail = `the keystore says that it is of ${account}, its key is that of ${opened.address}`;
    return failed(detail, "The file was changed by hand: restore it from a backup.");
  }
  if (!config.signer) return ok(`the keystore opens, its key is ${account}`);
  if ("probe" in opened && typeof opened.probe === "function") await opened.probe();
  return ok(`${config.signer.url} signs for ${account}`);
}

export async function checkGas({ client, account, deployment }: Subject): Promise<Finding> {
  const [balance, price] = await Promise.all([client.getBalance({ address: account }), client.getGasPrice()]);
  const perPeriod = price * GAS_PER_PERIOD;
  const periods = perPeriod === 0n ? PERIODS_OF_GAS.few : balance / perPeriod;
  const left = formatSpan(Number(periods) * deployment.parameters.periodSeconds);
  const detail = `${formatEther(balance)} ETH at ${account}, at today's price for about ${periods} periods (${left})`;
  if (periods >= PERIODS_OF_GAS.few) return ok(detail);
  const advice = `Send native coin to the keeper's key ${account}.`;
  return periods < PERIODS_OF_GAS.tooFew ? failed(detail, advice) : warning(detail, advice);
}
