// The three providers of the local network, on the chain: registered by invitation, staked, with offers at different prices.
import {
  createWalletClient,
  defineChain,
  erc20Abi,
  http,
  keccak256,
  parseEther,
  parseUnits,
  publicActions,
  stringToHex,
} from "viem";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { becomeProvider } from "../become-provider.ts";
import type { DeploymentRecord } from "../deployment/record.ts";
import { type KeeperSeat, keeperUrl } from "./keepers.ts";

const HOSTING = keccak256(stringToHex("hosting"));
const CAPACITY_BYTES = 20n * 2n ** 30n;
const STAKE = parseEther("200"); // EVER; each GiB on offer needs one
const ALLOCATED = parseEther("100");
const MIN_TERM_PERIODS = 2;

type LocalProvider = {
  name: ProviderName;
  displayName: string;
  region: string;
  unitPrice: bigint;
  owner: number;
  operator: number;
};

type ProviderName = "provider-alder" | "provider-birch" | "provider-cedar";

/** Each from another operator group. */
export const LOCAL_PROVIDERS: readonly LocalProvider[] = [
  provider(0, "provider-alder", "Alder Storage", "eu-central", "3.00"),
  provider(1, "provider-birch", "Birch Hosting", "us-east", "2.40"),
  provider(2, "provider-cedar", "Cedar Archive", "ap-south", "4.20"),
];

/** `price` in local dollars per GiB and 30 periods. */
function provider(
  number: 0 | 1 | 2,
  name: ProviderName,
  displayName: string,
  region: string,
  price: string,
): LocalProvider {
  const { providers, operators } = LOCAL_ACCOUNTS;
  return {
    name,
    displayName,
    region,
    unitPrice: parseUnits(price, 6),
    owner: providers[number],
    operator: operators[number],
  };
}

function clientOf(index: number, rpcUrl: string, { chainId, network }: DeploymentRecord) {
  const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
  const chain = defineChain({ id: chainId, name: network, nativeCurrency, rpcUrls: { default: { http: [rpcUrl] } } });
  return createWalletClient({
    chain,
    account: localAccount(index),
    transport: http(rpcUrl),
    pollingInterval: 50,
    cacheTime: 0,
  });
}

export type EnterOptions = { deployment: DeploymentRecord; rpcUrl: string; signal?: AbortSignal };

/** Brings a provider to where it can take deals, doing only what is missing. Safe to run twice. Throws `ProtocolError`. */
export async function enterProvider(
  { owner, displayName, region, unitPrice }: LocalProvider,
  group: number,
  seat: KeeperSeat,
  { deployment, rpcUrl, signal }: EnterOptions,
): Promise<void> {
  const [paymentToken] = deployment.tokens;
  if (!paymentToken) throw new Error("The deployment lists no payment token.");
  const account = localAccount(owner);
  const invite = deployment.invites?.find(({ invitee }) => invitee === account.address)?.invite;
  await becomeProvider(
    rpcUrl,
    deployment,
    {
      account,
      operator: seat.account.address,
      group,
      name: displayName,
      endpoint: keeperUrl(seat),
      invite: async () => invite ?? "",
      stakeAmount: STAKE,
      allocatedAmount: ALLOCATED,
      offer: {
        serviceId: HOSTING,
        tokenId: paymentToken.tokenId,
        unitPrice,
        capacityBytes: CAPACITY_BYTES,
        minTermPeriods: MIN_TERM_PERIODS,
        region,
      },
    },
    signal,
  );
}

/** The account that is offered for a first try, with EVER and local dollars. Returns its address. Throws `ProtocolError`. */
export async function fundTestWallet({ deployment, rpcUrl, signal }: EnterOptions): Promise<`0x${string}`> {
  const { address } = localAccount(LOCAL_ACCOUNTS.firstFree);
  const client = clientOf(LOCAL_ACCOUNTS.firstFree, rpcUrl, deployment);
  const { address: watcher } = localAccount(LOCAL_ACCOUNTS.watcher);
  const { PaymentToken } = deployment.contracts;
  const balance = await client.extend(publicActions).readContract({
    address: PaymentToken,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [address],
  });
  if (balance > 0n) return address;
  await claimFaucet(client, { deployment, ...(signal && { signal }) });
  // By this account, not by itself: a keeper's key sends nothing but the keeper's. It buys fees.
  await claimFaucet(client, { deployment, to: watcher, ...(signal && { signal }) });
  return address;
}
