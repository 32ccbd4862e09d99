import { decodeProtocolError } from "@4ever/sdk/errors";
import { WaitForTransactionReceiptTimeoutError } from "viem";
import type { Explanation } from "@/lib/transactions/types";

const USER_REJECTED = 4001;
const LOOK_FIRST = "Before anything is sent once more, the chain is asked whether it went out.";

/** Reasons after which it is certain that nothing was sent. Everything else may have happened behind the wallet's back. */
const UNCERTAIN: ReadonlySet<string> = new Set(["ChainUnreachable", "EventMissing"]);

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** Turns what a wallet, a node or a contract threw into what happened and what to do. Does not throw. */
export function explain(error: unknown): Explanation {
  const protocol = decodeProtocolError(error);
  if (protocol) {
    const { code, message, hint } = protocol;
    const kind = code === "WalletRejected" ? "rejected" : UNCERTAIN.has(code) ? "unreachable" : "refused";
    return { kind, what: message, next: hint };
  }
  if (codeOf(error) === USER_REJECTED) {
    return {
      kind: "rejected",
      what: "The wallet was told not to sign.",
      next: "Nothing was sent or paid. Start again when you want to.",
    };
  }
  if (error instanceof Error && error.name === "ConnectorChainMismatchError") {
    return {
      kind: "refused",
      what: "The wallet is on another network.",
      next: "Switch it, with the button at the top of the page, then try again. Nothing was sent.",
    };
  }
  if (error instanceof Error && error.name === "ConnectorNotConnectedError") {
    return {
      kind: "refused",
      what: "The wallet is not connected any more.",
      next: "Connect it again. Nothing was sent.",
    };
  }
  if (error instanceof WaitForTransactionReceiptTimeoutError) {
    return {
      kind: "unreachable",
      what: "The transaction is out, but the chain has not taken it yet.",
      next: "Keep waiting here. It is not sent again; your wallet may offer to speed it up.",
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "unknown", what: message, next: LOOK_FIRST };
}
