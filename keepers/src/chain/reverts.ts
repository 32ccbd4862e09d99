import { protocolErrorsAbi } from "@4ever/sdk/generated/abis";
import { BaseError, decodeErrorResult, ExecutionRevertedError, type Hex, isHex } from "viem";

/** Why a contract refused a call. `name` is the custom error's, `Reverted` when the contract gave no reason. */
export type Revert = { name: string; args: readonly unknown[]; text: string };

/** Reads the contract's reason out of what a node threw; undefined when it was something else than a revert, such as the network. */
export function revertOf(error: unknown): Revert | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const withData = error.walk((cause) => dataOf(cause) !== undefined);
  const data = dataOf(withData);
  if (data && data !== "0x") return decodeRevert(data);
  const isRevert = data !== undefined || error.walk((cause) => cause instanceof ExecutionRevertedError) !== null;
  return isRevert ? { name: "Reverted", args: [], text: "the contract refused without a reason" } : undefined;
}

/** Decodes revert data by the errors of all our contracts. Never throws. */
export function decodeRevert(data: Hex): Revert {
  try {
    const { errorName, args } = decodeErrorResult({ abi: protocolErrorsAbi, data });
    const values: readonly unknown[] = args ?? [];
    return { name: errorName, args: values, text: `${errorName}(${values.join(", ")})` };
  } catch (cause) {
    if (!(cause instanceof BaseError)) throw cause;
    return { name: "Reverted", args: [data], text: `the contract refused with ${data.slice(0, 74)}` };
  }
}

function dataOf(cause: unknown): Hex | undefined {
  if (typeof cause !== "object" || cause === null || !("data" in cause)) return undefined;
  const { data } = cause;
  if (isHex(data)) return data;
  return typeof data === "object" && data !== null && "data" in data && isHex(data.data) ? data.data : undefined;
}
