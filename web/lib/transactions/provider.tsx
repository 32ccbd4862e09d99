"use client";

import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import {
  CallExecutionError,
  type Client,
  type Hash,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  toHex,
} from "viem";
import {
  call,
  getBlock,
  getBlockNumber,
  getTransaction,
  getTransactionCount,
  getTransactionReceipt,
  waitForTransactionReceipt,
} from "viem/actions";
import { useConfig } from "wagmi";
import { getClient, getConnection } from "wagmi/actions";
import { useAppConfig } from "@/lib/config-context";
import { createSubgraph, fetchIndexedBlock } from "@/lib/subgraph";
import { explain } from "@/lib/transactions/explain";
import { type TransactionPorts, TransactionStore, type TransactionsSnapshot } from "@/lib/transactions/store";
import type { Explanation, Receipt, TransactionPlan } from "@/lib/transactions/types";

const LOCAL_PAUSE_MS = 400;
const PAUSE_MS = 2_000;
/** Blocks in which a transaction without a known hash is looked for. */
const SEARCHED_BLOCKS = 256;

const StoreContext = createContext<TransactionStore | undefined>(undefined);

const receiptFrom = (receipt: TransactionReceipt): Receipt => ({
  hash: receipt.transactionHash,
  blockNumber: Number(receipt.blockNumber),
  blockHash: receipt.blockHash,
  succeeded: receipt.status === "success",
  gasUsed: receipt.gasUsed,
  gasPriceWei: receipt.effectiveGasPrice,
  logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics, data })),
});

/** Runs a reverted transaction once more as a call at its own block, to hear its reason. */
async function explainRevert(client: Client, hash: Hash): Promise<Explanation> {
  const undecided: Explanation = {
    kind: "refused",
    what: "The contract refused when the transaction was mined; only the network's fee was paid.",
    next: "Things changed between sending and mining. Reload, then try again.",
  };
  try {
    const { from, to, input, value, blockNumber, gas } = await getTransaction(client, { hash });
    await call(client, { account: from, to, data: input, value, gas, ...(blockNumber ? { blockNumber } : {}) });
    return undecided;
  } catch (error) {
    if (!(error instanceof CallExecutionError)) return undecided;
    const reason = explain(error);
    return reason.kind === "refused"
      ? { ...reason, what: `${reason.what} Only the network's fee was paid.` }
      : undecided;
  }
}

function portsOf(
  client: Client,
  rest: Pick<TransactionPorts, "chainId" | "account" | "indexedBlock">,
  pauseMs: number,
): TransactionPorts {
  return {
    ...rest,
    storage: globalThis.localStorage,
    nonceOf: (address) => getTransactionCount(client, { address, blockTag: "pending" }),
    blockNumber: async () => Number(await getBlockNumber(client, { cacheTime: 0 })),
    waitForReceipt: async (hash, onReplaced) =>
      receiptFrom(
        await waitForTransactionReceipt(client, {
          hash,
          onReplaced: ({ transaction }) => onReplaced(transaction.hash),
        }),
      ),
    receiptOf: async (hash) => {
      try {
        return receiptFrom(await getTransactionReceipt(client, { hash }));
      } catch (error) {
        if (error instanceof TransactionReceiptNotFoundError) return undefined;
        throw error;
      }
    },
    findMined: async (account, nonce, fromBlock) => {
      const head = Number(await getBlockNumber(client, { cacheTime: 0 }));
      for (let height = fromBlock; height <= Math.min(head, fromBlock + SEARCHED_BLOCKS); height += 1) {
        const { transactions } = await getBlock(client, { blockNumber: BigInt(height), includeTransactions: true });
        const found = transactions.find(
          (candidate) => candidate.nonce === nonce && candidate.from.toLowerCase() === account.toLowerCase(),
        );
        if (found) return { hash: found.hash, to: found.to };
      }
      return undefined;
    },
    explainRevert: (hash) => explainRevert(client, hash),
    explain,
    pause: () => new Promise((resolve) => setTimeout(resolve, pauseMs)),
    nowMs: () => Date.now(),
    newId: () => crypto.randomUUID(),
    newBatchId: () => toHex(crypto.getRandomValues(new Uint8Array(16))),
  };
}

/** Holds the one store of transactions, above all pages, so that leaving a page loses nothing. */
export function TransactionsProvider({ children }: { children: ReactNode }) {
  const wagmiConfig = useConfig();
  const { chain, deployment, subgraphUrl } = useAppConfig();
  const queryClient = useQueryClient();
  const [store] = useState(() => {
    const client = getClient(wagmiConfig);
    if (!client) throw new Error("There is no client for the configured chain.");
    const subgraph = createSubgraph(subgraphUrl);
    return new TransactionStore(
      portsOf(
        client,
        {
          chainId: deployment.chainId,
          account: () => getConnection(wagmiConfig).address,
          indexedBlock: async () => (await fetchIndexedBlock(subgraph)).number,
        },
        chain.isLocal ? LOCAL_PAUSE_MS : PAUSE_MS,
      ),
    );
  });

  useEffect(() => store.resumeStored(), [store]);

  // Whatever was changed on chain may be shown anywhere: refresh what is on screen when a transaction gets through.
  useEffect(() => {
    const settled = new Set<string>();
    return store.subscribe(() => {
      for (const { id, stage } of store.getSnapshot().records) {
        const mark = `${id}:${stage.name}`;
        if ((stage.name !== "done" && stage.name !== "indexing") || settled.has(mark)) continue;
        settled.add(mark);
        void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "config" });
      }
    });
  }, [store, queryClient]);

  return <StoreContext value={store}>{children}</StoreContext>;
}

export function useTransactionStore(): TransactionStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error("Transactions are used outside of their provider.");
  return store;
}

export function useTransactions(): TransactionsSnapshot {
  const store = useTransactionStore();
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}

/** Opens a plan in the drawer for review. */
export function useOpenTransaction(): (plan: TransactionPlan) => void {
  const store = useTransactionStore();
  return useCallback((plan) => void store.open(plan), [store]);
}
