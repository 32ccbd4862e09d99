import { ClientError, GraphQLClient } from "graphql-request";

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

/** A client of the index behind a GraphQL URL. An answer that takes longer than `timeoutMs` counts as none. */
export function createSubgraph(
  url: string,
  { fetch, timeoutMs = TIMEOUT_MS }: { fetch?: typeof globalThis.fetch; timeoutMs?: number } = {},
): Subgraph {
  const client = new GraphQLClient(url, fetch ? { fetch } : {});
  return {
    url,
    async ask<Variables extends object, Result>(
      { document }: Query<Variables, Result>,
      variables: Variables,
      signal?: AbortSignal,
    ) {
      const limit = AbortSignal.timeout(timeoutMs);
      const request = { document, variables, signal: signal ? AbortSignal.any([signal, limit]) : limit };
      const answer = (triesLeft: number): Promise<Result> =>
        client.request<Result>(request).catch((cause: unknown) => {
          if (triesLeft > 0 && isReorganised(cause)) return answer(triesLeft - 1);
          throw cause;
        });
      try {
        return await answer(REORGANISED_TRIES);
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof ClientError) {
          const reasons = cause.response.errors?.map(({ message }) => message).join(" ");
          throw new SubgraphError(`The index answered with an error: ${reasons ?? `HTTP ${cause.response.status}`}.`, {
            cause,
          });
        }
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
  return cause instanceof ClientError && cause.response.errors?.some(({ message }) => message === REORGANISED) === true;
}
