// The part of a wallet that carries out several calls at once, as EIP-5792 has it. It sends them one after the other from its account.
import { type Address, type EIP1193RequestFn, type Hex, numberToHex, type RpcTransactionReceipt } from "viem";

type Call = { to: Address; data: Hex };
type Batch = { id?: string; calls: readonly Call[] };

const DUPLICATE_ID = 5720;
const UNKNOWN_ID = 5730;
const UPGRADE_REJECTED = 5750;

/** What the wallet says of itself, and what it was asked to do. */
export interface BatchingWallet {
  /** `ready`: its owner has to agree once, and does not. */
  atomic: "supported" | "ready" | "unsupported";
  /** Batches that it carried out. */
  sent: Call[][];
  /** Answers a `wallet_` method; undefined for one that is not about batches. */
  answer(method: string, params: readonly unknown[]): Promise<unknown> | undefined;
}

function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Such a wallet for one account. `sendCall` sends one transaction of it and gives its hash once it is mined. */
export function createBatchingWallet({
  chainId,
  request,
  sendCall,
}: {
  chainId: number;
  request: EIP1193RequestFn;
  sendCall: (call: Call) => Promise<Hex>;
}): BatchingWallet {
  const known = new Map<string, Hex[]>();

  async function send({ id = `0x${(known.size + 1).toString(16)}`, calls }: Batch): Promise<{ id: string }> {
    if (wallet.atomic === "ready") throw refusal(UPGRADE_REJECTED, "The owner keeps the account as it is.");
    if (known.has(id)) throw refusal(DUPLICATE_ID, "A batch of this name was sent before.");
    const hashes: Hex[] = [];
    known.set(id, hashes);
    wallet.sent.push([...calls]);
    for (const call of calls) hashes.push(await sendCall(call));
    return { id };
  }

  async function statusOf(id: string) {
    const hashes = known.get(id);
    if (!hashes) throw refusal(UNKNOWN_ID, "There is no batch of this name.");
    const receipts = (await Promise.all(
      hashes.map((hash) => request({ method: "eth_getTransactionReceipt", params: [hash] })),
    )) as RpcTransactionReceipt[];
    const hasFailed = receipts.some((receipt) => receipt.status !== "0x1");
    return {
      version: "2.0.0",
      id,
      chainId: numberToHex(chainId),
      atomic: true,
      status: hasFailed ? 500 : 200,
      receipts,
    };
  }

  const wallet: BatchingWallet = {
    atomic: "supported",
    sent: [],
    answer(method, params) {
      switch (method) {
        case "wallet_getCapabilities":
          return Promise.resolve({ [numberToHex(chainId)]: { atomic: { status: wallet.atomic } } });
        case "wallet_sendCalls":
          return send(params[0] as Batch);
        case "wallet_getCallsStatus":
          return statusOf(params[0] as string);
        default:
          return undefined;
      }
    },
  };
  return wallet;
}
