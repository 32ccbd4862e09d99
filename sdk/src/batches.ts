// Several calls as one transaction, where the wallet offers it.
import {
  type Address,
  AtomicityNotSupportedError,
  AtomicReadyWalletRejectedUpgradeError,
  BaseError,
  type Chain,
  DuplicateIdError,
  type Hex,
  type Log,
  UnknownBundleIdError,
} from "viem";
import {
  getCallsStatus,
  getCapabilities,
  getTransactionReceipt,
  sendCalls,
  simulateCalls,
  type WaitForCallsStatusReturnType,
  waitForCallsStatus,
} from "viem/actions";
import {
  type ActionOptions,
  accountOf,
  addressOf,
  assertChain,
  explained,
  type ProtocolClient,
  type Sent,
} from "./client.ts";
import { decodeProtocolError, type ErrorContext, ProtocolError } from "./errors.ts";

/** A call of a batch. */
export interface BatchCall {
  to: Address;
  data: Hex;
}

/**
 * Whether the wallet carries out several calls as one transaction, all or none. False for a wallet that does not say so; never throws.
 * @see https://eips.ethereum.org/EIPS/eip-5792
 */
export async function canBatch(client: ProtocolClient, { deployment, account }: ActionOptions): Promise<boolean> {
  try {
    const { chainId } = deployment;
    const { atomic } = await getCapabilities(client, { account: addressOf(client, account), chainId });
    return atomic?.status === "supported" || atomic?.status === "ready"; // ready: the wallet asks its owner once
  } catch {
    return false; // most wallets do not know the question
  }
}

/**
 * Has the wallet carry out `calls` as one transaction, and waits until it is mined. Undefined when the wallet, or its owner, turns out
 * not to do that; then nothing was sent. A batch whose name (`options.batch`) the wallet knows already is waited for, not sent again.
 * Throws `ProtocolError`.
 */
export async function sendBatch(
  client: ProtocolClient,
  calls: readonly BatchCall[],
  options: ActionOptions,
  context: ErrorContext = {},
): Promise<Sent | undefined> {
  const { deployment, batch, onStep, signal } = options;
  const account = accountOf(client, options.account);
  return explained(context, async () => {
    await assertChain(client, deployment);
    await simulateBatch(client, calls, options, context);
    signal?.throwIfAborted();
    onStep?.({ name: "simulated" });
    onStep?.({ name: "signing", what: "batch" });
    const chain = client.chain ?? ({ id: deployment.chainId } as Chain); // only its number goes to the wallet
    try {
      const name = batch && { id: batch.id };
      const { id } = await sendCalls(client, { account, chain, calls: [...calls], forceAtomic: true, ...name });
      return await awaitBatch(client, id, options);
    } catch (cause) {
      if (isKind(cause, AtomicityNotSupportedError) || isKind(cause, AtomicReadyWalletRejectedUpgradeError))
        return undefined;
      if (batch && isKind(cause, DuplicateIdError)) return await awaitBatch(client, batch.id, options);
      throw cause;
    }
  });
}

/** A batch that an attempt before may have sent: waits for it; undefined when the wallet does not know it. Throws `ProtocolError`. */
export async function findBatch(client: ProtocolClient, options: ActionOptions): Promise<Sent | undefined> {
  const { batch } = options;
  if (!batch?.mayBeSent) return undefined;
  return explained({}, async () => {
    try {
      await getCallsStatus(client, { id: batch.id });
    } catch (cause) {
      if (isKind(cause, UnknownBundleIdError)) return undefined;
      throw cause;
    }
    options.onStep?.({ name: "signing", what: "batch" });
    return awaitBatch(client, batch.id, options);
  });
}

async function awaitBatch(client: ProtocolClient, id: string, { onStep }: ActionOptions): Promise<Sent> {
  const { receipts = [], status } = await waitForCallsStatus(client, { id });
  const hash = receipts.at(-1)?.transactionHash;
  if (status !== "success" || !hash) throw batchFailed(hash);
  onStep?.({ name: "sent", hash });
  const receipt = await getTransactionReceipt(client, { hash });
  onStep?.({ name: "confirmed", hash });
  // A transaction may carry other people's calls, too; the wallet gives the logs of these.
  return { hash, receipt: { ...receipt, logs: logsOfCalls(receipts) } };
}

type CallReceipts = NonNullable<WaitForCallsStatusReturnType["receipts"]>;

function logsOfCalls(receipts: CallReceipts): Log<bigint, number, false>[] {
  return receipts.flatMap(({ logs }) => logs as unknown as Log<bigint, number, false>[]);
}

/** Asks the node whether the calls would go through, one after the other. Nodes that cannot tell leave it to the wallet. */
async function simulateBatch(
  client: ProtocolClient,
  calls: readonly BatchCall[],
  options: ActionOptions,
  context: ErrorContext,
): Promise<void> {
  const account = addressOf(client, options.account);
  const simulated = await simulateCalls(client, { account, calls: [...calls] }).catch(() => undefined);
  for (const { status, error } of simulated?.results ?? []) {
    if (status === "failure") throw decodeProtocolError(error, context) ?? error;
  }
}

function isKind(cause: unknown, kind: abstract new (...args: never[]) => Error): boolean {
  return cause instanceof BaseError && cause.walk((error) => error instanceof kind) !== null;
}

function batchFailed(hash: Hex | undefined): ProtocolError {
  return new ProtocolError(
    "TransactionReverted",
    {
      message: `The wallet could not carry out the calls${hash ? ` of ${hash}` : ""}; none of them counts.`,
      hint: "Nothing was paid but gas. Look at how things stand now, and try again.",
    },
    hash ? { args: { hash } } : {},
  );
}
