import { Command } from "commander";
import { addAuctions } from "./commands/auctions.ts";
import { addAudit } from "./commands/audit.ts";
import { addChannels } from "./commands/channels.ts";
import { addDeals } from "./commands/deals.ts";
import { addDelegate } from "./commands/delegate.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addEnd } from "./commands/end.ts";
import { addInvites } from "./commands/invites.ts";
import { addLogin } from "./commands/login.ts";
import { addMoney } from "./commands/money.ts";
import { addProposals } from "./commands/proposals.ts";
import { addRewards } from "./commands/rewards.ts";
import { addVotes } from "./commands/votes.ts";
import { toJson } from "./context.ts";
import { CommandFailed, EXIT, failureOf } from "./failure.ts";
import type { GlobalOptions } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Environment:
  FOREVER_DEPLOYMENT, FOREVER_RPC   as --deployment and --rpc
  FOREVER_PASSWORD                  password of the keystore, instead of asking
  FOREVER_HOME                      the command's folder (default: ~/.4ever)

Exit codes: 0 done, 1 failed, 2 asked for what cannot be done, 3 an audit could not find out, 130 interrupted.`;

/** Runs the command `4ever` with its arguments, and gives its exit code. Never throws, never ends the process. */
export async function runCommand(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const program = createProgram(terminal, signal);
  try {
    await program.parseAsync(args, { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommandFailed && error.isTold) return error.exitCode;
    const { json, debug } = program.opts<GlobalOptions>();
    const { message, hint, code, exitCode } = failureOf(error);
    if (json && exitCode !== EXIT.done) terminal.print(toJson({ ok: false, error: { code, message, hint } }));
    else if (message) terminal.note([message, hint].filter(Boolean).join("\n"));
    if (debug && error instanceof Error) terminal.note(describe(error));
    return exitCode;
  }
}

function createProgram(terminal: Terminal, signal: AbortSignal): Command {
  const program = new Command("4ever")
    .description("Hosts what you made on the 4EVER network, and pays only for what is proven.")
    .version("0.1.0")
    .option("--deployment <where>", "the network: a dashboard's address, or a deployment file")
    .option("--rpc <url>", "the chain's node (default: what the dashboard names)")
    .option("--json", "print the result for machines: amounts as decimal strings of base units")
    .option("--debug", "on failure, also print where it came from")
    .addHelpText("after", HELP)
    .showHelpAfterError("(4ever --help tells what is possible)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    });
  const context = { terminal, signal };
  addLogin(program, context);
  addMoney(program, context);
  addDeploy(program, context);
  addDeals(program, context);
  addEnd(program, context);
  addChannels(program, context);
  addInvites(program, context);
  addAuctions(program, context);
  addDelegate(program, context);
  addRewards(program, context);
  addProposals(program, context);
  addVotes(program, context);
  addAudit(program, context);
  return program;
}

/** An error with everything that caused it. */
function describe(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${describe(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
