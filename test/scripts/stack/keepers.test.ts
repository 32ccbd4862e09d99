import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startKeeper } from "../../../scripts/stack/keepers.ts";
import { createProcessTable } from "../../../scripts/stack/processes.ts";
import { LOCAL_ACCOUNTS, localAccount, startLocalChain } from "../../helpers/local-chain.ts";
import { startPostgres } from "../../keepers/helpers/postgres.ts";
import { testDirectory } from "./directory.ts";

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

it("acts with a key that keepers of an earlier deployment on the same chain have used", async () => {
  const dir = testDirectory();
  const [chain, postgres] = await Promise.all([startLocalChain(), startPostgres()]);
  const processes = createProcessTable(join(dir, "logs"));
  onTestFinished(async () => {
    await processes.stopAll();
    await Promise.all([chain.stop(), postgres.stop()]);
  });
  const wallet = chain.walletOf(LOCAL_ACCOUNTS.watcher);
  const hash = await wallet.sendTransaction({ to: wallet.account.address, value: 1n });
  await chain.reader.waitForTransactionReceipt({ hash });
  const deploymentFile = join(dir, "deployment.json");
  writeFileSync(deploymentFile, JSON.stringify(chain.deployment));
  const place = { folder: dir, rpcUrl: chain.rpcUrl, deploymentFile, databaseUrl: postgres.url };
  const account = localAccount(LOCAL_ACCOUNTS.watcher);
  const keeper = await startKeeper(
    processes,
    { name: "watcher", role: "watcher", account, port: await freePort() },
    place,
  );
  const health = (await (await fetch(`${keeper.url}/healthz`)).json()) as { status: string; leading: boolean };
  expect(health).toMatchObject({ status: "ok", leading: true });
  await keeper.stop();
});
