import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  InsufficientFundsError,
  RpcRequestError,
  TimeoutError,
  UserRejectedRequestError,
  WaitForTransactionReceiptTimeoutError,
} from "viem";
import { sentenceOf } from "@/lib/transactions/contract-errors";
import type { Explanation } from "@/lib/transactions/types";

const USER_REJECTED = 4001;

function isRejection(error: BaseError): boolean {
  return (
    error.walk(
      (cause) => cause instanceof UserRejectedRequestError || (cause as { code?: unknown }).code === USER_REJECTED,
    ) !== null
  );
}

/** Turns what a wallet, a node or a contract threw into what happened and what to do. Does not throw. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof BaseError)) {
    const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
    if (code === USER_REJECTED) return REJECTED;
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: "unknown",
      what: message,
      next: "Try again. Before anything is sent once more, the chain is asked whether it went out.",
    };
  }
  if (isRejection(error)) return REJECTED;

  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError) {
    if (reverted.data) return { kind: "refused", ...sentenceOf(reverted.data.errorName, reverted.data.args ?? []) };
    return {
      kind: "refused",
      what: reverted.reason
        ? `The contract refused: ${reverted.reason}.`
        : "The contract refused without giving a reason.",
      next: "Nothing was sent and nothing was paid. Reload the page, since what it shows may be out of date.",
    };
  }
  if (error.walk((cause) => cause instanceof InsufficientFundsError)) {
    return {
      kind: "refused",
      what: "The account cannot pay the network's fee.",
      next: "Put some of the chain's own coin into this account, then try again. Nothing was sent.",
    };
  }
  if (error.walk((cause) => cause instanceof ContractFunctionZeroDataError)) {
    return {
      kind: "refused",
      what: "There is no contract at the configured address.",
      next: "The dashboard and the chain do not belong together; check the wallet's network and /config.json.",
    };
  }
  if (error.walk((cause) => cause instanceof WaitForTransactionReceiptTimeoutError)) {
    return {
      kind: "unreachable",
      what: "The transaction is out, but the chain has not taken it yet.",
      next: "Keep waiting here. It is not sent again; your wallet may offer to speed it up.",
    };
  }
  if (error.walk((cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError)) {
    return {
      kind: "unreachable",
      what: "The chain's node cannot be reached.",
      next: "Check the connection, then try again. Nothing is sent twice.",
    };
  }
  const rpc = error.walk((cause) => cause instanceof RpcRequestError);
  const what = rpc instanceof RpcRequestError ? rpc.details : error.shortMessage;
  return {
    kind: "unknown",
    what,
    next: "Try again. Before anything is sent once more, the chain is asked whether it went out.",
  };
}

const REJECTED: Explanation = {
  kind: "rejected",
  what: "The request was declined in the wallet.",
  next: "Nothing was signed or paid. Try again when you are ready.",
};
