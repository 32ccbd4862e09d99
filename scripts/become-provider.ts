// What a new provider does on chain, in the order in which the dashboard leads through it. Safe to run twice: it does what is missing.
import type { Address, Hex, LocalAccount } from "viem";
import { createPublicClient, createWalletClient, getAddress, http } from "viem";
import { LOCAL_ACCOUNTS, localAccount } from "../contracts/ignition/local-chain.ts";
import {
  allocate,
  claimFaucet,
  createInvite,
  type Deployment,
  getEndpoint,
  getProvider,
  getStake,
  getToken,
  listOffers,
  type Offer,
  publishOffer,
  register,
  setEndpoint,
  stake,
} from "../sdk/src/index.ts";

/** What a provider of a local chain is and sells. */
export interface NewProvider {
  account: LocalAccount;
  /** Key of its keeper. */
  operator: Address;
  group: number;
  name: string;
  /** URL of its keeper. */
  endpoint: string;
  /** Makes the invitation that registering needs. Not called when the provider is registered. */
  invite: () => Promise<string>;
  /** EVER base units. */
  stakeAmount: bigint;
  /** Part of the stake that backs the offer's service; all of it by default. EVER base units. */
  allocatedAmount?: bigint;
  offer: {
    serviceId: Hex;
    tokenId: number;
    /** Token base units per GiB and 30 periods. */
    unitPrice: bigint;
    capacityBytes: bigint;
    minTermPeriods: number;
    region: string;
  };
}

/** One step that was taken, with the transaction that it cost. */
export interface OnboardingStep {
  name: "faucet" | "register" | "endpoint" | "stake" | "allocate" | "offer";
  gas: bigint;
}

/** Registers, stakes and publishes one offer, and tells what had to be done. Throws `ProtocolError`. */
export async function becomeProvider(
  rpcUrl: string,
  deployment: Deployment,
  wanted: NewProvider,
  signal?: AbortSignal,
): Promise<{ offer: Offer; steps: OnboardingStep[] }> {
  const { account, endpoint, name, operator, group, stakeAmount } = wanted;
  const client = createWalletClient({ account, transport: http(rpcUrl), pollingInterval: 100 });
  const provider = account.address;
  const common = { deployment, ...(signal && { signal }) };
  const steps: OnboardingStep[] = [];
  const step = async (stepName: OnboardingStep["name"], work: Promise<{ receipt: { gasUsed: bigint } }>) => {
    const { receipt } = await work;
    steps.push({ name: stepName, gas: receipt.gasUsed });
  };

  const { serviceId } = wanted.offer;
  if (!(await getProvider(client, { deployment, provider }))) {
    const invite = await wanted.invite();
    await step("faucet", claimFaucet(client, common));
    await step("register", register(client, { ...common, operator, group, endpoint, name, invite }));
  } else if ((await getEndpoint(client, { deployment, provider }))?.endpoint !== endpoint) {
    await step("endpoint", setEndpoint(client, { ...common, endpoint, name }));
  }

  const held = await getStake(client, { deployment, provider, serviceId });
  // What its owner has changed since then stays so.
  const isNew = held.active === 0n && held.thawing === 0n;
  if (isNew) await step("stake", stake(client, { ...common, amount: stakeAmount }));
  const { allocatedAmount = stakeAmount } = wanted;
  if (isNew || (held.allocated === 0n && held.thawing === 0n))
    await step("allocate", allocate(client, { ...common, serviceId, amount: allocatedAmount }));

  // A withdrawn one, too: its owner may have wanted that.
  const found = await lastOfferOf(client, deployment, provider);
  if (found) return { offer: found, steps };
  const token = await getToken(client, { deployment, tokenId: wanted.offer.tokenId });
  await step("offer", publishOffer(client, { ...common, ...wanted.offer, token }));
  const offer = await lastOfferOf(client, deployment, provider);
  if (!offer) throw new Error(`The offer of ${name} was published and is not there.`);
  return { offer, steps };
}

async function lastOfferOf(client: Parameters<typeof listOffers>[0], deployment: Deployment, provider: Address) {
  const offers = await listOffers(client, { deployment });
  return offers.findLast((offer) => getAddress(offer.provider) === provider);
}

const INVITE_SECONDS = 86_400;

/** An invitation to a local network for one account, signed by its issuer. */
export async function inviteByLocalIssuer(rpcUrl: string, deployment: Deployment, invitee: Address): Promise<string> {
  const { timestamp } = await createPublicClient({ transport: http(rpcUrl) }).getBlock();
  const issuer = createWalletClient({ account: localAccount(LOCAL_ACCOUNTS.inviter), transport: http(rpcUrl) });
  return createInvite(issuer, { deployment, invitee, expiresAt: Number(timestamp) + INVITE_SECONDS });
}
