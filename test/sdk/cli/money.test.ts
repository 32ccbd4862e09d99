import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parseTerm } from "../../../sdk/src/cli/arguments.ts";
import { createCustomer, createPerson, PASSWORD } from "../../helpers/command.ts";
import { type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

const person = async (env: Record<string, string> = {}) => {
  const found = await createPerson(env);
  onTestFinished(() => found.leave());
  return found;
};
const customer = async (index: number) => {
  const found = await createCustomer(chain, index);
  onTestFinished(() => found.leave());
  return found;
};

describe("4ever", () => {
  it("says what is possible, and refuses what is not, in sentences and with exit code 2", async () => {
    const { run } = await person();
    expect(await run("--help")).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining("deploy [options] <directory>"),
    });
    expect(await run("--version")).toMatchObject({ exitCode: 0, out: "0.1.0" });
    expect(await run("dance")).toMatchObject({ exitCode: 2, err: expect.stringContaining("unknown command 'dance'") });
    expect(await run("deposit")).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("missing required argument"),
    });
    expect(await run("deploy . --offer cheap")).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('"cheap" is not the number of an offer.'),
    });
    expect(await run("status 1")).toEqual({
      exitCode: 2,
      out: "",
      err: "No network is named.\nGive --deployment with a dashboard's address (https://…) or a deployment file; `4ever login` remembers it.",
    });
    expect(await run("deals")).toMatchObject({ exitCode: 2, err: expect.stringContaining("Run `4ever login` first.") });
  });

  it("tells machines the same in JSON", async () => {
    const { json } = await person();
    expect(await json("status 1")).toEqual({
      exitCode: 2,
      ok: false,
      error: { code: "WrongUsage", message: "No network is named.", hint: expect.stringContaining("--deployment") },
    });
  });

  it("names what is wrong with a network: no file, no JSON, no deployment, no node, another chain", async () => {
    const { run, home } = await person();
    await run("login");
    const named = async (content: string) => {
      await writeFile(join(home, "network.json"), content);
      return run(`balance --deployment ${join(home, "network.json")}`);
    };
    expect((await run("balance --deployment /nowhere.json")).err).toContain(
      "The deployment file /nowhere.json cannot be read.",
    );
    expect((await named("<html>")).err).toContain("is not JSON.");
    expect((await named("{}")).err).toContain("The deployment cannot be used. network: ");
    expect((await named(JSON.stringify(chain.deployment))).err).toContain("No node of the chain is named.");
    expect((await run("balance --deployment http://127.0.0.1:1")).err).toBe(
      "http://127.0.0.1:1/config.json cannot be read.\nCheck the address, and that the dashboard runs.",
    );
    const elsewhere = JSON.stringify({ ...chain.deployment, chainId: 5 });
    await writeFile(join(home, "network.json"), elsewhere);
    expect(await run(`balance --deployment ${join(home, "network.json")} --rpc ${chain.rpcUrl}`)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("The wallet is on chain 31337; this network is on chain 5."),
    });
    expect((await run(`balance --deployment ${join(home, "network.json")} --rpc http://127.0.0.1:1`)).err).toContain(
      "The chain's node does not answer.",
    );
  });
});

describe("4ever login", () => {
  it("makes a key that only its owner may read, and opens it again", async () => {
    const { run, json, home } = await person();
    const first = await json("login");
    expect(first).toMatchObject({ ok: true, isNew: true, chainId: null, keystore: join(home, "keystore.json") });
    expect((await stat(join(home, "keystore.json"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(home, "keystore.json"), "utf8")).not.toContain("privateKey");
    expect(await json("login")).toMatchObject({ isNew: false, address: first.address });
    expect(await run("login --import")).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/^There is a keystore of 0x[0-9a-fA-F]{40} already, and its key would be lost\./),
    });
  });

  it("asks for the password twice, and for a good one", async () => {
    const { run } = await person({ FOREVER_PASSWORD: undefined as unknown as string });
    expect(await run("login")).toMatchObject({ exitCode: 2, err: expect.stringContaining("Set FOREVER_PASSWORD") });
    expect((await run("login", ["short"])).err).toContain("The password has 5 characters.");
    expect((await run("login", ["long enough", "but different"])).err).toContain("The two passwords differ.");
    expect((await run("login", ["long enough", "long enough", "long enough"])).exitCode).toBe(0);
    expect(await run("login", ["wrong"])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("The password is wrong."),
    });
  });

  it.each(["", "0x1234", "0".repeat(64), "f".repeat(64), "hello"])("refuses %j as a key", async (key) => {
    const { run } = await person();
    expect(await run("login --import", [key])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("This is not a private key."),
    });
  });

  it("remembers the network by a dashboard's address", async () => {
    const dashboard = createServer((request, response) => {
      if (request.url !== "/config.json") return void response.writeHead(404).end();
      response.end(JSON.stringify({ deployment: chain.deployment, chain: { name: "local", rpcUrl: chain.rpcUrl } }));
    }).listen(0, "127.0.0.1");
    await once(dashboard, "listening");
    onTestFinished(() => void dashboard.close());
    const { port } = dashboard.address() as AddressInfo;
    const { run, json } = await person();
    expect(await json(`login --deployment http://127.0.0.1:${port}/deals/?id=1`)).toMatchObject({ chainId: 31_337 });
    expect(await json("balance")).toMatchObject({ ok: true, symbol: "LUSD", available: "0", wallet: "0" });
    expect((await run("deals")).out).toBe("You have no deals yet. Host a directory with: 4ever deploy DIRECTORY");
  });
});

