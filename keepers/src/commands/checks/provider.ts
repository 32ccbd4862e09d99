import { getEndpoint, listOffers, type Offer } from "@4ever/sdk/offers";
import { getProvider } from "@4ever/sdk/providers";
import { getStake } from "@4ever/sdk/stakes";
import { formatBytes, formatEver } from "@4ever/sdk/units";
import type { Address } from "viem";
import { bindContracts } from "../../chain/contracts.ts";
import { type Finding, failed, ok, type Subject, warning } from "./check.ts";

type ProviderSubject = Subject & { provider: Address };

/** The provider's offers that are open. */
export async function activeOffers({ client, deployment, provider }: ProviderSubject): Promise<Offer[]> {
  const offers = await listOffers(client, { deployment });
  return offers.filter((offer) => offer.provider === provider && offer.active);
}

export async function checkRegistration({ client, deployment, provider, account }: ProviderSubject): Promise<Finding> {
  const found = await getProvider(client, { deployment, provider });
  if (!found) {
    const advice = `Register ${provider} in the dashboard, with ${account} as operator.`;
    return failed(`${provider} is not registered`, advice);
  }
  if (found.operator !== account) {
    const detail = `the registry names ${found.operator} as operator, this key is ${account}`;
    return failed(detail, `Set the operator to ${account} in the dashboard, or use the other key.`);
  }
  if (found.jailed) return warning("the provider is jailed", "It gets no new deals until it is freed.");
  return ok(`${provider}, operated by this key`);
}

export async function checkEndpoint({ client, deployment, provider, config }: ProviderSubject): Promise<Finding> {
  const { publicUrl } = config;
  const known = await getEndpoint(client, { deployment, provider });
  const trimmed = (url: string | undefined) => url?.replace(/\/+$/, "");
  if (trimmed(known?.endpoint) === trimmed(publicUrl)) return ok(publicUrl);
  const detail = `the registry says ${known?.endpoint ?? "nothing"}, publicUrl is ${publicUrl}`;
  return failed(detail, "Make both the same: customers go where the registry points.");
}

export function checkOffers(offers: readonly Offer[]): Finding {
  if (offers.length === 0) return warning("no offer is active", "Publish an offer in the dashboard.");
  const free = offers.reduce((sum, { freeBytes }) => sum + freeBytes, 0n);
  return ok(`${offers.length} active, ${formatBytes(free)} free`);
}

export async function checkStake({ client, deployment, provider }: ProviderSubject): Promise<Finding> {
  const held = await getStake(client, { deployment, provider });
  const detail = `${formatEver(held.active)} staked, ${formatEver(held.allocated)} allocated`;
  if (held.active > 0n) return ok(detail);
  return failed(detail, "Stake EVER in the dashboard: without stake no deal can be accepted.");
}

/** What new deals may still reserve of the stake that is allocated to the services of the offers. */
export async function checkAllowance(subject: ProviderSubject, offers: readonly Offer[]): Promise<Finding> {
  const { client, deployment, provider } = subject;
  const { catalog, stake } = bindContracts(client, deployment.contracts);
  const services = [...new Set(offers.map((offer) => offer.serviceId))];
  const free: string[] = [];
  for (const serviceId of services) {
    const offered = offers.filter((offer) => offer.serviceId === serviceId);
    const freeBytes = offered.reduce((sum, offer) => sum + offer.freeBytes, 0n);
    const [needed, allocation] = await Promise.all([
      catalog.read.stakeFor([serviceId, freeBytes]),
      stake.read.allocationOf([provider, serviceId]),
    ]);
    const left = allocation.amount - allocation.reserved;
    free.push(formatEver(left));
    if (left >= needed) continue;
    const detail = `${formatEver(left)} back new deals of a service, all that is offered would take ${formatEver(needed)}`;
    const advice = "Allocate more stake to the service, or offer less: deals beyond it are declined.";
    return left === 0n ? failed(detail, advice) : warning(detail, advice);
  }
  return ok(
    services.length === 0 ? "nothing is offered" : `${free.join(", ")} back new deals, enough for all that is offered`,
  );
}
