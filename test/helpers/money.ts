import { type Address, encodeAbiParameters, type Hex, parseAbiParameters } from "viem";
import { signPermit } from "./permit.ts";
import type { Connection } from "./policy.ts";

/** One dollar of a token with 6 decimals. Base units. */
export const USD = 1_000_000n;
/** What customer and stranger hold of each payment token at first. Base units. */
export const GENESIS_USD = 1_000_000n * USD;
export const REFUND_DELAY_SECONDS = 600n;
export const MAX_UINT96 = 2n ** 96n - 1n;
export const MAX_UINT128 = 2n ** 128n - 1n;

/**
 * The ledger alone, with three registered tokens: 1 has a permit, 2 has none, 3 burns a share of each transfer. Customer and stranger
 * hold some of each and have approved the ledger for none. `agent` and `operator` are plain accounts; `hostile` is a contract that does
 * what it is told.
 */
export async function deployLedger(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const [governor, customer, provider, operator, agent, stranger, feeRecipient] = await viem.getWalletClients();
  if (!governor || !customer || !provider || !operator || !agent || !stranger || !feeRecipient) {
    throw new Error("too few accounts");
  }
  const ledger = await viem.deployContract("Ledger", [feeRecipient.account.address, REFUND_DELAY_SECONDS]);
  const usd = await viem.deployContract("LocalUsd", [governor.account.address]);
  const plain = await viem.deployContract("PlainToken");
  const fee = await viem.deployContract("FeeToken");
  for (const { address } of [usd, plain, fee]) await ledger.write.registerToken([address]);
  for (const { account } of [customer, stranger]) {
    await usd.write.mint([account.address, GENESIS_USD]);
    await plain.write.mint([account.address, GENESIS_USD]);
    await fee.write.mint([account.address, GENESIS_USD]);
  }
  const hostile = await viem.deployContract("HostileMarket");

  return {
    ledger,
    usd,
    plain,
    fee,
    hostile,
    governor,
    customer,
    provider,
    operator,
    agent,
    stranger,
    feeRecipient,
    by: {
      customer: { account: customer.account },
      provider: { account: provider.account },
      operator: { account: operator.account },
      stranger: { account: stranger.account },
    },
    /** Unix seconds of the next block's time, plus `seconds`. */
    in: async (seconds: bigint) => BigInt(await networkHelpers.time.latest()) + 1n + seconds,
    /** A permit of the customer for the ledger. */
    async permit(amount: bigint, deadline = 2n ** 48n) {
      const signed = await signPermit(customer, usd, { spender: ledger.address, value: amount, deadline });
      return { amount, ...signed };
    },
  };
}

/** Balances in the ledger. Token base units. */
export function balancesOf(
  ledger: { read: { balanceOf(args: readonly [Address, number]): Promise<bigint> } },
  tokenId: number,
  accounts: readonly Address[],
): Promise<bigint[]> {
  return Promise.all(accounts.map((account) => ledger.read.balanceOf([account, tokenId])));
}

/** What `HostileMarket` does when the ledger hands it a call. */
export function attempts(calls: readonly { target: Address; data: Hex }[]): Hex {
  return encodeAbiParameters(parseAbiParameters("(address target, bytes data)[]"), [calls]);
}
