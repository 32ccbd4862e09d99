import { createWalletClient, getAddress, http, parseEther } from "viem";
import { writeContract } from "viem/actions";
import { inviteRegistryAbi } from "../../sdk/src/generated/abis.ts";
import type { IssuerCall } from "../../sdk/src/invites/issuing.ts";
import type { LocalChain } from "./local-chain.ts";

/** A contract that governance lets invite, and that sends what it is told; it answers no question, as of a signature. */
export async function createContractIssuer({ test, reader, rpcUrl, deployment }: LocalChain, quota = 10) {
  const issuer = getAddress(`0x${"5afe".repeat(10)}`);
  const wallet = createWalletClient({ chain: test.chain, transport: http(rpcUrl) });
  const { InviteRegistry: address, TimelockController: timelock } = deployment.contracts;
  if (!timelock) throw new Error("the deployment has no timelock");
  for (const account of [issuer, timelock]) {
    await test.setBalance({ address: account, value: parseEther("1") });
    await test.impersonateAccount({ address: account });
  }
  const mined = (hash: `0x${string}`) => reader.waitForTransactionReceipt({ hash });
  const args = [issuer, quota] as const;
  await mined(
    await writeContract(wallet, {
      address,
      abi: inviteRegistryAbi,
      functionName: "setIssuer",
      args,
      account: timelock,
    }),
  );
  await test.setCode({ address: issuer, bytecode: "0xfe" });
  return {
    issuer,
    send: async (call: IssuerCall) => mined(await wallet.sendTransaction({ ...call, account: issuer })),
  };
}
