import type { Address } from "viem";
import { type ActionOptions, addressOf, type ProtocolClient, type Sent, send } from "./client.ts";
import { DeploymentError } from "./deployments.ts";
import { faucetAbi } from "./generated/abis.ts";
import { formatEver } from "./units.ts";

/** On local chains: gives `to`, or the caller, EVER and payment tokens. Throws `ProtocolError`, or `DeploymentError` where there is no faucet. */
export async function claimFaucet(client: ProtocolClient, options: ActionOptions & { to?: Address }): Promise<Sent> {
  const { Faucet } = options.deployment.contracts;
  if (!Faucet) throw new DeploymentError(["contracts.Faucet: there is none; only local chains have one."]);
  const to = options.to ?? addressOf(client, options.account);
  return send(client, { address: Faucet, abi: faucetAbi, functionName: "claim", args: [to] }, options, {
    money: formatEver,
  });
}
