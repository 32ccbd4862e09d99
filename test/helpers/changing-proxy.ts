import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A question and its answer on their way. For a node `question` is a JSON-RPC call, for an index a GraphQL request. */
export type Change = (question: { method?: string; params?: unknown[]; query?: string }, answer: unknown) => unknown;

/** A server that asks another one and may change what it answers, so that a test can plant one wrong figure. */
export async function startChangingProxy(target: string) {
  let change: Change = (_, answer) => answer;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const headers = { "content-type": "application/json" };
    const answer = await (await fetch(target, { method: "POST", headers, body })).json();
    response.writeHead(200, headers).end(JSON.stringify(change(JSON.parse(body), answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    setChange(next: Change): void {
      change = next;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
