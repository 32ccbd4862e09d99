import { decodeUploadToken, recoverUploader, type UploadGrant, UploadTokenMalformed } from "@4ever/sdk/uploads";
import type { Address, Hex } from "viem";
import type { Clock } from "../../domain/clock.ts";
import { periodAt } from "../../domain/clock.ts";
import type { IngestDeal, UploadStore } from "../../store/uploads.ts";
import { IngestRefusal } from "./refusals.ts";

export type Authority = {
  chainId: number;
  market: Address;
  provider: Address;
  clock: Clock;
  store: UploadStore;
  /** Time of the newest block. Unix seconds. */
  nowAt: () => number;
  /** Resolves when a block's events were applied or a duty ended, at the latest after `ms`. */
  nextChange: (ms: number) => Promise<void>;
};

const NEW_TOKEN = "Sign a new token with the deal's session key.";
/** A client may be a few blocks ahead of this keeper's node. */
const WAIT_FOR_DEAL_MS = 3_000;

/** A deal that takes uploads. Throws `IngestRefusal`. */
export async function openDeal(
  { store, provider, clock, nowAt, nextChange }: Authority,
  dealId: bigint,
): Promise<IngestDeal> {
  const deadline = performance.now() + WAIT_FOR_DEAL_MS;
  let deal = await store.deal(dealId);
  for (let left = WAIT_FOR_DEAL_MS; !deal && left > 0; left = deadline - performance.now()) {
    await nextChange(left);
    deal = await store.deal(dealId);
  }
  if (!deal) {
    const hint = "Check market and number; a request that was only just sent needs a block or two.";
    throw new IngestRefusal("deal_unknown", `deal ${dealId} is not on chain`, hint);
  }
  if (deal.provider.toLowerCase() !== provider.toLowerCase()) {
    const hint = "Upload to the endpoint of that provider.";
    throw new IngestRefusal("deal_foreign", `deal ${dealId} is with the provider ${deal.provider}`, hint);
  }
  const isPast = deal.endPeriod !== null && periodAt(clock, nowAt()) >= deal.endPeriod;
  if ((deal.status !== "requested" && deal.status !== "active" && deal.status !== "ending") || isPast) {
    throw new IngestRefusal("deal_over", `deal ${dealId} is ${isPast ? "over" : deal.status}`, "Make a new deal.");
  }
  return deal;
}

/** Checks a bearer token for one piece of one deal. Throws `IngestRefusal`. */
export async function authorize(
  authority: Authority,
  { header, dealId, root }: { header: string | undefined; dealId: bigint; root: Hex },
): Promise<{ grant: UploadGrant; deal: IngestDeal }> {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
  if (!token) throw new IngestRefusal("token_missing", "there is no bearer token", NEW_TOKEN);
  const { grant, signer } = await readToken(authority.chainId, token);
  const expected = { market: authority.market, provider: authority.provider, dealId, root };
  for (const [field, value] of Object.entries(expected) as [keyof typeof expected, Address | bigint | Hex][]) {
    if (grant[field].toString().toLowerCase() === value.toString().toLowerCase()) continue;
    throw new IngestRefusal("token_foreign", `the token is for the ${field} ${grant[field]}, not ${value}`, NEW_TOKEN);
  }
  const nowAt = authority.nowAt();
  if (grant.expiresAt <= BigInt(nowAt)) {
    throw new IngestRefusal(
      "token_expired",
      `the token expired at ${grant.expiresAt}, the chain is at ${nowAt}`,
      NEW_TOKEN,
    );
  }
  const deal = await openDeal(authority, dealId);
  if (signer.toLowerCase() !== deal.signer.toLowerCase()) {
    throw new IngestRefusal("token_foreign", `${signer} signed the token, the deal's key is ${deal.signer}`, NEW_TOKEN);
  }
  return { grant, deal };
}

async function readToken(chainId: number, token: string): Promise<{ grant: UploadGrant; signer: Address }> {
  try {
    const { grant, signature } = decodeUploadToken(token);
    return { grant, signer: await recoverUploader(chainId, grant, signature) };
  } catch (error) {
    if (!(error instanceof UploadTokenMalformed)) throw error;
    throw new IngestRefusal("token_malformed", error.message, NEW_TOKEN);
  }
}
