// The few JSON-RPC calls that the supervisor itself makes, before any client exists.

/** An error that a JSON-RPC server answered. */
export class RpcError extends Error {
  override name = "RpcError";
}

const TIMEOUT_MS = 5_000;

/** One JSON-RPC call. Throws `RpcError` for an error answer, and what `fetch` throws when nobody answers within 5 seconds. */
export async function callRpc<Result>(url: string, method: string, params: readonly unknown[] = []): Promise<Result> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = (await response.json()) as { result: Result; error?: { message: string } };
  if (answer.error) throw new RpcError(`${method}: ${answer.error.message}`);
  return answer.result;
}

/** What identifies a block. */
export type BlockHead = { hash: string; number: `0x${string}`; timestamp: `0x${string}` };

/** A block by number (hex) or tag, null when the chain has none. */
export function readBlock(url: string, block: string): Promise<BlockHead | null> {
  return callRpc(url, "eth_getBlockByNumber", [block, false]);
}
