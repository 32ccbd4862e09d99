import { readFile } from "node:fs/promises";
import { type Abi, type Address, type Hex, parseAbi } from "viem";
import type { LocalChain } from "./local-chain.ts";

interface Artifact {
  abi: Abi;
  bytecode: Hex;
}

/** Deploys a token of `contracts/mocks` without constructor arguments; `holder` gets a million base units of it. */
export async function deployMock(
  chain: LocalChain,
  name: "PlainToken" | "SilentToken" | "FeeToken",
  holder?: Address,
): Promise<Address> {
  const path = new URL(`../../artifacts/contracts/mocks/${name}.sol/${name}.json`, import.meta.url);
  const { abi, bytecode } = JSON.parse(await readFile(path, "utf8")) as Artifact;
  const wallet = chain.walletOf(19);
  const hash = await wallet.deployContract({ abi, bytecode });
  const { contractAddress } = await chain.reader.waitForTransactionReceipt({ hash });
  if (!contractAddress) throw new Error(`${name} was not deployed`);
  if (holder) {
    const mint = parseAbi(["function mint(address to, uint256 amount)"]);
    await chain.reader.waitForTransactionReceipt({
      hash: await wallet.writeContract({
        address: contractAddress,
        abi: mint,
        functionName: "mint",
        args: [holder, 1_000_000n],
      }),
    });
  }
  return contractAddress;
}
