import { type Address, type Hex, parseEventLogs } from "viem";
import { getContractEvents, readContract } from "viem/actions";
import { type ActionOptions, eventMissing, explained, logsOf, type ProtocolClient, type Sent, send } from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { contractError } from "./errors.ts";
import { dealMarketAbi, providerRegistryAbi, serviceCatalogAbi, stakeVaultAbi } from "./generated/abis.ts";
import { getToken, type TokenInfo } from "./tokens.ts";

/** Capacity for sale. Sizes in bytes; prices in token base units per GiB and 30 periods. */
export interface Offer {
  offerId: number;
  provider: Address;
  serviceId: Hex;
  tokenId: number;
  unitPrice: bigint;
  capacityBytes: bigint;
  freeBytes: bigint;
  minTermPeriods: number;
  active: boolean;
}

/** What a provider says of an offer. */
export interface OfferTerms {
  /** Token base units per GiB and 30 periods. */
  unitPrice: bigint;
  capacityBytes: bigint;
  minTermPeriods: number;
  /** Where the bytes will be, in the provider's words. */
  region: string;
}

/** Publishes an offer of the caller. Throws `ProtocolError`. */
export async function publishOffer(
  client: ProtocolClient,
  options: ActionOptions & OfferTerms & { serviceId: Hex; token: TokenInfo },
): Promise<Sent & { offerId: number }> {
  const { serviceId, token, unitPrice, capacityBytes, minTermPeriods, region } = options;
  const address = options.deployment.contracts.ProviderRegistry;
  const sent = await send(
    client,
    {
      address,
      abi: providerRegistryAbi,
      functionName: "publishOffer",
      args: [serviceId, token.tokenId, unitPrice, capacityBytes, minTermPeriods, region],
    },
    options,
  );
  const [event] = parseEventLogs({
    abi: providerRegistryAbi,
    eventName: "OfferPublished",
    logs: logsOf(sent.receipt, address),
  });
  if (!event) throw eventMissing(sent.receipt, "OfferPublished");
  return { ...sent, offerId: Number(event.args.offerId) };
}

/** Changes an offer of the caller for new deals and later capacity changes. Throws `ProtocolError`. */
export async function updateOffer(
  client: ProtocolClient,
  options: ActionOptions & OfferTerms & { offerId: number },
): Promise<Sent> {
  const { offerId, unitPrice, capacityBytes, minTermPeriods, region } = options;
  return send(
    client,
    {
      address: options.deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "updateOffer",
      args: [BigInt(offerId), unitPrice, capacityBytes, minTermPeriods, region],
    },
    options,
  );
}

/** Takes an offer of the caller off the market; its deals go on. Throws `ProtocolError`. */
export async function withdrawOffer(
  client: ProtocolClient,
  options: ActionOptions & { offerId: number },
): Promise<Sent> {
  return send(
    client,
    {
      address: options.deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "withdrawOffer",
      args: [BigInt(options.offerId)],
    },
    options,
  );
}

/** An offer. Throws `ProtocolError` when there is none of this number. */
export async function getOffer(
  client: ProtocolClient,
  { deployment, offerId }: { deployment: Deployment; offerId: number },
): Promise<Offer> {
  const offer = await explained({}, () =>
    readContract(client, {
      address: deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "offerOf",
      args: [BigInt(offerId)],
    }),
  );
  if (BigInt(offer.provider) === 0n) throw contractError("RegistryOfferUnavailable", { offerId: BigInt(offerId) });
  return { offerId, ...offer };
}

const PAGE = 50;

/** All offers, read from the chain itself, in pages. Where there are many, ask the subgraph. */
export async function listOffers(client: ProtocolClient, { deployment }: { deployment: Deployment }): Promise<Offer[]> {
  const count = await explained({}, () =>
    readContract(client, {
      address: deployment.contracts.ProviderRegistry,
      abi: providerRegistryAbi,
      functionName: "offerCount",
    }),
  );
  const offers: Offer[] = [];
  for (let first = 1; first <= Number(count); first += PAGE) {
    const ids = Array.from({ length: Math.min(PAGE, Number(count) - first + 1) }, (_, i) => first + i);
    offers.push(...(await Promise.all(ids.map((offerId) => getOffer(client, { deployment, offerId })))));
  }
  return offers;
}

