import { type Hex, toFunctionSelector } from "viem";
import { expect } from "vitest";
import type { Store } from "../../../keepers/src/store/database.ts";
import { outbox } from "../../../keepers/src/store/schema.ts";
import { possessionProofsAbi } from "../../../sdk/src/generated/abis.ts";
import { LOCAL_ACCOUNTS, type LocalChain } from "../../helpers/local-chain.ts";

export const PROVE = toFunctionSelector("prove(uint256,uint256,bytes)");

/** Periods of a set that were proven, in order. */
export async function provenPeriods({ reader, deployment }: LocalChain, setId: number): Promise<number[]> {
  const logs = await reader.getContractEvents({
    address: deployment.contracts.PossessionProofs,
    abi: possessionProofsAbi,
    eventName: "PeriodProven",
    args: { setId: BigInt(setId) },
    fromBlock: 0n,
  });
  return logs.map(({ args }) => Number(args.period));
}

/** Every transaction of the operator on chain, from a block on. */
async function sentByOperator({ reader, walletOf }: LocalChain, fromBlock: number) {
  const operator = walletOf(LOCAL_ACCOUNTS.operators[0]).account.address.toLowerCase();
  const height = Number(await reader.getBlockNumber());
  const blocks = await Promise.all(
    Array.from({ length: height + 1 - fromBlock }, (_, i) =>
      reader.getBlock({ blockNumber: BigInt(fromBlock + i), includeTransactions: true }),
    ),
  );
  return blocks.flatMap(({ transactions }) => transactions).filter(({ from }) => from === operator);
}

/** Several processes acted as one: no period was proven twice, no nonce used twice, no proof sent twice, and nothing failed. */
export async function expectNothingTwice(
  chain: LocalChain,
  setId: number,
  { db }: Store,
  fromBlock = 0,
): Promise<void> {
  const periods = await provenPeriods(chain, setId);
  expect(new Set(periods).size).toBe(periods.length);
  const transactions = await sentByOperator(chain, fromBlock);
  expect(new Set(transactions.map(({ nonce }) => nonce)).size).toBe(transactions.length);
  const proofs = transactions.map(({ input }) => input).filter((input) => input.startsWith(PROVE));
  expect(new Set(proofs.map((input: Hex) => input.slice(0, 138))).size).toBe(proofs.length); // set and period
  const rows = await db.select().from(outbox);
  const failed = rows.filter(({ status, blockNumber }) => status === "reverted" && (blockNumber ?? 0) >= fromBlock);
  expect(failed).toEqual([]);
}
