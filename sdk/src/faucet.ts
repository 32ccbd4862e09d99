import { type Address, parseEther } from "viem";
import { getBalance, sendTransaction, waitForTransactionReceipt } from "viem/actions";
import { type ActionOptions, addressOf, type ProtocolClient, type Sent, send } from "./client.ts";
import { DeploymentError } from "./deployments.ts";
import { faucetAbi } from "./generated/abis.ts";
import { formatEver } from "./units.ts";

/**
 * On local chains: gives `to`, or the caller, EVER and payment tokens. Throws `ProtocolError`, or `DeploymentError` where there is no
 * faucet.
 */
export async function claimFaucet(client: ProtocolClient, options: ActionOptions & { to?: Address }): Promise<Sent> {
  const { Faucet } = options.deployment.contracts;
  if (!Faucet) throw new DeploymentError(["contracts.Faucet: there is none; only local chains have one."]);
  const to = options.to ?? addressOf(client, options.account);
  return send(client, { address: Faucet, abi: faucetAbi, functionName: "claim", args: [to] }, options, {
    money: formatEver,
  });
}

const LEAST_COIN_WEI = parseEther("1");
const COIN_WEI = parseEther("10");

/**
 * As {@link claimFaucet}, paid by the development node's own first account, which also gives coin for gas: so that a new account, which
 * has nothing yet, can begin. Throws `ProtocolError`, or `DeploymentError` where the node holds no account.
 */
export async function claimFaucetByNode(
  client: ProtocolClient,
  options: ActionOptions & { to: Address },
): Promise<Sent> {
  // Not viem's getAddresses, which names the client's own account.
  const [payer] = (await client.request({ method: "eth_accounts" } as never)) as Address[];
  if (!payer)
    throw new DeploymentError(["The node holds no account that could pay; only development chains have one."]);
  const { to } = options;
  if ((await getBalance(client, { address: to })) < LEAST_COIN_WEI) {
    const hash = await sendTransaction(client, { account: payer, chain: client.chain ?? null, to, value: COIN_WEI });
    await waitForTransactionReceipt(client, { hash });
  }
  return claimFaucet(client, { ...options, account: payer });
}
