import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Address, type Hex, parseTransaction, type TransactionSerialized } from "viem";

type RpcCall = { id: number; method: string; params: unknown[] };

/** A transaction on its way to the node. */
export type Passing = { to: Address | null | undefined; selector: Hex; data: Hex; raw: Hex };

/** Decides about a transaction: let it through, keep it from the node, or let it through but lose the node's answer. */
export type Gate = (passing: Passing) => "pass" | "drop" | "swallow";

/** A node between keeper and node, so that a test sees each transaction, and can let things go wrong at the moment it chooses. */
export async function startRpcProxy(target: string) {
  const passed: Passing[] = [];
  let gate: Gate = () => "pass";
  let isGone = false;
  const server = createServer(async (request, response) => {
    if (isGone) return void response.destroy();
    const text = Buffer.concat(await request.toArray()).toString();
    const calls: RpcCall[] = [JSON.parse(text)].flat();
    const sent = calls.flatMap(({ method, params }) => (method === "eth_sendRawTransaction" ? [params[0] as Hex] : []));
    const verdicts = sent.map((raw) => {
      const { to, data = "0x" } = parseTransaction(raw as TransactionSerialized);
      const passing = { to, selector: data.slice(0, 10) as Hex, data, raw };
      const verdict = gate(passing);
      if (verdict !== "drop") passed.push(passing);
      return verdict;
    });
    if (verdicts.includes("drop")) return void response.destroy();
    const headers = { "content-type": "application/json" };
    const answer = await (await fetch(target, { method: "POST", headers, body: text })).text();
    if (verdicts.includes("swallow")) return void response.destroy();
    response.writeHead(200, headers).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Transactions that reached the node, in order; the same bytes may be there again. */
    passed,
    setGate(next: Gate): void {
      gate = next;
    },
    /** From now on the node does not answer, or does again. */
    setGone(next: boolean): void {
      isGone = next;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
