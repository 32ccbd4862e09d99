import {
  type Account,
  type Address,
  BaseError,
  domainSeparator,
  erc20Abi,
  type Hex,
  keccak256,
  MethodNotFoundRpcError,
  MethodNotSupportedRpcError,
  stringToHex,
  type TypedDataDomain,
  UnsupportedProviderMethodError,
  zeroHash,
} from "viem";
import { getBlock, readContract, signTypedData, simulateContract } from "viem/actions";
import { type ActionOptions, accountOf, addressOf, explained, type ProtocolClient, send } from "./client.ts";
import { contractError, type ErrorContext } from "./errors.ts";
import { erc20PermitAbi } from "./generated/abis.ts";
import { signatureWords } from "./signature.ts";

/** EIP-712 type of an ERC-2612 permit. */
export const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;
const PERMIT_TYPEHASH = keccak256(
  stringToHex("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
);

/** A signed allowance, as the ledger takes it. Token base units; Unix seconds. */
export interface Permit {
  amount: bigint;
  deadline: bigint;
  v: number;
  r: Hex;
  s: Hex;
}

/** How long a permit holds. Seconds, in the time of the chain. */
const PERMIT_SECONDS = 3_600n;

/** A permit that signs nothing: the contracts then go by the allowance. */
export function unsignedPermit(amount: bigint): Permit {
  return { amount, deadline: 0n, v: 0, r: zeroHash, s: zeroHash };
}

const separatorAbi = [
  { type: "function", name: "DOMAIN_SEPARATOR", stateMutability: "view", inputs: [], outputs: [{ type: "bytes32" }] },
  { type: "function", name: "PERMIT_TYPEHASH", stateMutability: "view", inputs: [], outputs: [{ type: "bytes32" }] },
  { type: "function", name: "version", stateMutability: "view", inputs: [], outputs: [{ type: "string" }] },
] as const;

/**
 * EIP-712 domain of a token's permits; undefined when it has none of ERC-2612. Believed only if it gives the separator that the token
 * itself uses, since a permit over a wrong domain would be signed in vain.
 */
export async function permitDomainOf(
  client: ProtocolClient,
  { token, chainId }: { token: Address; chainId: number },
): Promise<TypedDataDomain | undefined> {
  const read = async <T>(work: Promise<T>): Promise<T | undefined> => work.catch(unreadable);
  const [separator, typehash, declared, name, version] = await Promise.all([
    read(readContract(client, { address: token, abi: separatorAbi, functionName: "DOMAIN_SEPARATOR" })),
    read(readContract(client, { address: token, abi: separatorAbi, functionName: "PERMIT_TYPEHASH" })),
    read(readContract(client, { address: token, abi: erc20PermitAbi, functionName: "eip712Domain" })),
    read(readContract(client, { address: token, abi: erc20Abi, functionName: "name" })),
    read(readContract(client, { address: token, abi: separatorAbi, functionName: "version" })),
  ]);
  if (!separator || (typehash && typehash !== PERMIT_TYPEHASH)) return undefined; // another permit, such as DAI's
  const candidates = [
    ...(declared ? [{ name: declared[1], version: declared[2] }] : []),
    ...(name ? [{ name, version: version ?? "1" }] : []),
  ];
  return candidates
    .map((fields) => ({ ...fields, chainId, verifyingContract: token }))
    .find((domain) => domainSeparator({ domain }) === separator);
}

/** A token that lacks a function is no failure; a node that does not answer is. */
function unreadable(cause: unknown): undefined {
  const isRefusal = cause instanceof BaseError && cause.name === "ContractFunctionExecutionError";
  if (isRefusal && !cause.walk((error) => error instanceof Error && error.name === "HttpRequestError"))
    return undefined;
  throw cause;
}

/** What an allowance is wanted for. */
export interface AllowanceOptions extends ActionOptions {
  token: Address;
  spender: Address;
  /** Token base units. */
  amount: bigint;
  /** `never` sends an approval instead of asking for a signature. */
  permit?: "auto" | "never";
}

/**
 * Lets `spender` take `amount`: by the allowance that is there, else by a signed permit, else, for tokens and wallets without
 * permits, by an approval, which is a transaction of its own. Gives the permit to pass on, unsigned when the allowance does it.
 */
export async function allow(
  client: ProtocolClient,
  options: AllowanceOptions,
  context: ErrorContext = {},
): Promise<Permit> {
  const found = await findPermit(client, options, context);
  if (found.permit) return found.permit;
  options.onStep?.({ name: "signing", what: "approval" });
  const quiet = { ...options, onStep: undefined };
  for (const call of await approvals(client, options, found.allowance)) await send(client, call, quiet, context);
  return unsignedPermit(options.amount);
}

/**
 * The permit that lets `spender` take `amount`: unsigned when the allowance does it, else signed. Without one, for tokens and wallets
 * without permits, the present `allowance`, for {@link approvals}. Throws `ProtocolError`.
 */
export async function findPermit(
  client: ProtocolClient,
  options: AllowanceOptions,
  context: ErrorContext = {},
): Promise<{ permit: Permit } | { permit?: undefined; allowance: bigint }> {
  const { token, spender, amount, deployment } = options;
  const owner = addressOf(client, options.account);
  const erc20 = { address: token, abi: erc20Abi } as const;
  const [balance, allowance] = await explained(context, () =>
    Promise.all([
      readContract(client, { ...erc20, functionName: "balanceOf", args: [owner] }),
      readContract(client, { ...erc20, functionName: "allowance", args: [owner, spender] }),
    ]),
  );
  if (balance < amount)
    throw contractError("ERC20InsufficientBalance", { sender: owner, balance, needed: amount }, context);
  if (allowance >= amount) return { permit: unsignedPermit(amount) };
  if (options.permit !== "never") {
    const domain = await explained(context, () => permitDomainOf(client, { token, chainId: deployment.chainId }));
    const permit = domain && (await signPermit(client, { ...options, domain }, context));
    if (permit) return { permit };
  }
  return { allowance };
}

/** Signs an ERC-2612 permit. Undefined when the wallet cannot, as wallets that are contracts. Throws `ProtocolError` when refused. */
export async function signPermit(
  client: ProtocolClient,
  { token, spender, amount, domain, account, onStep, signal }: AllowanceOptions & { domain: TypedDataDomain },
  context: ErrorContext = {},
): Promise<Permit | undefined> {
  const signer: Account | Address = accountOf(client, account);
  const owner = addressOf(client, account);
  return explained(context, async () => {
    const [nonce, { timestamp }] = await Promise.all([
      readContract(client, { address: token, abi: erc20PermitAbi, functionName: "nonces", args: [owner] }),
      getBlock(client),
    ]);
    const deadline = timestamp + PERMIT_SECONDS;
    signal?.throwIfAborted();
    onStep?.({ name: "signing", what: "permit" });
    let signature: Hex;
    try {
      signature = await signTypedData(client, {
        account: signer,
        domain,
        types: PERMIT_TYPES,
        primaryType: "Permit",
        message: { owner, spender, value: amount, nonce, deadline },
      });
    } catch (cause) {
      if (cannotSign(cause)) return undefined;
      throw cause;
    }
    const words = signatureWords(signature);
    return words && { amount, deadline, v: 27 + words.yParity, r: words.r, s: words.s };
  });
}

function cannotSign(cause: unknown): boolean {
  const kinds = [MethodNotFoundRpcError, MethodNotSupportedRpcError, UnsupportedProviderMethodError];
  return cause instanceof BaseError && cause.walk((error) => kinds.some((kind) => error instanceof kind)) !== null;
}

/** `approve` without a result: some well-known tokens give none. */
const approveAbi = [
  {
    type: "function",
    name: "approve",
    stateMutability: "nonpayable",
    inputs: [
      { name: "spender", type: "address" },
      { name: "amount", type: "uint256" },
    ],
    outputs: [],
  },
] as const;

type Approval = {
  address: Address;
  abi: typeof approveAbi;
  functionName: "approve";
  args: readonly [spender: Address, amount: bigint];
};

/** The calls that set an allowance: through zero for tokens that refuse to change one. `allowance` in token base units. */
export async function approvals(
  client: ProtocolClient,
  { token, spender, amount, ...options }: AllowanceOptions,
  allowance: bigint,
): Promise<Approval[]> {
  const call = { address: token, abi: approveAbi, functionName: "approve" } as const;
  const approval: Approval = { ...call, args: [spender, amount] };
  if (allowance === 0n || (await isPossible(client, approval, options))) return [approval];
  return [{ ...call, args: [spender, 0n] }, approval];
}

async function isPossible(client: ProtocolClient, call: Approval, { account }: ActionOptions): Promise<boolean> {
  try {
    await simulateContract(client, { ...call, account: accountOf(client, account) });
    return true;
  } catch (cause) {
    if (cause instanceof BaseError && cause.name === "ContractFunctionExecutionError") return false;
    throw cause;
  }
}
