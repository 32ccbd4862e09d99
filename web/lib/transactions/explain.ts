import { clientError, decodeProtocolError, type ProtocolError } from "@4ever/sdk/errors";
import type { Explanation } from "@/lib/transactions/types";

/** Reasons after which something may have been sent behind the wallet's back. After all others it is certain that nothing was. */
const UNCERTAIN: ReadonlySet<string> = new Set(["ChainUnreachable", "EventMissing", "TransactionPending"]);

/** What only a browser has: wagmi's own errors, by their names, and where on the page the way out is. */
function decodeConnectorError(error: unknown): ProtocolError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "ConnectorChainMismatchError") return clientError("ChainMismatch", error);
  if (error.name === "ConnectorNotConnectedError") return clientError("WalletMissing", error);
  return undefined;
}

const WAY_OUT: Partial<Record<string, string>> = {
  ChainMismatch: "Switch it, with the button at the top of the page, then try again. Nothing was sent.",
  WalletMissing: "Connect it with the button at the top of the page, then try again. Nothing was sent.",
};

/** Turns what a wallet, a node or a contract threw into what happened and what to do. The words are the SDK's. Does not throw. */
export function explain(error: unknown): Explanation {
  const known = decodeProtocolError(error) ?? decodeConnectorError(error);
  if (!known) {
    const what = error instanceof Error ? error.message : String(error);
    return {
      kind: "unknown",
      what,
      next: "Before anything is sent once more, the chain is asked whether it went out.",
    };
  }
  const { code, message, hint } = known;
  const kind = code === "WalletRejected" ? "rejected" : UNCERTAIN.has(code) ? "unreachable" : "refused";
  return { kind, what: message, next: WAY_OUT[code] ?? hint };
}
