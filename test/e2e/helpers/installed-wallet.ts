// A wallet that is installed in the browser, as a page meets it: announced by EIP-6963, with a will of its own.
import type { BrowserContext, Page } from "playwright-core";
import { BaseError, createWalletClient, type Hex, hexToBigInt, http, isHex, numberToHex, publicActions } from "viem";
import type { LocalAccount } from "viem/accounts";
import { createBatchingWallet } from "../../helpers/batching-wallet.ts";

export const WALLET_NAME = "Story Wallet";
const USER_REJECTED = 4001;
const UNSUPPORTED_METHOD = 4200;

type Request = { method: string; params?: readonly unknown[] };
type Answer = { result: unknown } | { error: { code: number; message: string; data?: unknown } };

/** What a story changes while it goes on. */
export interface InstalledWallet {
  /** Network that the wallet is on. */
  chainId: number;
  /** Whether its owner refuses what asks for a signature. */
  isRefusing: boolean;
  /** Whether it signs typed data; wallets that are contracts do not. */
  signsTypedData: boolean;
  /** Whether it carries out several calls at once. */
  isBatching: boolean;
  /** Methods that asked its owner for something. */
  asked: string[];
}

/** Installs the wallet into every page that the context opens from now on. */
export async function installWallet(
  context: BrowserContext,
  { account, rpcUrl, chainId }: { account: LocalAccount; rpcUrl: string; chainId: number },
): Promise<InstalledWallet> {
  const wallet: InstalledWallet = { chainId, isRefusing: false, signsTypedData: true, isBatching: false, asked: [] };
  const client = createWalletClient({ account, transport: http(rpcUrl) }).extend(publicActions);
  const batches = createBatchingWallet({
    chainId,
    request: client.request,
    sendCall: async (call) => {
      const hash = await client.sendTransaction({ chain: null, ...call });
      await client.waitForTransactionReceipt({ hash });
      return hash;
    },
  });

  let isConnected = false;

  async function answer({ method, params = [] }: Request): Promise<unknown> {
    const isUnknown =
      (method === "eth_signTypedData_v4" && !wallet.signsTypedData) ||
      (/^wallet_(get|send)/.test(method) && !wallet.isBatching);
    if (isUnknown) throw Object.assign(new Error(`${method} is not supported.`), { code: UNSUPPORTED_METHOD });
    const answered = batches.answer(method, params);
    if (answered) return answered;
    switch (method) {
      case "eth_requestAccounts":
        isConnected = true;
        return [account.address];
      case "eth_accounts":
        return isConnected ? [account.address] : []; // a wallet tells its accounts to those who were let in only
      case "eth_chainId":
        return numberToHex(wallet.chainId);
      case "wallet_switchEthereumChain":
        wallet.chainId = Number((params[0] as { chainId: Hex }).chainId);
        return null;
      case "eth_signTypedData_v4":
        return account.signTypedData(JSON.parse(params[1] as string));
      case "eth_sendTransaction": {
        const { to, data, gas } = params[0] as { to: Hex; data?: Hex; gas?: Hex };
        const limit = gas ? { gas: hexToBigInt(gas) } : {};
        return client.sendTransaction({ chain: null, to, ...(data && { data }), ...limit });
      }
      default:
        return client.request({ method, params } as Parameters<typeof client.request>[0]);
    }
  }

  await context.exposeBinding("storyWallet", async (_source, request: Request): Promise<Answer> => {
    const isQuestion = /^(eth_sign|eth_send|personal_|wallet_send)/.test(request.method);
    if (isQuestion) wallet.asked.push(request.method);
    if (isQuestion && wallet.isRefusing)
      return { error: { code: USER_REJECTED, message: "User rejected the request." } };
    try {
      return { result: await answer(request) };
    } catch (error) {
      const code = error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : -32603;
      const message = error instanceof Error ? error.message : String(error);
      return { error: { code, message, data: revertDataOf(error) } };
    }
  });
  await context.addInitScript((name) => {
    const listeners = new Map<string, ((value: unknown) => void)[]>();
    const { storyWallet } = globalThis as unknown as { storyWallet: (request: Request) => Promise<Answer> };
    const provider = {
      async request(request: Request) {
        const answer = await storyWallet(request);
        if ("error" in answer) {
          const { message, ...rest } = answer.error;
          throw Object.assign(new Error(message), rest);
        }
        if (request.method === "wallet_switchEthereumChain") {
          const [{ chainId }] = request.params as [{ chainId: string }];
          for (const listener of listeners.get("chainChanged") ?? []) listener(chainId);
        }
        return answer.result;
      },
      on(event: string, listener: (value: unknown) => void) {
        listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      },
      removeListener(event: string, listener: (value: unknown) => void) {
        listeners.set(
          event,
          (listeners.get(event) ?? []).filter((each) => each !== listener),
        );
      },
    };
    const info = {
      uuid: "350670db-19fa-4704-a166-e52e178b59d2",
      name,
      icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
      rdns: "test.story.wallet",
    };
    const announce = () =>
      dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
    addEventListener("eip6963:requestProvider", announce);
    announce();
  }, WALLET_NAME);
  return wallet;
}

/** What a contract said when it refused: wallets hand it on. */
function revertDataOf(error: unknown): unknown {
  if (!(error instanceof BaseError)) return undefined;
  const found = error.walk(
    (inner) => typeof inner === "object" && inner !== null && "data" in inner && isHex(inner.data),
  );
  return found && "data" in found ? found.data : undefined;
}

/** Connects a page with the wallet that {@link installWallet} put there. */
export async function connectInstalledWallet(page: Page): Promise<void> {
  await page
    .getByRole("banner")
    .getByRole("button", { name: /^Connect/ })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: WALLET_NAME }).click();
  await page.getByRole("button", { name: /^Account/ }).waitFor();
}
