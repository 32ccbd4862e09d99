import { expect } from "chai";
import type { Abi, Address, Hash } from "viem";
import type { Connection } from "./policy.ts";

/** Whatever has an ABI and an address. */
interface AnyContract {
  abi: Abi;
  address: Address;
}

/** Hardhat's assertions with arguments as plain lists, and the one about cost. A wrong name or argument fails the test, not the compiler. */
export function createAssertions({ viem }: Connection) {
  return {
    /** The call reverts with this error of `contract`; without `args` whatever its arguments are. */
    rejects: (call: Promise<unknown>, contract: AnyContract, error: string, args?: readonly unknown[]) => {
      const promise = call as Promise<Hash>;
      return args === undefined
        ? viem.assertions.revertWithCustomError(promise, contract, error)
        : viem.assertions.revertWithCustomErrorWithArgs(promise, contract, error, [...args]);
    },
    /** The transaction emits this event of `contract`. */
    emits: (call: Promise<Hash> | Hash, contract: AnyContract, event: string, args: readonly unknown[]) =>
      viem.assertions.emitWithArgs(call, contract, event, [...args]),
    /** The whole transaction uses no more gas. Returns what it used. */
    costsAtMost: async (call: Promise<Hash> | Hash, most: bigint) => {
      const client = await viem.getPublicClient();
      const { gasUsed } = await client.getTransactionReceipt({ hash: await call });
      if (gasUsed > most) throw new Error(`used ${gasUsed} gas, at most ${most} was wanted`);
      return gasUsed;
    },
  };
}

/** A deployment or a call fails, and its message or its bytes say this: a node tells the name of an error only for code that it knows. */
export async function expectRevert(sent: Promise<unknown>, error: string): Promise<void> {
  await sent.then(
    () => expect.fail("it went through"),
    (reason: unknown) => expect(wordsOf(reason)).to.contain(error),
  );
}

function wordsOf(reason: unknown): string {
  const words = (value: unknown) => JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? String(one) : one));
  if (!(reason instanceof Error)) return words(reason) ?? "";
  return `${reason.message} ${"data" in reason ? words(reason.data) : ""} ${wordsOf(reason.cause)}`;
}
