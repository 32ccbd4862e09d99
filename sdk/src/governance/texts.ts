import { getContractEvents } from "viem/actions";
import { explained, type ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { governorOf } from "./contracts.ts";
import type { ProposalText } from "./proposals.ts";

/** Calls and description of every proposal, from the chain's own events; the newest first. Throws `ProtocolError`, or what a node refuses. */
export async function listProposalTexts(
  client: ProtocolClient,
  { deployment }: { deployment: Deployment },
): Promise<(ProposalText & { proposalId: bigint })[]> {
  const governor = governorOf(deployment);
  return explained({}, async () => {
    const fromBlock = BigInt(deployment.startBlock);
    const events = await getContractEvents(client, {
      ...governor,
      eventName: "ProposalCreated",
      fromBlock,
      strict: true,
    });
    return events
      .map(({ args: { proposalId, targets, calldatas, description } }) => ({
        proposalId,
        calls: targets.map((target, i) => ({ target, data: calldatas[i] ?? ("0x" as const) })),
        description,
      }))
      .reverse();
  });
}
