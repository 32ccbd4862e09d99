#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import type { InitOptions } from "./commands/init.ts";

// Compiled once instead of at every start, and each command loads only what it uses. In the home directory: in a shared one for temporary
// files another user could place what we then run.
enableCompileCache(join(homedir(), ".cache", "4ever-keeper"));

const program = new Command("4ever-keeper").description("The operator's process of a 4EVER provider, or a watcher.");
const configOption = ["-c, --config <file>", "configuration", "keeper.json"] as const;
type WithConfig = { config: string };

program
  .command("init")
  .description("writes a configuration and an encrypted key")
  .option(...configOption)
  .addOption(new Option("--role <role>", "what it is for").choices(["provider", "watcher"]).default("provider"))
  .requiredOption("--rpc <url>", "node of the chain")
  .requiredOption("--deployment <file>", "addresses and parameters of the protocol on that chain")
  .requiredOption("--database <url>", "PostgreSQL, as postgresql://user:password@host:port/name")
  .option("--schema <name>", "schema of this keeper alone", "keeper")
  .option("--provider <address>", "account of the provider, for the role provider")
  .option("--port <number>", "port to listen on", "7101")
  .option("--public-url <url>", "where customers reach it (default: this machine)")
  .option("--data-dir <path>", "where pieces are kept", "data")
  .option("--password-file <file>", "password of the new keystore (default: KEEPER_PASSWORD, else one is made)")
  .option("--import-key <file>", "private key to encrypt (default: a new one)")
  .action(async (options: InitOptions) => {
    const { init } = await import("./commands/init.ts");
    const { configFile, keystoreFile, passwordFile, address } = await init(options, process.env);
    console.log(`Configuration: ${configFile}\nKeystore:      ${keystoreFile}`);
    if (passwordFile) console.log(`Password:      ${passwordFile} (keep it away from the keystore's backups)`);
    console.log(`\nThe keeper's key is ${address}. It accepts and proves; it cannot move money or stake.`);
    console.log("1. Send it native coin for gas.");
    if (options.role === "provider")
      console.log("2. In the dashboard, register the provider with this key as operator.");
    console.log(`3. 4ever-keeper doctor --config ${configFile}\n4. 4ever-keeper start --config ${configFile}`);
  });

program
  .command("doctor")
  .description("looks at everything that a keeper needs, and says what to do")
  .option(...configOption)
  .option("--json", "for machines")
  .action(async ({ config: file, json }: WithConfig & { json?: boolean }) => {
    const { loadConfig, loadDeployment } = await import("./config.ts");
    const { examine } = await import("./commands/doctor.ts");
    const config = await loadConfig(file, process.env);
    const deployment = await loadDeployment(config.deployment);
    const checks = [];
    for await (const check of examine({ config, deployment, env: process.env })) {
      checks.push(check);
      if (json) continue;
      const mark = { ok: "✓", warning: "!", failed: "✗" }[check.state];
      console.log(`${mark} ${check.name.padEnd(12)} ${check.detail}`);
      if (check.advice) console.log(`  ${" ".repeat(12)} → ${check.advice}`);
    }
    if (json) console.log(JSON.stringify(checks, null, 2));
    if (checks.some(({ state }) => state === "failed")) process.exitCode = 1;
  });

program
  .command("status")
  .description("shows deals, what is under way, and what is due when")
  .option(...configOption)
  .option("--json", "for machines")
  .action(async ({ config: file, json = false }: WithConfig & { json?: boolean }) => {
    const { loadConfig, loadDeployment } = await import("./config.ts");
    const { describeStatus } = await import("./commands/status.ts");
    const config = await loadConfig(file, process.env);
    const deployment = await loadDeployment(config.deployment);
    const { addressOf } = await import("./account.ts");
    const account = await addressOf(config);
    console.log(await describeStatus({ config, deployment, account }, json));
  });

program
  .command("start")
  .description("watches the chain and does what is due, until SIGTERM")
  .option(...configOption)
  .action(async ({ config: file }: WithConfig) => {
    const { loadConfig, loadDeployment } = await import("./config.ts");
    const config = await loadConfig(file, process.env);
    const { openAccount } = await import("./account.ts");
    const [deployment, account, { pino }, { startKeeper }] = await Promise.all([
      loadDeployment(config.deployment),
      openAccount(config, process.env), // takes as long as the rest, on another core
      import("pino"),
      import("./keeper.ts"),
    ]);
    const log = pino({ level: config.logLevel, base: { keeper: config.schema } });
    const keeper = await startKeeper({ config, deployment, account, log });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void keeper.stop());
    try {
      await keeper.done;
    } catch (error) {
      log.fatal({ err: error }, "the keeper cannot go on");
      process.exit(1);
    }
  });

program
  .command("adopt")
  .description(
    "lets this keeper act with a key, or pieces, that were used from elsewhere; say so only when nobody else uses them",
  )
  .option(...configOption)
  .option("--yes", "no other keeper runs with this key, or ever will again")
  .action(async ({ config: file, yes = false }: WithConfig & { yes?: boolean }) => {
    const { loadConfig, loadDeployment } = await import("./config.ts");
    const { adopt } = await import("./commands/adopt.ts");
    const config = await loadConfig(file, process.env);
    const deployment = await loadDeployment(config.deployment);
    const { addressOf } = await import("./account.ts");
    const account = await addressOf(config);
    const { findings, isDone } = await adopt({ config, deployment, account }, yes);
    for (const finding of findings) console.log(`- ${finding}`);
    if (findings.length === 0) console.log("There is nothing to adopt: key and pieces are this keeper's.");
    else if (isDone) console.log("Adopted. A keeper that waited for this goes on with the next block.");
    else {
      console.log(
        "Nothing was changed. When no other keeper runs with this key, or ever will again, repeat with --yes.",
      );
      process.exitCode = 1;
    }
  });

/** How Node ends when it waits for what nothing is left to bring. */
const WAITING_FOR_NOTHING = 13;
process.once("exit", (code) => {
  if (code !== WAITING_FOR_NOTHING) return;
  console.error(
    "The keeper ended while it waited for a connection that broke off. Start it again once database and node answer.",
  );
  process.exitCode = 1;
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exit(1); // half of it may stand and hold the process
}
