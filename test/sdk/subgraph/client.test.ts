import { describe, expect, it } from "vitest";
import { createSubgraph } from "../../../sdk/src/subgraph/client.ts";

const QUERY = { document: "{ _meta { block { number } } }" };

/** A server that takes the question and never answers, as a stopped process does. */
const silent: typeof fetch = (_url, init) =>
  new Promise((_done, fail) => {
    const { signal } = init ?? {};
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => fail(signal.reason));
  });
const answering =
  (body: object, status = 200): typeof fetch =>
  async () =>
    Response.json(body, { status });
const ask = (fetch: typeof globalThis.fetch, options: { timeoutMs?: number } = {}) =>
  createSubgraph("http://index.example/", { fetch, ...options }).ask(QUERY, {});

describe("createSubgraph", () => {
  it("gives up on an index that never answers", async () => {
    await expect(ask(silent, { timeoutMs: 1 })).rejects.toMatchObject({
      name: "SubgraphError",
      isSilent: true,
      message: "The index does not answer. The chain and your money are not affected.",
    });
  });

  it("lets the caller stop, and says nothing of the index then", async () => {
    const reason = new Error("the page was left");
    const page = new AbortController();
    const stopped = createSubgraph("http://index.example/", { fetch: silent }).ask(QUERY, {}, page.signal);
    page.abort(reason);
    await expect(stopped).rejects.toBe(reason);
  });

  it("tells an index that refuses from one that is away", async () => {
    await expect(ask(answering({ errors: [{ message: "No such field." }] }))).rejects.toThrow(
      /with an error: No such field/,
    );
    await expect(ask(() => Promise.reject(new TypeError("fetch failed")))).rejects.toThrow(/cannot be reached/);
  });

  it.each([
    ["a page of a proxy", new Response("<h1>Bad gateway</h1>", { status: 502 }), /with an error: HTTP 502\.$/],
    ["no JSON", new Response("", { status: 200 }), /with an error: HTTP 200\.$/],
    ["nothing", Response.json(null), /with an error: HTTP 200\.$/],
    ["a result beside errors", Response.json({ data: {}, errors: [{ message: "Half." }] }), /with an error: Half\.$/],
    ["a result with a failure's status", Response.json({ data: {} }, { status: 500 }), /with an error: HTTP 500\.$/],
  ])("takes %s for no result", async (_, response, message) => {
    await expect(ask(async () => response)).rejects.toThrow(message);
  });

  it("asks with its variables, for JSON", async () => {
    const sent: Parameters<typeof globalThis.fetch>[] = [];
    const fetch: typeof globalThis.fetch = async (...request) => {
      sent.push(request);
      return Response.json({ data: {} });
    };
    await createSubgraph("http://index.example/", { fetch }).ask({ document: "query ($id: ID!) { a }" }, { id: "7" });
    expect(sent).toMatchObject([
      [
        "http://index.example/",
        {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"query":"query ($id: ID!) { a }","variables":{"id":"7"}}',
        },
      ],
    ]);
  });

  it("asks again when a reorganisation took the block away from under the question, and not for ever", async () => {
    const reorganised = { errors: [{ message: "the chain was reorganized while executing the query" }] };
    const bodies = [reorganised, reorganised, { data: { _meta: { block: { number: 7 } } } }];
    expect(await ask(async () => Response.json(bodies.shift()))).toEqual({ _meta: { block: { number: 7 } } });

    let asked = 0;
    const always: typeof fetch = async () => {
      asked += 1;
      return Response.json(reorganised);
    };
    await expect(ask(always)).rejects.toThrow(/reorganized/);
    expect(asked).toBe(6);
  });

  it("gives the answer", async () => {
    expect(await ask(answering({ data: { _meta: { block: { number: 7 } } } }))).toEqual({
      _meta: { block: { number: 7 } },
    });
  });
});
