import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkKubo } from "../../../../keepers/src/commands/checks/kubo.ts";
import { findKubo } from "../../../../scripts/kubo.mjs";
import { startKubo, startKuboProxy } from "../../adapters/storage/kubo-daemon.ts";

const GIB = 2 ** 30;
const kubo = findKubo() ?? "";

describe.skipIf(!kubo)("checkKubo, beside a real Kubo", () => {
  async function start(config?: Record<string, unknown>) {
    const daemon = await startKubo(kubo, config);
    onTestFinished(daemon.stop);
    return daemon;
  }

  it("names what Kubo forbids to whom, and is content with a user who may do it", async () => {
    const allowed = ["version", "id", "repo/stat", "block/get", "pin/ls"].map((path) => `/api/v0/${path}`);
    const user = (name: string, AllowedPaths: string[]) => ({ AuthSecret: `basic:${name}:secret`, AllowedPaths });
    const { api } = await start({
      "API.Authorizations": { reader: user("reader", allowed), keeper: user("keeper", ["/api/v0"]) },
    });
    const as = (name: string) => checkKubo(api.replace("://", `://${name}:secret@`), 0, 0n);
    const advice = expect.stringContaining("API.Authorizations");
    expect(await as("reader")).toEqual({
      state: "failed",
      detail: "Kubo forbids this keeper dag/import, pin/rm, block/rm",
      advice,
    });
    expect(await checkKubo(api, 0, 0n)).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("version"),
      advice,
    });
    expect(await as("keeper")).toMatchObject({ state: "ok", detail: expect.stringMatching(/^Kubo 0\.\d+\.\d+; /) });
  });

  it("measures the repository's room against what was promised, then against what is on offer", async () => {
    const { api, ask } = await start({ "Datastore.StorageMax": "1GiB" });
    const pins = await ask("pin/ls?type=recursive");
    const advice = expect.stringContaining("Raise Datastore.StorageMax");
    expect(await checkKubo(api, 2 * GIB, 0n)).toMatchObject({ state: "failed", advice });
    expect(await checkKubo(api, 0, BigInt(2 * GIB))).toMatchObject({ state: "warning", advice });
    expect(await checkKubo(api, GIB / 4, BigInt(GIB / 4))).toMatchObject({ state: "ok" });
    expect(await ask("pin/ls?type=recursive")).toEqual(pins); // looking changed nothing
  });

  it("refuses a version that is too old", async () => {
    const proxy = await startKuboProxy((await start()).api);
    onTestFinished(proxy.stop);
    const answer = (Version: string) =>
      proxy.answerInstead((path) =>
        path.endsWith("/version") ? { status: 200, body: JSON.stringify({ Version }) } : undefined,
      );
    answer("0.39.1");
    expect(await checkKubo(proxy.url, 0, 0n)).toMatchObject({
      state: "failed",
      detail: "Kubo 0.39.1",
      advice: expect.stringContaining("0.40 or later"),
    });
    answer("0.40.0-rc1");
    expect(await checkKubo(proxy.url, 0, 0n)).toMatchObject({ state: "ok" });
  });
});

describe("checkKubo", () => {
  it("says when what answers is no RPC API", async () => {
    const gateway = createServer((_, response) => response.writeHead(404).end("404 page not found"));
    await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
    onTestFinished(async () => {
      await new Promise((resolve) => gateway.close(resolve).closeAllConnections());
    });
    const { port } = gateway.address() as AddressInfo;
    expect(await checkKubo(`http://127.0.0.1:${port}`, 0, 0n)).toEqual({
      state: "failed",
      detail: "Kubo's version answered HTTP 404: that is no RPC API of a Kubo",
      advice: expect.stringContaining("not to its gateway"),
    });
  });
});
