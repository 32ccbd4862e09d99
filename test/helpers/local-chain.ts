import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  http,
  publicActions,
  walletActions,
} from "viem";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { type DeploymentRecord, deploy } from "../../scripts/deploy.ts";

export { LOCAL_ACCOUNTS, localAccount };

/** A chain of this test's own, with the whole protocol on it as `npm start` deploys it. It mines a block per transaction. */
export type LocalChain = Awaited<ReturnType<typeof startLocalChain>>;

/** Starts anvil on a free port and deploys the protocol. Stop it in the end. */
export async function startLocalChain() {
  const { process, rpcUrl } = await startAnvil();
  const directory = await mkdtemp(join(tmpdir(), "4ever-chain-"));
  const stop = async () => {
    const ended = new Promise((done) => process.once("exit", done));
    if (process.exitCode === null && process.kill()) await ended;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const deployment: DeploymentRecord = await deploy({ rpcUrl, outFile: join(directory, "deployment.json") });
    return { rpcUrl, deployment, directory, stop, ...clientsOf(rpcUrl, deployment.chainId) };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

function clientsOf(rpcUrl: string, id: number) {
  const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
  const chain = defineChain({ id, name: "local", nativeCurrency, rpcUrls: { default: { http: [rpcUrl] } } });
  const options = { chain, transport: http(rpcUrl), pollingInterval: 20, cacheTime: 0 };
  const test = createTestClient({ ...options, mode: "anvil" });
  const reader = createPublicClient(options);
  return {
    reader,
    test,
    /** A client of one of the public test accounts; `LOCAL_ACCOUNTS` says whose is which. */
    walletOf: (index: number) => createWalletClient({ ...options, account: localAccount(index) }).extend(publicActions),
    /** A client whose node holds the key, as a browser's wallet does. */
    unlockedOf: (index: number) =>
      createWalletClient({ ...options, account: localAccount(index).address }).extend(walletActions),
    /** Time of the latest block. Unix seconds. */
    now: async () => Number((await reader.getBlock()).timestamp),
    /** Mines a block at a moment that is not before the latest one. Unix seconds. */
    async goTo(at: number) {
      await test.setNextBlockTimestamp({ timestamp: BigInt(at) });
      await test.mine({ blocks: 1 });
    },
  };
}

/** The platform's binary itself: a wrapper would leave it behind when it is ended. */
function anvilPath(): string {
  const wrapper = createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json");
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const name = process.platform === "win32" ? "anvil.exe" : "anvil";
  return createRequire(wrapper).resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/${name}`);
}

async function startAnvil(): Promise<{ process: ChildProcess; rpcUrl: string }> {
  const args = ["--host", "127.0.0.1", "--port", "0", "--chain-id", "31337", "--accounts", "50"];
  const anvil = spawn(anvilPath(), args, { stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface({ input: anvil.stdout });
  for await (const line of lines) {
    const address = /^Listening on (.+)$/.exec(line)?.[1];
    if (!address) continue;
    anvil.stdout.resume();
    return { process: anvil, rpcUrl: `http://${address}` };
  }
  throw new Error("anvil ended before it listened");
}
