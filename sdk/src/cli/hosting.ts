import { openAsBlob } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { LocalAccount } from "viem";
import { getBlock, readContract } from "viem/actions";
import { explained, type ProtocolClient } from "../client.ts";
import { type Deal, getDeal } from "../deals.ts";
import { possessionProofsAbi } from "../generated/abis.ts";
import { firstOpenPeriod, formatTime } from "../periods.ts";
import type { BuiltPiece } from "../pieces/build.ts";
import { formatBytes } from "../units.ts";
import { uploadPiece } from "../upload-client.ts";
import { type KeeperInfo, signUpload } from "../uploads.ts";
import type { CommandContext } from "./context.ts";
import { CommandFailed } from "./failure.ts";
import type { Network } from "./network.ts";

/** What goes where, for whom. */
export interface Hosting {
  network: Network;
  client: ProtocolClient;
  account: LocalAccount;
  dealId: bigint;
  piece: BuiltPiece;
  carPath: string;
  endpoint: string;
}

/** How long an upload token holds. Seconds, in the time of the chain. */
const TOKEN_SECONDS = 86_400n;
/** Between two looks at the chain. Milliseconds. */
export const POLL_MS = 500;

/** Uploads the piece, going on where an earlier attempt ended, and waits until the provider has accepted. Throws `CommandFailed`. */
export async function hostPiece({ terminal, signal }: CommandContext, hosting: Hosting): Promise<Deal> {
  const { network, client, account, dealId, piece, carPath, endpoint } = hosting;
  const { chainId, contracts } = network.deployment;
  const { provider } = await getDeal(client, { ...network, dealId });
  const { timestamp } = await explained({}, () => getBlock(client));
  const token = await signUpload(account, chainId, {
    market: contracts.DealMarket,
    dealId,
    provider,
    root: piece.root,
    sizeBytes: BigInt(piece.sizeBytes),
    expiresAt: timestamp + TOKEN_SECONDS,
  });
  const car = await openAsBlob(carPath);
  await uploadPiece({
    endpoint,
    dealId,
    root: piece.root,
    token,
    sizeBytes: piece.sizeBytes,
    read: (from, to) => car.slice(from, to),
    onProgress: (received, total) => terminal.progress(`Uploading ${formatBytes(received)} of ${formatBytes(total)} …`),
    signal,
  });
  terminal.progress("Uploaded and checked. Waiting for the provider to accept …");
  return accepted(hosting, signal);
}

async function accepted({ network, client, dealId }: Hosting, signal: AbortSignal): Promise<Deal> {
  for (;;) {
    const [deal, { timestamp }] = await Promise.all([
      getDeal(client, { ...network, dealId }),
      explained({}, () => getBlock(client)),
    ]);
    if (deal.status === "active" || deal.status === "ending") return deal;
    if (deal.status !== "requested")
      throw new CommandFailed(
        `The deal is ${deal.status}: the provider does not host it.`,
        "All your money is back in your balance. Choose another offer.",
        { code: "NotAccepted" },
      );
    if (timestamp > BigInt(deal.acceptBy))
      throw new CommandFailed(
        `The provider did not accept until ${formatTime(deal.acceptBy)}.`,
        `Get your money back with: 4ever end ${dealId}`,
        { code: "NotAccepted" },
      );
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Waits until the deal's set has been proven with the piece in it; gives the period. Throws `CommandFailed` when that cannot be any more. */
export async function waitForProof({ terminal, signal }: CommandContext, hosting: Hosting): Promise<number> {
  const { network, client, dealId } = hosting;
  const { parameters, contracts } = network.deployment;
  terminal.progress("Waiting for the first proof …");
  let period: number | undefined;
  for (;;) {
    const [deal, { timestamp }] = await Promise.all([
      getDeal(client, { ...network, dealId }),
      explained({}, () => getBlock(client)),
    ]);
    period ??= deal.settledPeriod; // nothing is settled before the first period with bytes
    if (firstOpenPeriod(parameters, Number(timestamp)) > period) period++;
    const isProven = await explained({}, () =>
      readContract(client, {
        address: contracts.PossessionProofs,
        abi: possessionProofsAbi,
        functionName: "isProven",
        args: [BigInt(deal.setId), BigInt(period ?? 0)],
      }),
    );
    if (isProven) return period;
    if (period >= deal.endPeriod)
      throw new CommandFailed("The deal ended without a proof.", `See what happened with: 4ever status ${dealId}`);
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Where the content is read, as the provider says; undefined when it says nothing that is an address. */
export function urlOf({ contentUrl }: KeeperInfo, cid: string): string | undefined {
  const text = contentUrl.replace("{cid}", cid);
  return contentUrl.includes("{cid}") && /^https?:\/\/[\w.:[\]/-]+$/.test(text) ? text : undefined;
}
