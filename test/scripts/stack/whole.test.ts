import { describe, expect, it, vi } from "vitest";
import { isRunning, processStart } from "../../../scripts/stack/process-records.ts";
import type { Progress } from "../../../scripts/stack/stack.ts";
import { parseConfig } from "../../../web/lib/config.ts";
import { startTestStack, testDirectory } from "./directory.ts";

type Index = { providers: { name: string; endpoint: string }[]; offers: { unitPrice: string }[] };

async function startWhole(dir: string) {
  const progress: Progress[] = [];
  const stack = await startTestStack({ dir, onProgress: (step) => progress.push(step) });
  async function readIndex(): Promise<Index> {
    const body = JSON.stringify({ query: "{ providers { name endpoint } offers { unitPrice } }" });
    const response = await fetch(stack.subgraphUrl ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return ((await response.json()) as { data: Index }).data;
  }
  return { stack, progress, readIndex };
}

const isHealthy = async (url: string) => (await fetch(`${url}/healthz`)).ok;

describe("startStack", () => {
  it("runs three providers, a watcher and the dashboard, restarts a killed keeper, and finds everything again", async () => {
    const dir = testDirectory();
    const first = await startWhole(dir);
    const config = parseConfig(await (await fetch(`${first.stack.dashboardUrl}/config.json`)).json());
    expect(config.chain).toMatchObject({ rpcUrl: first.stack.rpcUrl, isLocal: true });
    expect(config.deployment.contracts).toEqual(first.stack.deployment?.contracts);
    expect(await (await fetch(first.stack.dashboardUrl ?? "")).text()).toContain("<html");

    await vi.waitFor(async () => expect((await first.readIndex()).offers).toHaveLength(3), { timeout: 20_000 });
    const { providers, offers } = await first.readIndex();
    expect(new Set(offers.map(({ unitPrice }) => unitPrice)).size).toBe(3);
    const { watcher, ...urls } = first.stack.keeperUrls ?? {};
    expect(providers.map(({ endpoint }) => endpoint).sort()).toEqual(Object.values(urls).sort());
    for (const url of [watcher, ...Object.values(urls)]) expect(await isHealthy(url ?? "")).toBe(true);

    const [keeper] = first.stack.keepers;
    const killed = keeper?.pid ?? 0;
    const pids = first.stack.keepers.map(({ pid }) => ({ pid, startedAt: processStart(pid) }));
    process.kill(killed, "SIGKILL");
    await vi.waitFor(() => expect(keeper?.pid).not.toBe(killed), { timeout: 30_000 });
    expect(await isHealthy(keeper?.url ?? "")).toBe(true);
    await first.stack.stop();
    expect(pids.filter(isRunning)).toEqual([]);

    const second = await startWhole(dir);
    expect(second.stack.keeperUrls).toEqual(first.stack.keeperUrls);
    expect(second.progress.find(({ step, ms }) => step === "contracts" && ms !== undefined)?.detail).toContain("found");
    expect((await second.readIndex()).offers).toHaveLength(3);
  });
});
