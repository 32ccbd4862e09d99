import {
  type Abi,
  type Account,
  type Address,
  type Chain,
  type Client,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type Hash,
  type Hex,
  isAddressEqual,
  type Log,
  type TransactionReceipt,
  type Transport,
} from "viem";
import {
  estimateContractGas,
  getChainId,
  simulateContract,
  waitForTransactionReceipt,
  writeContract,
} from "viem/actions";
import type { Deployment } from "./deployments.ts";
import { clientSentences } from "./error-sentences.ts";
import { clientError, decodeProtocolError, type ErrorContext, ProtocolError } from "./errors.ts";

/** Any viem client: one that reads, for readers; one with an account, for what sends. */
export type ProtocolClient = Client<Transport, Chain | undefined, Account | undefined>;

/** How far a transaction is. */
export type SendStep =
  | { name: "simulated" }
  | { name: "signing"; what: "permit" | "approval" | "batch" | "transaction" }
  | { name: "sent"; hash: Hash }
  | { name: "confirmed"; hash: Hash };

/**
 * A name under which a wallet carries out a batch of calls once only.
 * @see https://eips.ethereum.org/EIPS/eip-5792
 */
export interface BatchName {
  /** Hex; another one for each intent. */
  id: Hex;
  /** Whether an attempt before may have sent it: then it is looked for before anything is sent. */
  mayBeSent: boolean;
}

/** What every action takes. */
export interface ActionOptions {
  deployment: Deployment;
  /** Account that sends; the client's own when absent. */
  account?: Account | Address;
  /** How a batch of calls is named to the wallet, should one be needed. */
  batch?: BatchName;
  /** Called as the transaction goes on, for whoever watches. */
  onStep?: (step: SendStep) => void;
  signal?: AbortSignal;
}

/** A mined transaction. */
export interface Sent {
  hash: Hash;
  receipt: TransactionReceipt;
}

/** The account of an action. Throws `ProtocolError` when there is none. */
export function accountOf(client: ProtocolClient, account?: Account | Address): Account | Address {
  const found = account ?? client.account;
  if (!found) throw clientError("WalletMissing");
  return found;
}

/** Address of {@link accountOf}. */
export function addressOf(client: ProtocolClient, account?: Account | Address): Address {
  const found = accountOf(client, account);
  return typeof found === "string" ? found : found.address;
}

/** A call of a contract that changes its state. */
export interface ContractCall<abi extends Abi | readonly unknown[], name extends ContractFunctionName<abi, Changing>> {
  address: Address;
  abi: abi;
  functionName: name;
  args: ContractFunctionArgs<abi, Changing, name>;
  /** Native coin that goes along; none by default. Wei. */
  value?: bigint;
}

/**
 * Simulates a call, sends it, and waits until it is mined. Throws `ProtocolError` for what a person can act on; nothing was sent
 * when the simulation refused. `signal` stops before sending, and stops waiting; it cannot call a sent transaction back.
 */
export async function send<
  const abi extends Abi | readonly unknown[],
  name extends ContractFunctionName<abi, Changing>,
>(
  client: ProtocolClient,
  call: ContractCall<abi, name>,
  { deployment, account, onStep, signal }: ActionOptions,
  context: ErrorContext = {},
): Promise<Sent> {
  const sender = accountOf(client, account);
  return explained(context, async () => {
    await assertChain(client, deployment);
    const plain = plainOf(call);
    const { request } = await simulateContract(client, { ...plain, account: sender });
    const gas = withMargin(await estimateContractGas(client, { ...plain, account: sender }));
    signal?.throwIfAborted();
    onStep?.({ name: "simulated" });
    onStep?.({ name: "signing", what: "transaction" });
    const hash = await writeContract(client, { ...request, gas, account: sender, chain: client.chain ?? null });
    onStep?.({ name: "sent", hash });
    const receipt = await receiptOf(client, hash, signal);
    if (receipt.status !== "success") throw await revertOf(client, plain, sender, receipt);
    onStep?.({ name: "confirmed", hash });
    return { hash, receipt };
  });
}

/**
 * An estimate is of the moment in which it is asked for: a block later a day, an epoch or a period may have begun, and its first change
 * stores a word more. What is not used is not paid for.
 */
function withMargin(gas: bigint): bigint {
  return gas + gas / 8n + 50_000n;
}

/** Runs `work`, turning what viem throws into `ProtocolError`s where a person can act on it. */
export async function explained<T>(context: ErrorContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw decodeProtocolError(cause, context) ?? cause;
  }
}

/** Throws `ProtocolError` when the client is on another chain than the deployment. */
export async function assertChain(client: ProtocolClient, { chainId }: Pick<Deployment, "chainId">): Promise<void> {
  const actual = await getChainId(client);
  if (actual === chainId) return;
  throw new ProtocolError(
    "ChainMismatch",
    {
      message: `The wallet is on chain ${actual}; this network is on chain ${chainId}.`,
      hint: `Switch to chain ${chainId}, and try again. Nothing was sent.`,
    },
    { args: { expected: chainId, actual } },
  );
}

async function receiptOf(client: ProtocolClient, hash: Hash, signal?: AbortSignal): Promise<TransactionReceipt> {
  const receipt = waitForTransactionReceipt(client, { hash });
  if (!signal) return receipt;
  return new Promise((done, fail) => {
    const onAbort = () => fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    receipt.then(done, fail).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

type Changing = "nonpayable" | "payable";

type PlainCall = {
  address: Address;
  abi: Abi;
  functionName: string;
  args: readonly unknown[];
  value: bigint | undefined;
};

/** The call without the types of its ABI, which a generic function cannot carry through viem's; `ContractCall` has checked them. */
function plainOf(call: {
  address: Address;
  abi: unknown;
  functionName: string;
  args: unknown;
  value?: bigint;
}): PlainCall {
  const { address, abi, functionName, args, value } = call;
  return { address, abi: abi as Abi, functionName, args: args as readonly unknown[], value };
}

/** Why a mined transaction failed: the call is simulated again on the state of its block. */
async function revertOf(
  client: ProtocolClient,
  call: PlainCall,
  account: Account | Address,
  { transactionHash, blockNumber }: TransactionReceipt,
): Promise<Error> {
  try {
    await simulateContract(client, { ...call, account, blockNumber });
  } catch (cause) {
    const error = decodeProtocolError(cause);
    if (error) return error;
    throw cause;
  }
  return new ProtocolError(
    "TransactionReverted",
    {
      message: `The transaction ${transactionHash} was mined but refused; something changed while it waited.`,
      hint: "Nothing was paid but gas. Look at how things stand now, and try again.",
    },
    { args: { hash: transactionHash } },
  );
}

/** Logs of one contract in a receipt. */
export function logsOf({ logs }: TransactionReceipt, contract: Address): Log[] {
  return logs.filter(({ address }) => isAddressEqual(address, contract));
}

/** A mined transaction lacks the event that it should have: contracts and software do not fit. */
export function eventMissing({ transactionHash }: TransactionReceipt, eventName: string): ProtocolError {
  return new ProtocolError(
    "EventMissing",
    {
      message: `The transaction ${transactionHash} did not do what was expected: ${eventName} is missing.`,
      hint: clientSentences.EventMissing.hint,
    },
    { args: { hash: transactionHash } },
  );
}
