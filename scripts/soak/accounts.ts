// Who acts in a soak, and how it sends: with limits, so that nobody waits for a transaction that a reorganisation has taken.
import { createWalletClient, defineChain, type HDAccount, type Hex, http, type WalletClient } from "viem";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { claimFaucetByNode } from "../../sdk/src/faucet.ts";
import { signUpload, type UploadGrant } from "../../sdk/src/uploads.ts";
import type { Content } from "./contents.ts";
import type { Seller, SoakNetwork } from "./network.ts";

export const CUSTOMERS = 10;
const CUSTOMER_INDEXES = Array.from({ length: CUSTOMERS }, (_, i) => LOCAL_ACCOUNTS.firstFree + i);
export const LIAR_INDEX = LOCAL_ACCOUNTS.firstFree + CUSTOMERS;
const CALL_MS = 20_000;
const TOKEN_SECONDS = 600n;

export type Actor = { name: string; account: HDAccount; client: WalletClient };

export function createActor({ rpcUrl, deployment }: SoakNetwork, index: number, name: string): Actor {
  const account = localAccount(index) as HDAccount;
  const chain = defineChain({
    id: deployment.chainId,
    name: deployment.network,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const transport = http(rpcUrl, { timeout: 10_000, retryCount: 1 });
  return {
    name,
    account,
    client: createWalletClient({ account, chain, transport, pollingInterval: 250, cacheTime: 0 }),
  };
}

/** Ten customers and one liar, with coin and dollars. */
export async function createActors(network: SoakNetwork): Promise<{ customers: Actor[]; liar: Actor }> {
  const customers = CUSTOMER_INDEXES.map((index, i) => createActor(network, index, `customer ${i + 1}`));
  const liar = createActor(network, LIAR_INDEX, "liar");
  for (const { account, client } of [...customers, liar]) {
    await claimFaucetByNode(client, { deployment: network.deployment, to: account.address });
  }
  return { customers, liar };
}

/** A signal for one call: `signal`, or a time that no honest answer takes. */
export function patience(signal: AbortSignal, ms = CALL_MS): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}

/** A token for one piece at one provider. `change` makes it another one. */
export async function tokenFor(
  { client, deployment }: Pick<SoakNetwork, "client" | "deployment">,
  actor: Actor,
  seller: Seller,
  dealId: bigint,
  { root, car }: Pick<Content, "root" | "car">,
  change: Partial<UploadGrant> = {},
): Promise<string> {
  const { timestamp } = await client.getBlock();
  return await signUpload(actor.account, deployment.chainId, {
    market: deployment.contracts.DealMarket,
    dealId,
    provider: seller.offer.provider,
    root: root as Hex,
    sizeBytes: BigInt(car.length),
    expiresAt: timestamp + TOKEN_SECONDS,
    ...change,
  });
}
