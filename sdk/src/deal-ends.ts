import type { Address } from "viem";
import { type ActionOptions, type ProtocolClient, type Sent, send } from "./client.ts";
import { dealKeyOf } from "./deals.ts";
import { dealMarketAbi, dealPaymentsAbi } from "./generated/abis.ts";

type DealOptions = ActionOptions & { dealId: bigint };

/** The customer, before the acceptance: withdraws the request; everything comes back. Throws `ProtocolError`. */
export function cancel(client: ProtocolClient, options: DealOptions): Promise<Sent> {
  return callMarket(client, options, "cancel");
}

/** Anyone, after the deadline for accepting: everything goes back to the customer. Throws `ProtocolError`. */
export function expire(client: ProtocolClient, options: DealOptions): Promise<Sent> {
  return callMarket(client, options, "expire");
}

/** The provider's operator, before accepting: no; everything goes back to the customer. Throws `ProtocolError`. */
export function decline(client: ProtocolClient, options: DealOptions): Promise<Sent> {
  return callMarket(client, options, "decline");
}

/** The customer: ends the deal at the next boundary. Throws `ProtocolError`. */
export function end(client: ProtocolClient, options: DealOptions): Promise<Sent> {
  return callMarket(client, options, "end");
}

/** The provider or its operator: ends the deal after the notice. Throws `ProtocolError`. */
export function giveNotice(client: ProtocolClient, options: DealOptions): Promise<Sent> {
  return callMarket(client, options, "giveNotice");
}

/** Anyone, after three missed periods in a row: ends the deal. Throws `ProtocolError`. */
export function endAbandoned(client: ProtocolClient, options: DealOptions): Promise<Sent> {
  return callMarket(client, options, "endAbandoned");
}

/** Anyone, once the last paid period is closed: settles, pays, refunds. Throws `ProtocolError`. */
export function finish(client: ProtocolClient, options: DealOptions): Promise<Sent> {
  return callMarket(client, options, "finish");
}

/** The customer: changes the key that signs upload tokens and pieces. Throws `ProtocolError`. */
export function setSessionKey(client: ProtocolClient, options: DealOptions & { sessionKey: Address }): Promise<Sent> {
  const { deployment, dealId, sessionKey } = options;
  return send(
    client,
    {
      address: deployment.contracts.DealMarket,
      abi: dealMarketAbi,
      functionName: "setSessionKey",
      args: [dealId, sessionKey],
    },
    options,
  );
}

/** Anyone: settles the closed periods of deals, and pays their providers. Throws `ProtocolError`. */
export function settle(client: ProtocolClient, options: ActionOptions & { dealIds: readonly bigint[] }): Promise<Sent> {
  const { DealMarket, DealPayments } = options.deployment.contracts;
  const keys = options.dealIds.map((dealId) => dealKeyOf(DealMarket, dealId));
  const payments = { address: DealPayments, abi: dealPaymentsAbi } as const;
  const [only] = keys;
  if (keys.length === 1 && only !== undefined)
    return send(client, { ...payments, functionName: "settle", args: [only] }, options);
  return send(client, { ...payments, functionName: "settleMany", args: [keys] }, options);
}

function callMarket(
  client: ProtocolClient,
  options: DealOptions,
  functionName: "cancel" | "decline" | "expire" | "end" | "giveNotice" | "endAbandoned" | "finish",
): Promise<Sent> {
  const { deployment, dealId } = options;
  return send(
    client,
    { address: deployment.contracts.DealMarket, abi: dealMarketAbi, functionName, args: [dealId] },
    options,
  );
}
