import { type Address, erc20Abi } from "viem";
import { readContract } from "viem/actions";
import { explained, type ProtocolClient } from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { ProtocolError } from "./errors.ts";
import { ledgerAbi } from "./generated/abis.ts";
import { formatMoney } from "./units.ts";

/** A token of the ledger. */
export interface TokenInfo {
  /** Number in the ledger, from 1. */
  tokenId: number;
  address: Address;
  symbol: string;
  decimals: number;
}

/** A token, by its address or its number; the deployment's payment token when neither is given. Throws `ProtocolError`. */
export async function getToken(
  client: ProtocolClient,
  { deployment, token, tokenId }: { deployment: Deployment; token?: Address; tokenId?: number },
): Promise<TokenInfo> {
  const { Ledger, PaymentToken } = deployment.contracts;
  return explained({}, async () => {
    const ledger = { address: Ledger, abi: ledgerAbi } as const;
    const address =
      tokenId === undefined
        ? (token ?? PaymentToken)
        : await readContract(client, { ...ledger, functionName: "tokenOf", args: [tokenId] });
    if (BigInt(address) === 0n) throw unknownToken(`The ledger does not know token ${tokenId}.`);
    const [id, symbol, decimals] = await Promise.all([
      tokenId ?? readContract(client, { ...ledger, functionName: "tokenIdOf", args: [address] }),
      readContract(client, { address, abi: erc20Abi, functionName: "symbol" }),
      readContract(client, { address, abi: erc20Abi, functionName: "decimals" }),
    ]);
    if (id === 0) throw unknownToken(`The ledger does not know the token ${address}.`);
    return { tokenId: id, address, symbol, decimals };
  });
}

function unknownToken(message: string): ProtocolError {
  return new ProtocolError("LedgerTokenUnknown", { message, hint: "Register it with the ledger, or choose another." });
}

/** Sentences about a token's amounts. */
export function moneyOf(token: TokenInfo): { money: (amount: bigint) => string } {
  return { money: (amount) => formatMoney(amount, token) };
}

/** What an account can spend or withdraw in the ledger (`available`), and what it holds outside (`wallet`). Token base units. */
export async function getBalance(
  client: ProtocolClient,
  { deployment, account, token }: { deployment: Deployment; account: Address; token: TokenInfo },
): Promise<{ available: bigint; wallet: bigint }> {
  return explained({}, async () => {
    const [available, wallet] = await Promise.all([
      readContract(client, {
        address: deployment.contracts.Ledger,
        abi: ledgerAbi,
        functionName: "balanceOf",
        args: [account, token.tokenId],
      }),
      readContract(client, { address: token.address, abi: erc20Abi, functionName: "balanceOf", args: [account] }),
    ]);
    return { available, wallet };
  });
}
