/** The index could not answer. The message is a sentence for the reader; `cause` for the console. */
export class SubgraphError extends Error {
  override readonly name = "SubgraphError";
  /** It took the question and never answered; asking again at once only waits once more. */
  readonly isSilent: boolean;

  constructor(message: string, { isSilent = false, cause }: { isSilent?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.isSilent = isSilent;
  }
}

/** A document together with the types of what it takes and gives. */
export interface Query<Variables, Result> {
  document: string;
  /** Never set: carries the types. */
  types?: (variables: Variables) => Result;
}

/** A client of the network's index. */
export interface Subgraph {
  readonly url: string;
  /** Asks the index. Throws {@link SubgraphError}; aborts throw as they are. */
  ask<Variables extends object, Result>(
    query: Query<Variables, Result>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Result>;
}

/** An index that is stopped keeps connections open without ever answering. */
const TIMEOUT_MS = 10_000;

/** What graph-node answers when a reorganisation takes the block away from under a question. Asked again, it knows the new one. */
const REORGANISED = "the chain was reorganized while executing the query";
const REORGANISED_TRIES = 5;

type Fetch = typeof globalThis.fetch;

/** An answer of the index that is no result: its errors, or only the status of its HTTP response. */
class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reasons: readonly string[];

  constructor(status: number, reasons: readonly string[]) {
    super(reasons.length > 0 ? reasons.join(" ") : `HTTP ${status}`);
    this.reasons = reasons;
  }
}

/** What GraphQL over HTTP answers: never a result beside errors, as graph-node gives none then. */
interface Answer {
  data?: unknown;
  errors?: readonly { message: string }[];
}

/** Asks by GraphQL over HTTP. Its documents are our own, so no parser of them is brought along. Throws {@link Refusal}. */
async function post(url: string, body: { query: string; variables: object }, signal: AbortSignal, fetch: Fetch) {
  const headers = { accept: "application/graphql-response+json, application/json", "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  const text = await response.text();
  const { data, errors } = parseAnswer(text);
  if (errors || data === undefined || data === null || !response.ok)
    throw new Refusal(response.status, errors?.map(({ message }) => message) ?? []);
  return data;
}

function parseAnswer(text: string): Answer {
  try {
    return (JSON.parse(text) as Answer | null) ?? {};
  } catch {
    return {}; // a proxy's page, for example: its status says more
  }
}

/** A client of the index behind a GraphQL URL. An answer that takes longer than `timeoutMs` counts as none. */
export function createSubgraph(
  url: string,
  { fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS }: { fetch?: Fetch; timeoutMs?: number } = {},
): Subgraph {
  return {
    url,
    async ask<Variables extends object, Result>(
      { document }: Query<Variables, Result>,
      variables: Variables,
      signal?: AbortSignal,
    ) {
      const limit = AbortSignal.timeout(timeoutMs);
      const either = signal ? AbortSignal.any([signal, limit]) : limit;
      const answer = (triesLeft: number): Promise<unknown> =>
        post(url, { query: document, variables }, either, fetch).catch((cause: unknown) => {
          if (triesLeft > 0 && isReorganised(cause)) return answer(triesLeft - 1);
          throw cause;
        });
      try {
        return (await answer(REORGANISED_TRIES)) as Result;
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof Refusal)
          throw new SubgraphError(`The index answered with an error: ${cause.message.replace(/\.?$/, ".")}`, { cause });
        if (limit.aborted)
          throw new SubgraphError("The index does not answer. The chain and your money are not affected.", {
            isSilent: true,
            cause,
          });
        throw new SubgraphError("The index cannot be reached. The chain and your money are not affected.", { cause });
      }
    },
  };
}

function isReorganised(cause: unknown): boolean {
  return cause instanceof Refusal && cause.reasons.includes(REORGANISED);
}
