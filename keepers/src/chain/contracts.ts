import type { Contracts } from "@4ever/sdk/deployments";
import {
  dealMarketAbi,
  dealPaymentsAbi,
  everTokenAbi,
  exitBountiesAbi,
  feeRouterAbi,
  ledgerAbi,
  possessionProofsAbi,
  providerRegistryAbi,
  randomBeaconAbi,
  rewardPoolAbi,
  serviceCatalogAbi,
  stakeVaultAbi,
  usageChannelsAbi,
} from "@4ever/sdk/generated/abis";
import { createPublicClient, defineChain, getContract, http, type PublicClient } from "viem";

/** A client of one node; requests of one moment share a round trip. */
export function createClient(chainId: number, rpcUrl: string, timeoutMs = 10_000): PublicClient {
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  return createPublicClient({ chain, transport: http(rpcUrl, { batch: true, timeout: timeoutMs, retryCount: 2 }) });
}

/** The contracts that a keeper reads, bound to a client. What a keeper changes goes through the sender. */
export function bindContracts(client: PublicClient, addresses: Contracts) {
  return {
    market: getContract({ abi: dealMarketAbi, address: addresses.DealMarket, client }),
    payments: getContract({ abi: dealPaymentsAbi, address: addresses.DealPayments, client }),
    proofs: getContract({ abi: possessionProofsAbi, address: addresses.PossessionProofs, client }),
    beacon: getContract({ abi: randomBeaconAbi, address: addresses.RandomBeacon, client }),
    ledger: getContract({ abi: ledgerAbi, address: addresses.Ledger, client }),
    registry: getContract({ abi: providerRegistryAbi, address: addresses.ProviderRegistry, client }),
    catalog: getContract({ abi: serviceCatalogAbi, address: addresses.ServiceCatalog, client }),
    stake: getContract({ abi: stakeVaultAbi, address: addresses.StakeVault, client }),
    ever: getContract({ abi: everTokenAbi, address: addresses.EverToken, client }),
    router: addresses.FeeRouter && getContract({ abi: feeRouterAbi, address: addresses.FeeRouter, client }),
    pool: addresses.RewardPool && getContract({ abi: rewardPoolAbi, address: addresses.RewardPool, client }),
    bounties: addresses.ExitBounties && getContract({ abi: exitBountiesAbi, address: addresses.ExitBounties, client }),
    channels:
      addresses.UsageChannels && getContract({ abi: usageChannelsAbi, address: addresses.UsageChannels, client }),
  };
}

export type BoundContracts = ReturnType<typeof bindContracts>;