/** What a deal on an offer would cost. */
export interface Quote {
  offer: Offer;
  token: TokenInfo;
  /** Token base units per GiB and 30 periods: what a request agrees to as its `maxUnitPrice`. */
  unitPrice: bigint;
  /** Token base units that are locked: the most that the deal can cost, grace included; what is not earned comes back. */
  locked: bigint;
}

/** The price of a deal now. Periods. Throws `ProtocolError`. */
export async function quote(
  client: ProtocolClient,
  options: { deployment: Deployment; offerId: number; capacityBytes: bigint; termPeriods: number },
): Promise<Quote> {
  const { deployment, offerId, capacityBytes, termPeriods } = options;
  const offer = await getOffer(client, { deployment, offerId });
  const [token, [locked, unitPrice]] = await Promise.all([
    getToken(client, { deployment, tokenId: offer.tokenId }),
    explained({}, () =>
      readContract(client, {
        address: deployment.contracts.DealMarket,
        abi: dealMarketAbi,
        functionName: "quote",
        args: [BigInt(offerId), capacityBytes, termPeriods],
      }),
    ),
  ]);
  return { offer, token, unitPrice, locked };
}

/** Why an offer cannot take a deal now; undefined when it can. */
export type OfferObstacle = "withdrawn" | "jailed" | "capacity" | "term" | "service" | "token" | "stake";

/**
 * Whether an offer can take such a deal now, in all that the chain decides at the request and at the acceptance. Whether its keeper
 * answers, only its endpoint tells.
 */
export async function obstacleOf(
  client: ProtocolClient,
  options: { deployment: Deployment; offer: Offer; capacityBytes: bigint; termPeriods: number },
): Promise<OfferObstacle | undefined> {
  const { deployment, offer, capacityBytes, termPeriods } = options;
  const { ProviderRegistry, ServiceCatalog, StakeVault } = deployment.contracts;
  if (!offer.active) return "withdrawn";
  if (offer.freeBytes < capacityBytes) return "capacity";
  return explained({}, async () => {
    const catalog = { address: ServiceCatalog, abi: serviceCatalogAbi } as const;
    const vault = { address: StakeVault, abi: stakeVaultAbi } as const;
    const [provider, service, isListed, required, held, allocation] = await Promise.all([
      readContract(client, {
        address: ProviderRegistry,
        abi: providerRegistryAbi,
        functionName: "providerOf",
        args: [offer.provider],
      }),
      readContract(client, { ...catalog, functionName: "serviceOf", args: [offer.serviceId] }),
      readContract(client, { ...catalog, functionName: "isTokenListed", args: [offer.tokenId] }),
      readContract(client, { ...catalog, functionName: "stakeFor", args: [offer.serviceId, capacityBytes] }),
      readContract(client, { ...vault, functionName: "stakeOf", args: [offer.provider] }),
      readContract(client, { ...vault, functionName: "allocationOf", args: [offer.provider, offer.serviceId] }),
    ]);
    if (provider.jailed) return "jailed";
    if (!service.active) return "service";
    if (!isListed) return "token";
    if (termPeriods < Math.max(1, offer.minTermPeriods) || termPeriods > service.maxTermPeriods) return "term";
    if (held.capacity < held.allocated || allocation.amount - allocation.reserved < required) return "stake";
    return undefined;
  });
}

/** URL of a provider's keeper, read from the chain's events; undefined when it is not registered. */
export async function getEndpoint(
  client: ProtocolClient,
  { deployment, provider }: { deployment: Deployment; provider: Address },
): Promise<{ endpoint: string; name: string } | undefined> {
  const filter = {
    address: deployment.contracts.ProviderRegistry,
    abi: providerRegistryAbi,
    args: { provider },
    fromBlock: BigInt(deployment.startBlock),
  } as const;
  return explained({}, async () => {
    const [changes, registrations] = await Promise.all([
      getContractEvents(client, { ...filter, eventName: "EndpointChanged" }),
      getContractEvents(client, { ...filter, eventName: "ProviderRegistered" }),
    ]);
    const { endpoint, name } = (changes.at(-1) ?? registrations.at(-1))?.args ?? {};
    return endpoint === undefined ? undefined : { endpoint, name: name ?? "" };
  });
}
