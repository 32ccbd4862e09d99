import { type Address, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { type ActionOptions, explained, type ProtocolClient, type Sent, send } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { guardianOf } from "./contracts.ts";

/** Who may pause new entries, and until when they are paused. Unix seconds; undefined when they are open, or nobody may. */
export async function getPause(
  client: ProtocolClient,
  { deployment }: { deployment: Deployment },
): Promise<{ guardian: Address | undefined; pausedUntil: number | undefined }> {
  const contract = guardianOf(deployment);
  return explained({}, async () => {
    const [guardian, isPaused, until] = await Promise.all([
      readContract(client, { ...contract, functionName: "guardian" }),
      readContract(client, { ...contract, functionName: "isPaused" }),
      readContract(client, { ...contract, functionName: "pausedUntil" }),
    ]);
    return {
      guardian: guardian === zeroAddress ? undefined : guardian,
      pausedUntil: isPaused ? until : undefined,
    };
  });
}

/** Guardian: pauses new deals, channels and providers. At most 14 days, once in 60. Throws `ProtocolError`. */
export async function pauseEntries(
  client: ProtocolClient,
  options: ActionOptions & { spanSeconds: number },
): Promise<Sent> {
  const args = [BigInt(options.spanSeconds)] as const;
  return send(client, { ...guardianOf(options.deployment), functionName: "pause", args }, options);
}

/** Guardian: ends the pause at once. Throws `ProtocolError`. */
export async function liftPause(client: ProtocolClient, options: ActionOptions): Promise<Sent> {
  return send(client, { ...guardianOf(options.deployment), functionName: "lift", args: [] }, options);
}
