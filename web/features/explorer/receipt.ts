// A transaction as the chain tells it: its call and its events, decoded with the protocol's own ABIs.
import type { Deployment } from "@4ever/sdk/deployments";
import type * as Abis from "@4ever/sdk/generated/abis";
import {
  type Abi,
  type AbiParameter,
  type Address,
  type Client,
  decodeEventLog,
  decodeFunctionData,
  erc20Abi,
  getAbiItem,
  type Hex,
  type Log,
  TransactionNotFoundError,
} from "viem";
import { getBlock, getTransaction, getTransactionReceipt } from "viem/actions";

/** One argument of a call or an event. */
export interface Argument {
  name: string;
  type: string;
  value: unknown;
}

/** A call or an event in words; undefined where the protocol's ABIs do not know it. */
export interface Decoded {
  name: string;
  args: readonly Argument[];
}

/** One event of a receipt. `contract` is its name in the deployment. */
export interface ReceiptEvent {
  logIndex: number;
  address: Address;
  contract: string | undefined;
  decoded: Decoded | undefined;
  topics: readonly Hex[];
  data: Hex;
}

/** What the chain says of a transaction. Fees in wei. */
export interface ChainTransaction {
  hash: Hex;
  from: Address;
  to: Address | null;
  contract: string | undefined;
  created: Address | undefined;
  call: Decoded | undefined;
  input: Hex;
  valueWei: bigint;
  /** Undefined while it waits for a block. */
  mined:
    | {
        isSuccess: boolean;
        blockNumber: bigint;
        blockHash: Hex;
        at: bigint;
        gasUsed: bigint;
        feeWei: bigint;
        events: readonly ReceiptEvent[];
      }
    | undefined;
}

/** Reads a transaction from the chain; null when the node knows none. Throws when the node does not answer. */
export async function readTransaction(
  client: Client,
  hash: Hex,
  { contracts }: Deployment,
): Promise<ChainTransaction | null> {
  const transaction = await getTransaction(client, { hash }).catch((cause: unknown) => {
    if (cause instanceof TransactionNotFoundError) return null;
    throw cause;
  });
  if (!transaction) return null;
  const abis = abisOf(contracts, await import("@4ever/sdk/generated/abis"));
  const known = transaction.to ? abis.get(transaction.to.toLowerCase()) : undefined;
  const shared = {
    hash,
    from: transaction.from,
    to: transaction.to,
    contract: known?.name,
    call: known && decodeCall(known.abi, transaction.input),
    input: transaction.input,
    valueWei: transaction.value,
  };
  if (transaction.blockNumber === null) return { ...shared, created: undefined, mined: undefined };
  const [receipt, block] = await Promise.all([
    getTransactionReceipt(client, { hash }),
    getBlock(client, { blockNumber: transaction.blockNumber }),
  ]);
  return {
    ...shared,
    created: receipt.contractAddress ?? undefined,
    mined: {
      isSuccess: receipt.status === "success",
      blockNumber: receipt.blockNumber,
      blockHash: receipt.blockHash,
      at: block.timestamp,
      gasUsed: receipt.gasUsed,
      feeWei: receipt.gasUsed * receipt.effectiveGasPrice,
      events: receipt.logs.map((log) => eventOf(log, abis.get(log.address.toLowerCase()))),
    },
  };
}

type Known = { name: string; abi: Abi };

/** ABIs by the addresses of the deployment, in lower case. */
function abisOf(contracts: Deployment["contracts"], abis: typeof Abis): Map<string, Known> {
  const byName = abis as unknown as Record<string, Abi>;
  return new Map(
    Object.entries(contracts).flatMap(([name, address]): [string, Known][] => {
      const abi = name === "PaymentToken" ? erc20Abi : byName[`${name.charAt(0).toLowerCase()}${name.slice(1)}Abi`];
      return address && abi ? [[address.toLowerCase(), { name, abi }]] : [];
    }),
  );
}

/** An event of a receipt, decoded where the ABI of its contract is known. */
export function eventOf(
  { address, topics, data, logIndex }: Pick<Log, "address" | "topics" | "data" | "logIndex">,
  known: Known | undefined,
): ReceiptEvent {
  return {
    address,
    topics,
    data,
    logIndex: logIndex ?? 0,
    contract: known?.name,
    decoded: known && decodeEvent(known.abi, topics, data),
  };
}

function decodeEvent(abi: Abi, topics: Log["topics"], data: Hex): Decoded | undefined {
  try {
    const { eventName, args } = decodeEventLog({ abi, topics, data });
    const item = abi.find((each) => each.type === "event" && each.name === eventName);
    return eventName && item && "inputs" in item ? { name: eventName, args: named(item.inputs, args) } : undefined;
  } catch {
    return undefined; // an event of another ABI: its topics and data are shown as they are
  }
}

function decodeCall(abi: Abi, data: Hex): Decoded | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi, data });
    const item = getAbiItem({ abi, name: functionName, args: args as never });
    return item && "inputs" in item ? { name: functionName, args: named(item.inputs, args) } : undefined;
  } catch {
    return undefined; // a call that the ABI does not have
  }
}

/** Pairs the arguments with their names; events carry them by name, calls in order. */
function named(inputs: readonly AbiParameter[], args: unknown): Argument[] {
  return inputs.map((input, index) => {
    const values = args as readonly unknown[] & Record<string, unknown>;
    const value = Array.isArray(args) ? values[index] : values?.[input.name ?? index];
    return { name: input.name || `argument ${index + 1}`, type: input.type, value };
  });
}

/** A value as text: numbers in full, structs as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null)
    return JSON.stringify(value, (_key, each) => (typeof each === "bigint" ? each.toString() : each), 1).replaceAll(
      /\n\s*/g,
      " ",
    );
  return String(value);
}
