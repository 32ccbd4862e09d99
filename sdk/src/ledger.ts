import type { Address } from "viem";
import { type ActionOptions, addressOf, type ProtocolClient, type Sent, send } from "./client.ts";
import { ledgerAbi } from "./generated/abis.ts";
import { allow } from "./permits.ts";
import { moneyOf, type TokenInfo } from "./tokens.ts";

/** What goes into the ledger, and how. */
export interface DepositOptions extends ActionOptions {
  token: TokenInfo;
  /** Token base units. */
  amount: bigint;
  /** `never` sends an approval instead of asking for a signature. */
  permit?: "auto" | "never";
}

/**
 * Puts tokens of the caller into its balance: with one signature and one transaction where the token has permits. Throws
 * `ProtocolError`.
 */
export async function deposit(client: ProtocolClient, options: DepositOptions): Promise<Sent> {
  const { token, amount, deployment } = options;
  const { Ledger } = deployment.contracts;
  const owner = addressOf(client, options.account);
  const permit = await allow(client, { ...options, token: token.address, spender: Ledger }, moneyOf(token));
  const ledger = { address: Ledger, abi: ledgerAbi } as const;
  if (permit.deadline === 0n)
    return send(
      client,
      { ...ledger, functionName: "deposit", args: [owner, token.tokenId, amount] },
      options,
      moneyOf(token),
    );
  return send(
    client,
    { ...ledger, functionName: "depositWithPermit", args: [owner, token.tokenId, permit] },
    options,
    moneyOf(token),
  );
}

/** What leaves the ledger, and where to. */
export interface WithdrawOptions extends ActionOptions {
  token: TokenInfo;
  /** Token base units. */
  amount: bigint;
  /** Who gets the tokens; the caller when absent. */
  to?: Address;
}

/** Pays out of the caller's balance. Throws `ProtocolError`. */
export async function withdraw(client: ProtocolClient, options: WithdrawOptions): Promise<Sent> {
  const { token, amount, deployment, to = addressOf(client, options.account) } = options;
  return send(
    client,
    {
      address: deployment.contracts.Ledger,
      abi: ledgerAbi,
      functionName: "withdraw",
      args: [to, token.tokenId, amount],
    },
    options,
    moneyOf(token),
  );
}

/** How much the market may lock by itself, and until when. */
export interface ApproveMarketOptions extends ActionOptions {
  token: TokenInfo;
  /** Token base units that the market may lock in all; 0 revokes. */
  most: bigint;
  /** Unix seconds from which the approval is void. */
  expiresAt: bigint;
}

/** Lets the market lock money of the caller later on, without a call of its own each time. Throws `ProtocolError`. */
export async function approveMarket(client: ProtocolClient, options: ApproveMarketOptions): Promise<Sent> {
  const { Ledger, DealPayments, DealMarket } = options.deployment.contracts;
  const { token, most, expiresAt } = options;
  return send(
    client,
    {
      address: Ledger,
      abi: ledgerAbi,
      functionName: "approveOperator",
      args: [DealPayments, DealMarket, token.tokenId, most, expiresAt],
    },
    options,
    moneyOf(token),
  );
}

/** Sends what is left of an expired lock back to its payer; anybody may, when even its operator reverts. Throws `ProtocolError`. */
export async function refundExpired(
  client: ProtocolClient,
  options: ActionOptions & { dealKey: bigint },
): Promise<Sent> {
  const { Ledger, DealPayments } = options.deployment.contracts;
  return send(
    client,
    { address: Ledger, abi: ledgerAbi, functionName: "refundExpired", args: [DealPayments, options.dealKey] },
    options,
  );
}
