import { type Address, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { type ActionOptions, explained, type ProtocolClient, type Sent, send } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { guardianOf } from "./contracts.ts";

/** What the guardian may do. */
export interface Pause {
  /** Who may pause new entries; undefined when nobody may. */
  guardian: Address | undefined;
  /** Until when they are paused. Unix seconds; undefined when they are open. */
  pausedUntil: number | undefined;
  /** First moment at which the next pause may begin. Unix seconds; 0 when there never was one. */
  nextAt: number;
  /** Longest pause. */
  mostSeconds: number;
  /** From the beginning of a pause to that of the next, at least. */
  intervalSeconds: number;
}

/** Whether new entries are paused, and what the guardian may do. Throws `ProtocolError`. */
export async function getPause(client: ProtocolClient, { deployment }: { deployment: Deployment }): Promise<Pause> {
  const contract = guardianOf(deployment);
  return explained({}, async () => {
    const [guardian, isPaused, until, pausedAt, most, interval] = await Promise.all([
      readContract(client, { ...contract, functionName: "guardian" }),
      readContract(client, { ...contract, functionName: "isPaused" }),
      readContract(client, { ...contract, functionName: "pausedUntil" }),
      readContract(client, { ...contract, functionName: "pausedAt" }),
      readContract(client, { ...contract, functionName: "MAX_PAUSE_SECONDS" }),
      readContract(client, { ...contract, functionName: "PAUSE_INTERVAL_SECONDS" }),
    ]);
    return {
      guardian: guardian === zeroAddress ? undefined : guardian,
      pausedUntil: isPaused ? until : undefined,
      nextAt: pausedAt === 0 ? 0 : pausedAt + Number(interval),
      mostSeconds: Number(most),
      intervalSeconds: Number(interval),
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
