import type { Command } from "commander";
import type { SendStep } from "../client.ts";
import type { GlobalOptions } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** What every command works with. */
export interface CommandContext {
  terminal: Terminal;
  /** Aborts when the person interrupts. */
  signal: AbortSignal;
}

/** Options of a command together with those of all. */
export function optionsOf<T extends object>(command: Command): T & GlobalOptions {
  return command.optsWithGlobals<T & GlobalOptions>();
}

/** Prints a result: for machines as JSON with amounts as decimal strings of base units, for people as text. */
export function printResult({ terminal }: CommandContext, { json }: GlobalOptions, value: object, text: string): void {
  terminal.print(json ? toJson({ ok: true, ...value }) : text);
}

/** JSON for machines: `bigint`s as decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
}

/** Asks a person for a yes. Without one at the terminal, `isAgreed` must have been given on the command line. */
export async function isConfirmed(
  { terminal, signal }: CommandContext,
  question: string,
  isAgreed: boolean | undefined,
): Promise<boolean> {
  if (isAgreed) return true;
  if (!terminal.isInteractive) return false;
  return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `, signal)).trim());
}

const WORDS: Record<Extract<SendStep, { name: "signing" }>["what"], string> = {
  permit: "Signing the payment",
  approval: "Approving the payment",
  batch: "Approving and sending",
  transaction: "Sending",
};

/** Tells on the terminal how far a transaction is. */
export function tell(terminal: Terminal): (step: SendStep) => void {
  return (step) => {
    if (step.name === "signing") terminal.progress(`${WORDS[step.what]} …`);
    else if (step.name === "sent") terminal.progress(`Waiting for ${step.hash} …`);
  };
}
