import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { PROJECT_ROOT } from "../../../scripts/command.ts";
import { isRunning, type ProcessRecord } from "../../../scripts/stack/process-records.ts";
import { endOrphans } from "../../../scripts/stack/processes.ts";
import { callRpc, readBlock } from "../../../scripts/stack/rpc.ts";
import { findStack } from "../../../scripts/stack/running.ts";
import { forgetStack } from "../../../scripts/stack/stack.ts";
import { testDirectory } from "./directory.ts";

type Run = {
  supervisor: ChildProcess;
  output: () => string;
  sees: (text: string) => Promise<void>;
  ended: Promise<unknown>;
};

function setup() {
  const dir = testDirectory();
  onTestFinished(async () => {
    await endOrphans(dir);
    forgetStack(dir);
  });
  /** `npm start` with chain and database only. */
  function start(...args: string[]): Run {
    const command = [join(PROJECT_ROOT, "scripts/start.ts"), "--dir", dir, "--until", "chain", ...args];
    const supervisor = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(supervisor, "exit");
    const lines: string[] = [];
    const reader = createInterface(supervisor.stdout);
    reader.on("line", (line) => lines.push(line));
    onTestFinished(async () => {
      if (supervisor.exitCode === null && supervisor.kill("SIGTERM")) await ended;
    });
    return {
      supervisor,
      ended,
      output: () => lines.join("\n"),
      async sees(text) {
        while (!lines.some((line) => line.includes(text))) {
          await Promise.race([once(reader, "line"), ended]);
          if (supervisor.exitCode !== null) break;
        }
        expect(lines.join("\n")).toContain(text);
      },
    };
  }
  const records = () => JSON.parse(readFileSync(join(dir, "run/processes.json"), "utf8")) as ProcessRecord[];
  const rpcUrl = () => findStack(dir)?.addresses?.rpcUrl ?? "";
  return { dir, start, records, rpcUrl };
}

const READY = "The network runs";

describe("npm start", () => {
  it("ends every process at Ctrl-C, and the claim with it", async () => {
    const { dir, start, records } = setup();
    const { supervisor, ended, sees } = start();
    await sees(READY);
    const running = records();
    expect(running.map(({ name }) => name).sort()).toEqual(["chain", "postgres"]);
    supervisor.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(running.filter(isRunning)).toEqual([]);
    expect(findStack(dir)).toBeUndefined();
  });

  it("ends when npm is ended, which does not pass the signal on", async () => {
    const { dir, records, rpcUrl } = setup();
    const npm = spawn("npm", ["start", "--", "--dir", dir, "--until", "chain"], { cwd: PROJECT_ROOT, stdio: "ignore" });
    const ended = once(npm, "exit");
    await vi.waitFor(() => expect(rpcUrl()).not.toBe(""), { timeout: 60_000 });
    const running = records();
    npm.kill("SIGTERM");
    await ended;
    await vi.waitFor(() => expect(findStack(dir)).toBeUndefined(), { timeout: 20_000 });
    expect(running.filter(isRunning)).toEqual([]);
  });

  it("ends at Ctrl-C while it starts", async () => {
    const { dir, start } = setup();
    const { supervisor, ended, sees } = start();
    await sees("… chain");
    supervisor.kill("SIGINT");
    await ended;
    expect(await endOrphans(dir)).toEqual([]);
  });

  it("says where the network is when it runs already", async () => {
    const { start, rpcUrl } = setup();
    const first = start();
    await first.sees(READY);
    const second = start();
    await second.ended;
    expect(second.supervisor.exitCode).toBe(0);
    expect(second.output()).toContain(`already runs here (process ${first.supervisor.pid})`);
    expect(second.output()).toContain(rpcUrl());
  });

  it("goes on from the same chain after its supervisor was killed, and leaves nothing behind", async () => {
    const { dir, start, records, rpcUrl } = setup();
    const first = start();
    await first.sees(READY);
    await callRpc(rpcUrl(), "anvil_mine", ["0x5"]);
    const head = await readBlock(rpcUrl(), "latest");
    const orphans = records();
    first.supervisor.kill("SIGKILL");
    await first.ended;
    expect(orphans.filter(isRunning)).toHaveLength(2);

    const second = start();
    await second.sees(READY);
    expect(second.output()).toContain("earlier run  ended ");
    expect(orphans.filter(isRunning)).toEqual([]);
    expect(await readBlock(rpcUrl(), head?.number ?? "")).toEqual(head);
    second.supervisor.kill("SIGTERM");
    await second.ended;
    expect(await endOrphans(dir)).toEqual([]);
  });

  it("forgets the chain with --fresh", async () => {
    const { start, rpcUrl } = setup();
    const first = start();
    await first.sees(READY);
    const genesis = await readBlock(rpcUrl(), "0x0");
    first.supervisor.kill("SIGINT");
    await first.ended;
    const second = start("--fresh");
    await second.sees(READY);
    expect(second.output()).toContain(", new");
    expect((await readBlock(rpcUrl(), "0x0"))?.hash).not.toBe(genesis?.hash);
  });

  it("takes another port where the wanted one is taken", async () => {
    const { dir, start, rpcUrl } = setup();
    const stranger = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void stranger.close());
    await once(stranger, "listening");
    const address = stranger.address();
    const rpc = typeof address === "object" ? address?.port : 0;
    writeFileSync(join(dir, "ports.json"), JSON.stringify({ rpc }));
    await start().sees(READY);
    expect(new URL(rpcUrl()).port).not.toBe(String(rpc));
  });

  it("says the last lines of a part that fails, and ends the others", async () => {
    const { start, records } = setup();
    const { ended, supervisor, sees } = start();
    await sees(READY);
    const running = records();
    const chain = running.find(({ name }) => name === "chain");
    process.kill(chain?.pid ?? 0, "SIGKILL");
    await ended;
    expect(supervisor.exitCode).toBe(1);
    expect(running.filter(isRunning)).toEqual([]);
  });

  it("names what it does not know", async () => {
    const { dir, start } = setup();
    const { supervisor, ended } = start("--until", "moon");
    await ended;
    expect(supervisor.exitCode).toBe(1);
    expect(existsSync(join(dir, "chain"))).toBe(false);
  });
});
