// The local chain.
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Hex } from "viem";
import type { ManagedProcess, ProcessTable } from "./processes.ts";
import { callRpc } from "./rpc.ts";

export const LOCAL_CHAIN_ID = 31_337;

export const BLOCK_SECONDS = 1;
/** Seconds between two writes of the state: what a crash of anvil itself can lose. The file grows by 1.6 kB per block. */
const STATE_INTERVAL_SECONDS = 5;
/**
 * States of older blocks that anvil keeps on disk for calls, beside those in memory: enough to ask again why a transaction failed.
 * Not more, since each is as large as the whole state. `--preserve-historical-states` would write all of them into the file at every
 * interval (2 GB and a start of 54 s after 5,000 blocks), and `--prune-history N` never forgets one (0.3 MB of memory per block).
 */
const KEPT_STATES = 64;
const BACKUP_MS = 30_000;
/** How a complete state file ends; anvil writes it in place, so that a kill at the wrong moment cuts it off. */
const COMPLETE_END = '"historical_states":null}';

/** The platform package's binary: the npm package's own command is a wrapper, and killing it would orphan anvil. */
export function anvilBinary(): string {
  const cpu = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${cpu}/package.json`;
  const wrapper = createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json");
  const file = process.platform === "win32" ? "anvil.exe" : "anvil";
  return join(dirname(createRequire(wrapper).resolve(name)), "bin", file);
}

/** Whether anvil finished writing a state file. False when there is none. */
export function isCompleteState(file: string): boolean {
  if (!existsSync(file)) return false;
  const opened = openSync(file, "r");
  try {
    const end = Buffer.alloc(COMPLETE_END.length);
    const at = fstatSync(opened).size - end.length;
    return at > 0 && readSync(opened, end, 0, end.length, at) === end.length && end.toString() === COMPLETE_END;
  } finally {
    closeSync(opened);
  }
}

type State = {
  accounts: Record<string, { nonce: number; code: Hex }>;
  blocks: { header: { number: Hex; timestamp: Hex } }[];
  transactions: { info: { from: string } }[];
};

/**
 * Whether a state and the blocks beside it belong together: the nonce of each account without code is the number of its transactions. Anvil
 * writes blocks down first, and what is mined before it comes to the accounts is missing among them for ever: a deal that nobody requested.
 */
export function isConsistent({ accounts, transactions }: Pick<State, "accounts" | "transactions">): boolean {
  const sent = new Map<string, number>();
  for (const { info } of transactions) sent.set(info.from, (sent.get(info.from) ?? 0) + 1);
  const isMissing = [...sent.keys()].some((sender) => !accounts[sender]);
  return (
    !isMissing &&
    Object.entries(accounts).every(([of, { nonce, code }]) => code !== "0x" || nonce === (sent.get(of) ?? 0))
  );
}

function isUsable(file: string): boolean {
  return isCompleteState(file) && isConsistent(JSON.parse(readFileSync(file, "utf8")) as State);
}

/** Keeps a copy of the state, and the copy before it. One that could not be used would push out one that can. */
function copyState(from: string, to: string, previous: string): void {
  if (!isCompleteState(from)) return;
  copyFileSync(from, `${to}.new`); // anvil may begin to write meanwhile
  if (!isUsable(`${to}.new`)) return;
  if (existsSync(to)) renameSync(to, previous);
  renameSync(`${to}.new`, to);
}

/** What was found on disk: `restored` means that a crash broke the state and the newest whole copy, of 30 seconds or a minute before, is used. */
export type ChainOrigin = "new" | "resumed" | "restored";

/** Unix seconds of the last block of a state. */
function lastBlockAt(state: string): number {
  const { blocks } = JSON.parse(readFileSync(state, "utf8")) as State;
  return Math.max(...blocks.map(({ header }) => Number(header.timestamp)));
}

/**
 * Each run of anvil makes a genesis block of its own, stamped with the hour, and writes it into the state beside the one that it found
 * there. The next run takes any of them for the first block: to whoever knows the chain by its genesis, it would be another chain.
 * Removes all but the oldest. The rest of the text stays as it is.
 */
function keepOneGenesis(state: string): void {
  const text = readFileSync(state, "utf8");
  const { blocks } = JSON.parse(text) as State;
  const [, ...others] = blocks
    .filter(({ header }) => BigInt(header.number) === 0n)
    .sort((a, b) => Number(BigInt(a.header.timestamp) - BigInt(b.header.timestamp)));
  if (others.length === 0) return;
  const kept = others.map((block) => JSON.stringify(block)).reduce(withoutElement, text);
  writeFileSync(`${state}.new`, kept);
  renameSync(`${state}.new`, state);
}

/** Cuts one element out of an array in JSON text without spaces. @throws when it does not stand there to the letter */
function withoutElement(text: string, element: string): string {
  const [asFirst, asOther] = [`${element},`, `,${element}`];
  const found = [asFirst, asOther].find((part) => text.includes(part));
  if (!found) throw new Error("anvil writes its state in another form than this was made for");
  return text.replace(found, () => "");
}

function recoverState(state: string, copies: readonly string[]): ChainOrigin {
  if (isUsable(state)) return "resumed";
  const copy = copies.find(isUsable);
  if (copy !== undefined) {
    copyFileSync(copy, state);
    return "restored";
  }
  if (isCompleteState(state)) return "resumed"; // better than none
  rmSync(state, { force: true });
  return "new";
}

export type Chain = { process: ManagedProcess; rpcUrl: string; origin: ChainOrigin };

/** Starts the chain that is stored in `dir`, or a new one. @throws ProcessFailed */
export async function startAnvil(
  processes: ProcessTable,
  { dir, port, signal }: { dir: string; port: number; signal?: AbortSignal },
): Promise<Chain> {
  const home = join(dir, "chain");
  const state = join(home, "state.json");
  const copies = [join(home, "state.backup.json"), join(home, "state.backup.previous.json")] as const;
  mkdirSync(home, { recursive: true });
  rmSync(join(home, ".foundry"), { recursive: true, force: true }); // states of a killed run
  const origin = recoverState(state, copies);
  if (origin !== "new") keepOneGenesis(state);
  // A chain whose clock was put ahead would go back to the machine's, and its periods with it.
  const lastAt = origin === "new" ? 0 : lastBlockAt(state);
  const isAhead = lastAt > Date.now() / 1_000;
  const rpcUrl = `http://127.0.0.1:${port}`;
  const args = {
    host: "127.0.0.1",
    port,
    "chain-id": LOCAL_CHAIN_ID,
    hardfork: "prague",
    accounts: 20,
    "block-time": BLOCK_SECONDS,
    state,
    "state-interval": STATE_INTERVAL_SECONDS,
    "max-persisted-states": KEPT_STATES,
    ...(isAhead && { timestamp: lastAt + 1 }),
  };
  const anvil = await processes.start({
    name: "chain",
    command: anvilBinary(),
    args: [
      ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
      "--mixed-mining",
      "--quiet",
    ],
    env: { HOME: home },
    isReady: async () => Number(await callRpc(rpcUrl, "eth_chainId")) === LOCAL_CHAIN_ID,
    ...(signal && { signal }),
  });
  const timer = setInterval(() => copyState(state, ...copies), BACKUP_MS);
  void anvil.exited.then(() => {
    clearInterval(timer);
    copyState(state, ...copies);
  });
  return { process: anvil, rpcUrl, origin };
}
