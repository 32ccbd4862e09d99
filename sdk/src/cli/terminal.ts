import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** What a command needs of the world: where it writes, whom it asks, and what it was told by the environment. */
export interface Terminal {
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results: a line on standard output. */
  print(line: string): void;
  /** What goes on: a line on standard error. */
  note(line: string): void;
  /** What goes on right now: replaces the line before on a screen, and is left out elsewhere. */
  progress(line: string): void;
  ask(question: string, signal?: AbortSignal): Promise<string>;
  /** Asks without showing the answer. */
  askSecret(question: string, signal?: AbortSignal): Promise<string>;
}

/** The terminal of this process. */
export function createTerminal({ stdin, stdout, stderr, env }: NodeJS.Process): Terminal {
  let progressWidth = 0;
  const clear = () => {
    if (progressWidth > 0) stderr.write("\r\x1b[K");
    progressWidth = 0;
  };
  const question = async (text: string, output: NodeJS.WritableStream, signal?: AbortSignal): Promise<string> => {
    clear();
    stderr.write(text);
    const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY === true });
    try {
      return await lines.question("", signal ? { signal } : {});
    } finally {
      lines.close();
    }
  };
  return {
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    env,
    print(line) {
      clear();
      stdout.write(`${line}\n`);
    },
    note(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    progress(line) {
      if (!stderr.isTTY) return;
      clear();
      const shown = line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1));
      stderr.write(shown);
      progressWidth = shown.length;
    },
    ask: (text, signal) => question(text, stderr, signal),
    async askSecret(text, signal) {
      const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
      try {
        return await question(text, silent, signal);
      } finally {
        stderr.write("\n");
      }
    },
  };
}

/** What a stranger wrote, fit for a terminal: without control characters, and not longer than a line. */
export function plain(text: string, most = 60): string {
  const shown = [...text]
    .map((character) => (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character) ? "·" : character))
    .join("");
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

/** Rows under headings, in columns as wide as they must be. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Facts under each other, values aligned. */
export function facts(entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
