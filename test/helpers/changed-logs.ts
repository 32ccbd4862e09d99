// What a lying node would tell: changes of logs and of the answers of views, for `startChangingProxy`.
import { getEventSelector, type Hex, numberToHex, toFunctionSelector } from "viem";
import type { Change } from "./changing-proxy.ts";

export type Log = { topics: Hex[]; data: Hex };

/** Changes the answers to `eth_getLogs`. */
export const changeLogs =
  (work: (logs: Log[]) => Log[]): Change =>
  ({ method }, answer) => {
    const { result, ...rest } = answer as { result: Log[] };
    return method === "eth_getLogs" && result ? { ...rest, result: work(result) } : answer;
  };

/** Adds one to a word of ABI-encoded data. */
export function plusOneAt(data: Hex, word: number): Hex {
  const start = 2 + 64 * word;
  const value = BigInt(`0x${data.slice(start, start + 64)}`) + 1n;
  return `${data.slice(0, start)}${numberToHex(value, { size: 32 }).slice(2)}${data.slice(start + 64)}` as Hex;
}

/** Adds one to a word of the data of the first event of its kind. */
export const plusOne = (event: string, word: number): Change =>
  changeLogs((logs) => {
    const found = logs.find(({ topics }) => topics[0] === getEventSelector(event));
    if (found) found.data = plusOneAt(found.data, word);
    return logs;
  });

/** Leaves out all events of a kind. */
export const without = (event: string): Change =>
  changeLogs((logs) => logs.filter(({ topics }) => topics[0] !== getEventSelector(event)));

/** Adds one to a word of what a view answers. */
export const plusOneIn =
  (view: string, word: number): Change =>
  ({ method, params }, answer) => {
    const [call] = (params ?? []) as { data?: Hex }[];
    if (method !== "eth_call" || !call?.data?.startsWith(toFunctionSelector(view))) return answer;
    const { result, ...rest } = answer as { result: Hex };
    return { ...rest, result: plusOneAt(result, word) };
  };
