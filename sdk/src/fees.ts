import { type Address, parseEventLogs } from "viem";
import { readContract } from "viem/actions";
import {
  type ActionOptions,
  addressOf,
  eventMissing,
  explained,
  logsOf,
  type ProtocolClient,
  type Sent,
  send,
} from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { feeRouterAbi, ledgerAbi } from "./generated/abis.ts";
import { allow } from "./permits.ts";
import { formatEver } from "./units.ts";

const EVER = { money: formatEver };

/** This deployment is older than the auctions. */
export class AuctionsMissing extends Error {
  override readonly name = "AuctionsMissing";
  constructor() {
    super("This deployment sells no fees. Use one that does.");
  }
}

function contractOf({ contracts }: Deployment) {
  if (!contracts.FeeRouter) throw new AuctionsMissing();
  return { address: contracts.FeeRouter, abi: feeRouterAbi } as const;
}

/** What of a token is for sale, and how its price falls. Token base units; EVER base units for the whole lot; Unix seconds. */
export interface FeeLot {
  tokenId: number;
  /** Counted per token from 1 on; 0 before the first one. */
  lotId: bigint;
  /** 0 when nothing is for sale. */
  amount: bigint;
  startPrice: bigint;
  startedAt: number;
  /** Price in the latest block. */
  price: bigint;
  /** The price ends here. */
  floorPrice: bigint;
  /** Span in which it falls by half. Seconds. */
  halfLifeSeconds: number;
  /** Collected for the next lot. */
  waiting: bigint;
  /** In the ledger, and not collected yet. */
  uncollected: bigint;
}

/** What of a token is for sale now. Throws `ProtocolError`. */
export async function getFeeLot(
  client: ProtocolClient,
  { deployment, tokenId }: { deployment: Deployment; tokenId: number },
): Promise<FeeLot> {
  const router = contractOf(deployment);
  const args = [tokenId] as const;
  return explained({}, async () => {
    const [lot, price, floorPrice, halfLife, held] = await Promise.all([
      readContract(client, { ...router, functionName: "lotOf", args }),
      readContract(client, { ...router, functionName: "priceOf", args }),
      readContract(client, { ...router, functionName: "FLOOR_PRICE" }),
      readContract(client, { ...router, functionName: "HALF_LIFE_SECONDS" }),
      readContract(client, {
        address: deployment.contracts.Ledger,
        abi: ledgerAbi,
        functionName: "balanceOf",
        args: [router.address, tokenId],
      }),
    ]);
    const uncollected = held - lot.amount - lot.waiting;
    return { ...lot, tokenId, price, floorPrice, halfLifeSeconds: Number(halfLife), uncollected };
  });
}

/** What a lot costs at a moment, as the contract computes it. EVER base units; Unix seconds, not before the lot opened. */
export function lotPriceAt(
  lot: Pick<FeeLot, "startPrice" | "startedAt" | "floorPrice" | "halfLifeSeconds">,
  at: number,
): bigint {
  const { startPrice, startedAt, floorPrice, halfLifeSeconds } = lot;
  const elapsed = at - startedAt;
  const halved = startPrice >> BigInt(Math.floor(elapsed / halfLifeSeconds));
  const price = halved - (halved * BigInt(elapsed % halfLifeSeconds)) / BigInt(2 * halfLifeSeconds);
  return price > floorPrice ? price : floorPrice;
}

/** Shares out what came in of a token, and opens a lot when none is for sale. Anybody may. Throws `ProtocolError`. */
export function collectFees(client: ProtocolClient, options: ActionOptions & { tokenId: number }): Promise<Sent> {
  const { deployment, tokenId } = options;
  return send(client, { ...contractOf(deployment), functionName: "collect", args: [tokenId] }, options);
}

/** Which lot is bought, and for how much at most. */
export interface BuyLotOptions extends ActionOptions {
  tokenId: number;
  /** The lot that was seen; no other is bought in its place. */
  lotId: bigint;
  /** EVER base units. */
  maxPrice: bigint;
  /** Who gets the tokens; the caller when absent. */
  to?: Address;
}

/**
 * Buys a lot with EVER of the caller, which is burned. The router is allowed `maxPrice` first, by a transaction of its own where less is
 * allowed. Returns what was paid and bought: EVER and token base units. Throws `ProtocolError`.
 */
export async function buyLot(
  client: ProtocolClient,
  options: BuyLotOptions,
): Promise<Sent & { amount: bigint; price: bigint }> {
  const { deployment, tokenId, lotId, maxPrice, to = addressOf(client, options.account) } = options;
  const router = contractOf(deployment);
  const { EverToken } = deployment.contracts;
  const allowance = { token: EverToken, spender: router.address, amount: maxPrice, permit: "never" } as const;
  await allow(client, { ...options, ...allowance }, EVER);
  const call = { ...router, functionName: "buy", args: [tokenId, lotId, maxPrice, to] } as const;
  const sent = await send(client, call, options, EVER);
  const logs = logsOf(sent.receipt, router.address);
  const [event] = parseEventLogs({ abi: router.abi, eventName: "LotSold", logs });
  if (!event) throw eventMissing(sent.receipt, "LotSold");
  return { ...sent, amount: event.args.amount, price: event.args.price };
}

/** EVER that was burned for fees in an epoch. Base units. Throws `ProtocolError`. */
export function getBurned(
  client: ProtocolClient,
  { deployment, epoch }: { deployment: Deployment; epoch: bigint },
): Promise<bigint> {
  return explained({}, () =>
    readContract(client, { ...contractOf(deployment), functionName: "burnedIn", args: [epoch] }),
  );
}
