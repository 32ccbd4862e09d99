import {
  type AbiParameterToPrimitiveType,
  BaseError,
  ChainMismatchError,
  ContractFunctionRevertedError,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  InsufficientFundsError,
  isHex,
  TimeoutError,
  UserRejectedRequestError,
  WaitForTransactionReceiptTimeoutError,
} from "viem";
import { clientSentences, explanations, type Sentence } from "./error-sentences.ts";
import { protocolErrorsAbi } from "./generated/abis.ts";

/** Name of a contract's error. */
export type ContractErrorName = (typeof protocolErrorsAbi)[number]["name"];
type ErrorInputs<name extends ContractErrorName> = Extract<
  (typeof protocolErrorsAbi)[number],
  { name: name }
>["inputs"][number];
/** Arguments of a contract's error, by their names. */
export type ContractErrorArgs<name extends ContractErrorName> = {
  readonly [input in ErrorInputs<name> as input["name"] & string]: AbiParameterToPrimitiveType<input>;
};

/** Reasons that no contract gave. */
export type ClientErrorName =
  | "WalletRejected"
  | "WalletMissing"
  | "ChainMismatch"
  | "ChainUnreachable"
  | "GasMissing"
  | "TransactionPending"
  | "TransactionReverted"
  | "EventMissing"
  | "InviteMalformed";

/**
 * Something that a person can understand and act on. `message` says what happened, `hint` what to do; `code` is the contract's
 * error or the client's reason; `args` are the contract's values by name.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ContractErrorName | ClientErrorName;
  readonly hint: string;
  readonly args: Readonly<Record<string, unknown>>;

  constructor(
    code: ContractErrorName | ClientErrorName,
    { message, hint }: Sentence,
    options: { args?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = hint;
    this.args = options.args ?? {};
  }
}

/** The error that a contract would give, for what is found out before it is asked. */
export function contractError<name extends ContractErrorName>(
  name: name,
  args: ContractErrorArgs<name>,
  context: ErrorContext = {},
): ProtocolError {
  return new ProtocolError(name, sentenceOf(name, args, context), { args });
}

/** How amounts are shown in sentences. Without it they are base units. */
export interface ErrorContext {
  /** An amount of the token that the call is about. Token base units. */
  money?: (amount: bigint) => string;
}

/** Finds a contract's error by its bytes. Undefined for bytes of an error that the protocol does not have. */
export function decodeRevert(data: Hex): { name: ContractErrorName; args: Record<string, unknown> } | undefined {
  let decoded: { errorName: string; args?: readonly unknown[]; abiItem: { inputs?: readonly { name?: string }[] } };
  try {
    decoded = decodeErrorResult({ abi: protocolErrorsAbi, data });
  } catch (cause) {
    if (cause instanceof BaseError) return undefined;
    throw cause;
  }
  if (decoded.errorName === "Error" || decoded.errorName === "Panic") return undefined;
  const inputs = decoded.abiItem.inputs ?? [];
  return {
    name: decoded.errorName as ContractErrorName,
    args: Object.fromEntries(inputs.map(({ name }, i) => [name || String(i), decoded.args?.[i]])),
  };
}

/** EIP-1193's code for a person who said no. Wallets throw it as it is, viem wraps it. */
const USER_REJECTED = 4001;

/** The error of a reason that no contract gave, in its usual words. */
export function clientError(code: ClientErrorName, cause?: unknown): ProtocolError {
  return new ProtocolError(code, clientSentences[code], { cause });
}

/** Reasons by the classes that viem throws, the first that fits. */
const CAUSES: readonly [code: ClientErrorName, ...kinds: (abstract new (...args: never[]) => Error)[]][] = [
  ["WalletRejected", UserRejectedRequestError],
  ["ChainMismatch", ChainMismatchError],
  ["GasMissing", InsufficientFundsError],
  ["TransactionPending", WaitForTransactionReceiptTimeoutError],
  ["ChainUnreachable", HttpRequestError, TimeoutError],
];

/**
 * Turns anything that a wallet or viem threw into a {@link ProtocolError}, or gives undefined when it is not about the chain, a
 * wallet or a contract; such an error is for the caller's own handling.
 */
export function decodeProtocolError(cause: unknown, context: ErrorContext = {}): ProtocolError | undefined {
  if (cause instanceof ProtocolError) return cause;
  if (!(cause instanceof BaseError)) return isRejection(cause) ? clientError("WalletRejected", cause) : undefined;

  const data = revertDataOf(cause);
  const revert = data && decodeRevert(data);
  if (revert) {
    const { name, args } = revert;
    return new ProtocolError(name, sentenceOf(name, args, context), { args, cause });
  }
  const known = CAUSES.find(([, ...kinds]) => kinds.some((kind) => isCause(cause, kind)));
  if (known) return clientError(known[0], cause);
  if (data !== undefined || isCause(cause, ContractFunctionRevertedError)) {
    const reverted = cause.walk((error) => error instanceof ContractFunctionRevertedError);
    const reason = reverted instanceof ContractFunctionRevertedError ? reverted.reason : undefined;
    const { message, hint } = clientSentences.TransactionReverted;
    return new ProtocolError(
      "TransactionReverted",
      { message: reason ? `The contract refused: ${reason}.` : message, hint },
      { cause },
    );
  }
  return undefined;
}

function isRejection(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === USER_REJECTED;
}

function isCause(error: BaseError, kind: abstract new (...args: never[]) => Error): boolean {
  return error.walk((inner) => inner instanceof kind) !== null;
}

/** Bytes of the revert, wherever the client's transport put them. */
function revertDataOf(error: BaseError): Hex | undefined {
  const found = error.walk((inner) => {
    if (inner instanceof ContractFunctionRevertedError) return inner.raw !== undefined;
    return dataOf(inner) !== undefined;
  });
  if (found instanceof ContractFunctionRevertedError) return found.raw;
  return dataOf(found);
}

function dataOf(error: unknown): Hex | undefined {
  if (typeof error !== "object" || error === null || !("data" in error)) return undefined;
  const { data } = error;
  const inner = typeof data === "object" && data !== null && "data" in data ? data.data : data;
  return isHex(inner) && inner.length >= 10 ? inner : undefined;
}

function sentenceOf(name: ContractErrorName, args: Record<string, unknown>, context: ErrorContext): Sentence {
  const money = context.money ?? ((amount: bigint) => `${amount} base units`);
  const explain = explanations[name] as
    | ((args: Record<string, unknown>, money: (amount: bigint) => string) => Sentence)
    | undefined;
  if (explain) return explain(args, money);
  const values = Object.entries(args).map(([key, value]) => `${key} ${value}`);
  return {
    message: `The contract refused: ${name}${values.length ? ` (${values.join(", ")})` : ""}.`,
    hint: "Nothing was paid but gas. This is a rule between contracts; report it if you met it in normal use.",
  };
}
