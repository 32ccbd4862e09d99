import { BaseError } from "viem";

/** Something that the keeper cannot do without is not there. `message` says what, why, and what to do. */
export class NeedMissing extends Error {
  override readonly name = "NeedMissing";
}

/** Waits for something that the keeper needs. Throws `NeedMissing` with the field of the configuration and an advice when it fails. */
export async function need<T>(field: string, advice: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof NeedMissing) throw cause;
    throw new NeedMissing(`${field}: ${reasonOf(cause)}. ${advice}`, { cause });
  }
}

/** One line about why something failed. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof BaseError) return `${cause.shortMessage.replace(/\.$/, "")} (${cause.details})`;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  if (!(cause instanceof Error)) return String(cause);
  // Drizzle tells the statement, its cause the reason.
  if (cause.message.startsWith("Failed query") && cause.cause) return reasonOf(cause.cause);
  return cause.message.split("\n")[0] || cause.name;
}
