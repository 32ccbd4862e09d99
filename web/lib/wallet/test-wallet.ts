import {
  type Address,
  type Chain,
  createWalletClient,
  custom,
  type EIP1193Provider,
  getAddress,
  type Hex,
  http,
  isAddressEqual,
  numberToHex,
  ProviderRpcError,
  SwitchChainError,
  type TypedDataDefinition,
} from "viem";
import type { HDAccount } from "viem/accounts";
import { createConnector } from "wagmi";

export const TEST_WALLET_ID = "4ever-test-wallet";

const STORAGE_KEY = "testWallet.index";
const UNSUPPORTED_METHOD = 4200;

export interface TestAccount {
  /** Address index below m/44'/60'/0'/0. */
  index: number;
  label: string;
}

/** One public test account with its key. For local chains only: what it is given, anybody can take. */
export async function testAccount(index: number): Promise<HDAccount> {
  const { testAccountOf } = await import("@/lib/wallet/test-accounts");
  return testAccountOf(index);
}

interface TestWalletProperties extends Record<string, unknown> {
  readonly testAccounts: readonly TestAccount[];
  /** Makes another test account the connected one, and remembers it. */
  selectTestAccount(index: number): Promise<void>;
}

/**
 * A wallet for the local chain, so that nobody needs an extension to try the network. It signs in this page, without
 * asking, with keys that everybody knows; it must never be configured for any other chain.
 */
export function testWallet({ chain, testAccounts }: { chain: Chain; testAccounts: readonly TestAccount[] }) {
  type Provider = Pick<EIP1193Provider, "request">;
  return createConnector<Provider, TestWalletProperties, { [STORAGE_KEY]: number; "testWallet.connected": boolean }>(
    (config) => {
      const first = testAccounts[0];
      if (!first) throw new Error("The test wallet needs at least one account.");
      let selected = first.index;
      let isConnected = false;

      const rpc = http(chain.rpcUrls.default.http[0])({ chain, retryCount: 0 });
      const addressOf = async (index: number) => (await testAccount(index)).address;
      const clientOf = (account: HDAccount) =>
        createWalletClient({ account, chain, transport: custom({ request: rpc.request }) });

      async function signerOf(address: unknown): Promise<HDAccount> {
        const signer = await testAccount(selected);
        if (typeof address !== "string" || !isAddressEqual(address as Address, signer.address)) {
          throw new ProviderRpcError(new Error(`The test wallet is connected as ${signer.address}.`), {
            code: 4100,
            shortMessage: `The test wallet is connected as ${signer.address}.`,
          });
        }
        return signer;
      }

      async function request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
        const args = (params ?? []) as unknown[];
        switch (method) {
          case "eth_accounts":
          case "eth_requestAccounts":
            return [await addressOf(selected)];
          case "eth_chainId":
            return numberToHex(chain.id);
          case "personal_sign":
            return (await signerOf(args[1])).signMessage({ message: { raw: args[0] as Hex } });
          case "eth_signTypedData_v4": {
            const typedData = (typeof args[1] === "string" ? JSON.parse(args[1]) : args[1]) as TypedDataDefinition;
            return (await signerOf(args[0])).signTypedData(typedData);
          }
          case "eth_sendTransaction": {
            const call = args[0] as { from: Address; to?: Address; data?: Hex; value?: Hex; gas?: Hex; nonce?: Hex };
            return clientOf(await signerOf(call.from)).sendTransaction({
              to: call.to,
              data: call.data,
              value: call.value ? BigInt(call.value) : undefined,
              gas: call.gas ? BigInt(call.gas) : undefined,
              nonce: call.nonce ? Number(call.nonce) : undefined,
            });
          }
          case "wallet_switchEthereumChain":
          case "wallet_addEthereumChain":
            return null;
          default:
            if (method.startsWith("wallet_")) {
              throw new ProviderRpcError(new Error(`The test wallet does not support ${method}.`), {
                code: UNSUPPORTED_METHOD,
                shortMessage: `The test wallet does not support ${method}.`,
              });
            }
            return rpc.request({ method, params } as Parameters<typeof rpc.request>[0]);
        }
      }
      const provider = { request } as Provider;

      return {
        id: TEST_WALLET_ID,
        name: "Test wallet",
        type: "testWallet",
        testAccounts,
        async setup() {
          const stored = await config.storage?.getItem(STORAGE_KEY);
          if (typeof stored === "number" && testAccounts.some(({ index }) => index === stored)) selected = stored;
        },
        async selectTestAccount(index) {
          selected = index;
          await config.storage?.setItem(STORAGE_KEY, index);
          if (isConnected) config.emitter.emit("change", { accounts: [await addressOf(index)] });
        },
        async connect({ withCapabilities } = {}) {
          isConnected = true;
          await config.storage?.setItem("testWallet.connected", true);
          const address = await addressOf(selected);
          const accounts = withCapabilities ? [{ address, capabilities: {} }] : [address];
          // wagmi types the result by the literal of `withCapabilities`, which an implementation cannot name.
          return { accounts: accounts as never, chainId: chain.id };
        },
        async disconnect() {
          isConnected = false;
          await config.storage?.removeItem("testWallet.connected");
        },
        async getAccounts() {
          return [await addressOf(selected)];
        },
        async getChainId() {
          return chain.id;
        },
        async getProvider() {
          return provider;
        },
        async isAuthorized() {
          return (await config.storage?.getItem("testWallet.connected")) === true;
        },
        async switchChain({ chainId }) {
          if (chainId !== chain.id)
            throw new SwitchChainError(new Error("The test wallet knows the local chain only."));
          return chain;
        },
        onAccountsChanged(changed) {
          config.emitter.emit("change", { accounts: changed.map((address) => getAddress(address)) });
        },
        onChainChanged() {},
        onDisconnect() {
          config.emitter.emit("disconnect");
        },
      };
    },
  );
}
