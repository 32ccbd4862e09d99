import { type Chain, defineChain } from "viem";
import { createConfig, createStorage, http } from "wagmi";
import type { AppConfig } from "@/lib/config";
import { type TestAccount, testWallet } from "@/lib/wallet/test-wallet";

const LOCAL_BLOCK_MS = 1_000;
const LOCAL_POLLING_MS = 1_000;
const POLLING_MS = 4_000;

/** Accounts of the public mnemonic that no part of the local stack sends from, and the one that holds the treasury: it has votes to try with. */
const DEFAULT_TEST_ACCOUNTS: readonly TestAccount[] = [
  { index: 10, label: "Customer" },
  { index: 11, label: "Provider" },
  { index: 12, label: "Somebody else" },
  { index: 1, label: "Treasury" },
  { index: 2, label: "Invite issuer" },
];

/** The configured chain in viem's words. */
export function chainOf({ chain, deployment }: AppConfig): Chain {
  return defineChain({
    id: deployment.chainId,
    name: chain.name,
    // viem asks for receipts at a rhythm that follows from this.
    ...(chain.isLocal ? { blockTime: LOCAL_BLOCK_MS } : {}),
    nativeCurrency: { name: chain.nativeSymbol, symbol: chain.nativeSymbol, decimals: 18 },
    rpcUrls: { default: { http: [chain.rpcUrl] } },
    ...(chain.explorerUrl ? { blockExplorers: { default: { name: "Explorer", url: chain.explorerUrl } } } : {}),
  });
}

/** wagmi for one network: extensions announce themselves by EIP-6963; a local chain adds the test wallet. */
export function createWagmiConfig(config: AppConfig) {
  const chain = chainOf(config);
  const testAccounts = config.testAccounts.length > 0 ? config.testAccounts : DEFAULT_TEST_ACCOUNTS;
  return createConfig({
    chains: [chain],
    connectors: config.chain.isLocal ? [testWallet({ chain, testAccounts })] : [],
    transports: { [chain.id]: http(config.chain.rpcUrl) },
    multiInjectedProviderDiscovery: true,
    pollingInterval: config.chain.isLocal ? LOCAL_POLLING_MS : POLLING_MS,
    storage: createStorage({ key: `4ever.${chain.id}`, storage: globalThis.localStorage }),
  });
}
