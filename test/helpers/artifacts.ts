import { readFile } from "node:fs/promises";
import { type Abi, type Address, type Hex, parseAbi } from "viem";
import type { LocalChain } from "./local-chain.ts";

interface Artifact {
  abi: Abi;
  bytecode: Hex;
}

/** What was compiled of a contract, by its path below `contracts/`. */
export async function readArtifact(path: string): Promise<Artifact> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const artifact = new URL(`../../artifacts/contracts/${path}.sol/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(artifact, "utf8")) as Artifact;
}

/** Deploys a contract without constructor arguments, by its path below `contracts/`. */
export async function deployContract(chain: LocalChain, path: string): Promise<Address> {
  const { abi, bytecode } = await readArtifact(path);
  const hash = await chain.walletOf(19).deployContract({ abi, bytecode });
  const { contractAddress } = await chain.reader.waitForTransactionReceipt({ hash });
  if (!contractAddress) throw new Error(`${path} was not deployed`);
  return contractAddress;
}

/** Deploys a token of `contracts/mocks`; `holder` gets a million base units of it. */
export async function deployMock(
  chain: LocalChain,
  name: "PlainToken" | "SilentToken" | "FeeToken",
  holder?: Address,
): Promise<Address> {
  const token = await deployContract(chain, `mocks/${name}`);
  if (holder) {
    const abi = parseAbi(["function mint(address to, uint256 amount)"]);
    const mint = { address: token, abi, functionName: "mint", args: [holder, 1_000_000n] } as const;
    await chain.reader.waitForTransactionReceipt({ hash: await chain.walletOf(19).writeContract(mint) });
  }
  return token;
}
