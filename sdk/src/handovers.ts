import { type Address, type EncodeFunctionDataParameters, encodeFunctionData, type Hex } from "viem";
import { canBatch, findBatch, sendBatch } from "./batches.ts";
import { type ActionOptions, addressOf, type ProtocolClient, type Sent, send } from "./client.ts";
import { ledgerAbi } from "./generated/abis.ts";
import { allow, approvals, findPermit, type Permit, unsignedPermit } from "./permits.ts";
import { getBalance, moneyOf, type TokenInfo } from "./tokens.ts";

/** How money gets to the ledger when its balance there is too small. */
export interface PaymentOptions {
  /** `never` sends an approval instead of asking for a signature. */
  permit?: "auto" | "never";
}

/** What the ledger is asked to pass on, and what may be locked within that call. */
export interface HandoverOptions extends ActionOptions, PaymentOptions {
  /** Money contract that locks. */
  operator: Address;
  /** Contract that is handed the call. */
  agent: Address;
  token: TokenInfo;
  /** Token base units. */
  most: bigint;
  data: Hex;
}

/**
 * Hands a call to an agent through the ledger: the caller's own call approves what may be locked within it, up to `most`, and
 * brings what the balance lacks. Where that needs an approval first, both go as one batch if the wallet can.
 */
export async function handOver(client: ProtocolClient, options: HandoverOptions): Promise<Sent> {
  const { deployment, operator, agent, token, most, data } = options;
  const { Ledger } = deployment.contracts;
  const account = addressOf(client, options.account);
  const context = moneyOf(token);
  const before = await findBatch(client, options);
  if (before) return before;
  const { available } = await getBalance(client, { deployment, account, token });
  const handover = { operator, agent, tokenId: token.tokenId, most };
  const ledger = { address: Ledger, abi: ledgerAbi } as const;
  if (available >= most)
    return send(client, { ...ledger, functionName: "approveAndCall", args: [handover, data] }, options, context);

  const amount = most - available;
  const allowance = { ...options, token: token.address, spender: Ledger, amount };
  const found = await findPermit(client, allowance, context);
  const pay = (permit: Permit) =>
    ({ ...ledger, functionName: "depositAndCall", args: [permit, handover, data] }) as const;
  if (found.permit) return send(client, pay(found.permit), options, context);
  if (await canBatch(client, options)) {
    const approving = await approvals(client, allowance, found.allowance);
    const calls = [...approving, pay(unsignedPermit(amount))].map(({ address, ...call }) => ({
      to: address,
      data: encodeFunctionData(call as EncodeFunctionDataParameters),
    }));
    const sent = await sendBatch(client, calls, options, context);
    if (sent) return sent;
  }
  const permit = await allow(client, { ...allowance, permit: "never" }, context);
  return send(client, pay(permit), options, context);
}
