// The network that the demo plays on: the one that `npm start` runs in this clone, or one of its own that it stops again.
import { join } from "node:path";
import { PROJECT_ROOT } from "../command.ts";
import { readRecord } from "../deployment/record.ts";
import { allocatePorts } from "../stack/ports.ts";
import { createProcessTable } from "../stack/processes.ts";
import { findStack, type StackAddresses } from "../stack/running.ts";
import { startStack } from "../stack/stack.ts";
import type { Network } from "./story.ts";

/** Where `npm start` keeps its state. */
const STACK_DIR = join(PROJECT_ROOT, ".local");

/** The running network cannot be used; the message says what to do. */
export class NetworkUnusable extends Error {
  override readonly name = "NetworkUnusable";
}

/** Finds or starts the network. Throws {@link NetworkUnusable}, or what `startStack` throws. */
export async function openNetwork({
  say,
  signal,
}: {
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<Network & AsyncDisposable> {
  const running = findStack(STACK_DIR);
  if (running && !running.addresses)
    throw new NetworkUnusable(`The network is being started by process ${running.pid}. Try again when it is ready.`);
  if (running?.addresses) {
    say(`Using the network that process ${running.pid} runs.`);
    return await networkOf(running.addresses, async () => {});
  }
  const stack = await startStack({
    dir: STACK_DIR,
    ports: "any",
    signal,
    onProgress: ({ step, detail, ms }) => {
      if (ms !== undefined) say(`${step.padEnd(18)} ${(ms / 1000).toFixed(1)} s${detail ? `  ${detail}` : ""}`);
    },
  });
  return await networkOf(stack, stack.stop);
}

async function networkOf(addresses: StackAddresses, stop: () => Promise<void>): Promise<Network & AsyncDisposable> {
  const { rpcUrl, subgraphUrl, keepersHome, deploymentFile } = addresses;
  const deployment = deploymentFile === undefined ? undefined : await readRecord(deploymentFile);
  if (!deploymentFile || !deployment || !subgraphUrl || !keepersHome) {
    await stop();
    throw new NetworkUnusable(
      "The running network lacks contracts, index or keepers. End it and start it with `npm start`.",
    );
  }
  // A folder of its own: the supervisor of the network writes down its processes in the other.
  const processes = createProcessTable(join(STACK_DIR, "demo"));
  const { port } = await allocatePorts({ port: 0 });
  return {
    // Beside the network's own: contracts that were deployed anew have another keeper.
    ...keepersHome,
    rpcUrl,
    subgraphUrl,
    deploymentFile,
    deployment,
    processes,
    port,
    [Symbol.asyncDispose]: stop,
  };
}