describe("4ever faucet, deposit, balance and withdraw", () => {
  it("give an account that has nothing yet all that it needs to begin", async () => {
    const { run } = await person({
      FOREVER_DEPLOYMENT: join(chain.directory, "deployment.json"),
      FOREVER_RPC: chain.rpcUrl,
      FOREVER_PASSWORD: PASSWORD,
    });
    expect(await run("login")).toMatchObject({ exitCode: 0 });
    expect(await run("faucet")).toMatchObject({ exitCode: 0, out: expect.stringContaining("10000 LUSD at 0x") });
    expect(await run("deposit 1")).toMatchObject({ exitCode: 0, out: expect.stringContaining("Deposited 1 LUSD.") });
  });

  it("move money, exactly", async () => {
    const { run, json, account } = await customer(10);
    expect((await run("deposit 1")).err).toBe(
      "The account has 0 LUSD; this needs 1 LUSD.\nGet more of the token first.",
    );
    expect(await run("faucet")).toMatchObject({ exitCode: 0, out: expect.stringContaining("10000 LUSD at 0x") });
    expect(await run("faucet")).toMatchObject({ exitCode: 1, err: expect.stringContaining("It gives again from") });
    expect((await run("deposit 12.50")).out).toContain("Deposited 12.5 LUSD.\nBalance  12.5 LUSD,");
    expect(await run("deposit 1e3")).toMatchObject({ exitCode: 2, err: expect.stringContaining("is not an amount") });
    for (const nothing of ["deposit 0", "withdraw 0.00"])
      expect(await run(nothing)).toMatchObject({ exitCode: 2, err: expect.stringContaining("the amount is 0.\nGive") });
    expect((await run("withdraw 2.5 --to nobody")).err).toContain('"nobody" is not an address');
    expect((await run("withdraw 99")).err).toContain("The balance in the ledger is 12.5 LUSD; this needs 99 LUSD.");
    expect(await json("withdraw 2.5")).toMatchObject({
      ok: true,
      account,
      available: "10000000",
      wallet: "9990000000",
    });
  });

  it("says that gas is missing", async () => {
    const { run, json } = await person();
    const { address } = await json("login");
    await chain.reader.waitForTransactionReceipt({
      hash: await chain.walletOf(11).writeContract({
        address: chain.deployment.contracts.Faucet ?? "0x",
        abi: [
          {
            type: "function",
            name: "claim",
            stateMutability: "nonpayable",
            inputs: [{ type: "address" }],
            outputs: [],
          },
        ],
        functionName: "claim",
        args: [address as `0x${string}`],
      }),
    });
    const file = join(chain.directory, "named.json");
    await writeFile(file, JSON.stringify(chain.deployment));
    expect(await run(`deposit 1 --deployment ${file} --rpc ${chain.rpcUrl}`)).toMatchObject({
      exitCode: 1,
      err: "The account cannot pay for the transaction's gas.\nSend it some of the chain's own coin, and try again.",
    });
  });
});

describe("the process itself", () => {
  const main = fileURLToPath(new URL("../../../sdk/src/cli/main.ts", import.meta.url));
  const start = (args: string[], env: Record<string, string>) => {
    const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    return { child, ended: once(child, "close").then(([code]) => ({ code, out, err })) };
  };

  it("ends with the exit code, and prints no stack", async () => {
    const { home } = await person();
    const env = { FOREVER_HOME: home, FOREVER_PASSWORD: PASSWORD };
    const { code, out, err } = await start(["status", "1"], env).ended;
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).not.toMatch(/\bat .*\.ts/);
    expect((await start(["status", "1", "--debug"], env).ended).err).toMatch(/\bat .*\.ts/);
  });

  it("ends with 130 when interrupted", async () => {
    const { home } = await person();
    const silent = createServer(() => undefined).listen(0, "127.0.0.1"); // never answers
    await once(silent, "listening");
    onTestFinished(() => silent.closeAllConnections());
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const { child, ended } = start(["deals", "--deployment", `http://127.0.0.1:${port}`], {
      FOREVER_HOME: home,
      FOREVER_PASSWORD: PASSWORD,
    });
    await writeFile(join(home, "keystore.json"), JSON.stringify({ address: "00".repeat(20) }));
    await once(silent, "connection");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, err: "Interrupted.\n" });
  });
});

describe("parseTerm", () => {
  const clock = { originAt: 0, periodSeconds: 20 };
  it.each([
    ["30", 30],
    ["1d", 4_320],
    ["90s", 5],
    ["45m", 135],
  ])("%s is %d periods", (text, periods) => {
    expect(parseTerm(text, clock)).toBe(periods);
  });

  it.each(["", "0", "0d", "-1", "1w", "1.5d", "ten"])("refuses %j", (text) => {
    expect(() => parseTerm(text, clock)).toThrow("is not a term");
  });
});
