#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { decryptKeystore } from "@4ever/sdk/node/keystore";
import { Command } from "commander";
import { pino } from "pino";
import { loadConfig, loadDeployment, loadPassword } from "./config.ts";
import { startKeeper } from "./keeper.ts";

const program = new Command("4ever-keeper").description("The operator's process of a 4EVER provider, or a watcher.");
const configOption = ["-c, --config <file>", "configuration", "keeper.json"] as const;

program
  .command("start")
  .description("watches the chain and does what is due, until SIGTERM")
  .option(...configOption)
  .action(async ({ config: file }: { config: string }) => {
    const config = await loadConfig(file, process.env);
    const log = pino({ level: config.logLevel, base: { keeper: config.schema } });
    const [deployment, password, keystore] = await Promise.all([
      loadDeployment(config.deployment),
      loadPassword(config, process.env),
      readFile(config.keystore.file, "utf8"),
    ]);
    const account = await decryptKeystore(keystore, password);
    const keeper = await startKeeper({ config, deployment, account, log });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void keeper.stop());
    try {
      await keeper.done;
    } catch (error) {
      log.fatal({ err: error }, "the keeper cannot go on");
      process.exit(1);
    }
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
