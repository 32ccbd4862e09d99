#!/usr/bin/env node
import { runCommand } from "./program.ts";
import { createTerminal } from "./terminal.ts";

/** What the abort of an interrupted command is called. */
class Interrupted extends Error {
  override readonly name = "Interrupted";
}

const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort(new Interrupted("interrupted"))); // a second one ends it at once
process.exitCode = await runCommand(process.argv.slice(2), createTerminal(process), interruption.signal);
