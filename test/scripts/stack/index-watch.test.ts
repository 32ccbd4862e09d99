import pg from "pg";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { watchIndex } from "../../../scripts/stack/index-watch.ts";
import { createProcessTable } from "../../../scripts/stack/processes.ts";
import { callRpc } from "../../../scripts/stack/rpc.ts";
import { serve } from "../../../scripts/stack/servers.ts";
import { startLocalChain } from "../../helpers/local-chain.ts";
import { startLocalIndex } from "../../helpers/local-index.ts";
import { testDirectory } from "./directory.ts";

const QUICK_MS = 600;
const NOBODY = "http://127.0.0.1:9";

/** A server whose every answer is what `answer` gives at that moment. */
async function serveJson(answer: () => unknown): Promise<string> {
  const server = await serve(0, (_, response) => response.end(JSON.stringify(answer())));
  onTestFinished(server.stop);
  return server.url;
}

const indexAt = (number: () => number) =>
  serveJson(() => ({ data: { _meta: { block: { number: number(), hash: "0x01" }, hasIndexingErrors: false } } }));

const chainAt = (height: () => number) => serveJson(() => ({ result: height() }));

/** A process of this test's own that does nothing. */
async function startIdle() {
  const processes = createProcessTable(testDirectory());
  onTestFinished(() => processes.stopAll());
  return await processes.start({ name: "idle", command: process.execPath, args: ["-e", "setInterval(() => {}, 1e6)"] });
}

describe("watchIndex", () => {
  it("says nothing of an index near the chain's head, nor while the chain does not answer", async () => {
    const [ours, url] = await Promise.all([startIdle(), indexAt(() => 95)]);
    const onStuck = vi.fn();
    const common = { process: ours, url, stuckAfterMs: QUICK_MS };
    const still = [await chainAt(() => 100), NOBODY].map((rpcUrl) => watchIndex({ ...common, rpcUrl, onStuck }));
    await watchIndex({ ...common, rpcUrl: await chainAt(() => 101), stuckAfterMs: 3 * QUICK_MS, onStuck: () => {} });
    await Promise.all(still);
    expect(onStuck).not.toHaveBeenCalled();
  });

  it("leaves an index that gets on alone, however far behind it is", async () => {
    let asked = 0;
    const [ours, url, rpcUrl] = await Promise.all([
      startIdle(),
      indexAt(() => Math.min(++asked, 40)),
      chainAt(() => 1_000),
    ]);
    const onStuck = vi.fn();
    await watchIndex({ process: ours, url, rpcUrl, stuckAfterMs: QUICK_MS, onStuck });
    expect(onStuck).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("stands at block 40 since"));
  });

  it("leaves a subgraph alone that has failed: a new start would fail again", async () => {
    const failed = { data: { _meta: { block: { number: 7, hash: "0x01" }, hasIndexingErrors: true } } };
    const [ours, url, rpcUrl] = await Promise.all([startIdle(), serveJson(() => failed), chainAt(() => 1_000)]);
    const onStuck = vi.fn();
    await watchIndex({ process: ours, url, rpcUrl, stuckAfterMs: QUICK_MS, onStuck });
    expect(onStuck).not.toHaveBeenCalled();
    expect(process.kill(ours.pid, 0)).toBe(true);
  });

  it("ends a process that does not answer for its index at all", async () => {
    const [ours, rpcUrl] = await Promise.all([startIdle(), chainAt(() => 1_000)]);
    const onStuck = vi.fn();
    await watchIndex({ process: ours, url: NOBODY, rpcUrl, stuckAfterMs: QUICK_MS, onStuck });
    expect(onStuck).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("stands at block none since"));
    expect(await ours.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("ends a graph-node that answers, and writes nothing any more", async () => {
    const chain = await startLocalChain();
    onTestFinished(chain.stop);
    const index = await startLocalIndex(chain);
    onTestFinished(index.stop);
    await index.caughtUp();
    const { graphNode, postgres, url } = index;
    const { rows } = await postgres.query(
      "postgres",
      "select datname from pg_database where datname like 'graph%' and not datistemplate",
    );
    const database = rows[0]?.datname as string;
    // Whoever holds this lock lets queries read, and nobody write.
    const holder = new pg.Client({ connectionString: postgres.urlOf(database) });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query("begin; lock subgraphs.head in exclusive mode");
    await callRpc(chain.rpcUrl, "anvil_mine", ["0x14"]);
    const onStuck = vi.fn();
    await watchIndex({ process: graphNode, url, rpcUrl: chain.rpcUrl, stuckAfterMs: 3_000, onStuck });
    expect(onStuck).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/stands at block \d+ since/));
    expect(await graphNode.exited).toEqual({ code: null, signal: "SIGKILL" });
  });
});
