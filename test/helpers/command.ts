import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "viem";
import { runCommand } from "../../sdk/src/cli/program.ts";
import type { Terminal } from "../../sdk/src/cli/terminal.ts";
import { encryptKeystore } from "../../sdk/src/node/keystore.ts";
import { type LocalChain, localAccount } from "./local-chain.ts";

/** scrypt's N of keystores that protect nothing. */
const QUICK_COST = 2 ** 12;
export const PASSWORD = "correct horse";

/** What a run of the command said. */
export interface Said {
  exitCode: number;
  out: string;
  err: string;
}

/** A person at a terminal with a folder of its own. `answers` are given to questions in turn; without them nobody can be asked. */
export async function createPerson(env: Record<string, string> = {}) {
  const home = await mkdtemp(join(tmpdir(), "4ever-home-"));
  const run = async (args: string, answers?: string[], signal = new AbortController().signal): Promise<Said> => {
    const said = { out: [] as string[], err: [] as string[] };
    const answer = async (question: string) => {
      said.err.push(question);
      const given = answers?.shift();
      if (given === undefined) throw new Error(`nobody answers "${question}"`);
      return given;
    };
    const terminal: Terminal = {
      isInteractive: answers !== undefined,
      env: { FOREVER_HOME: home, FOREVER_PASSWORD: PASSWORD, ...env },
      print: (line) => said.out.push(line),
      note: (line) => said.err.push(line),
      progress: () => undefined,
      ask: answer,
      askSecret: answer,
    };
    const exitCode = await runCommand(args.split(" ").filter(Boolean), terminal, signal);
    return { exitCode, out: said.out.join("\n"), err: said.err.join("\n") };
  };
  return {
    home,
    run,
    /** The same, with `--json`: gives what was printed, parsed. */
    async json(args: string): Promise<Record<string, unknown> & { exitCode: number }> {
      const { exitCode, out } = await run(`${args} --json`);
      return { ...(JSON.parse(out) as object), exitCode };
    },
    leave: () => rm(home, { recursive: true, force: true }),
  };
}

/** A person who logged in with one of the chain's funded accounts, and to whom the chain was named by a file. */
export async function createCustomer({ deployment, rpcUrl, directory }: LocalChain, index: number) {
  const key = localAccount(index).getHdKey().privateKey;
  if (!key) throw new Error("the account has no key");
  const file = join(directory, "named.json");
  await writeFile(file, JSON.stringify(deployment));
  const person = await createPerson({ FOREVER_DEPLOYMENT: file, FOREVER_RPC: rpcUrl });
  await writeFile(join(person.home, "keystore.json"), await encryptKeystore(toHex(key), PASSWORD, QUICK_COST));
  return { ...person, account: localAccount(index).address };
}
