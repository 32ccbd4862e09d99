import { type Account, type Address, type Hex, parseSignature, type WalletClient } from "viem";

/** The parts of a contract that `signPermit` asks: OpenZeppelin's ERC20Permit. */
interface PermitToken {
  read: {
    eip712Domain(): Promise<readonly [Hex, string, string, bigint, Address, Hex, readonly bigint[]]>;
    nonces(args: readonly [Address]): Promise<bigint>;
  };
}

/** An ERC-2612 signature of the wallet's account. `value` in base units, `deadline` in Unix seconds. */
export async function signPermit(
  wallet: Pick<WalletClient, "signTypedData"> & { account: Account },
  token: PermitToken,
  { spender, value, deadline }: { spender: Address; value: bigint; deadline: bigint },
): Promise<{ deadline: bigint; v: number; r: Hex; s: Hex }> {
  const owner = wallet.account.address;
  const [, name, version, chainId, verifyingContract] = await token.read.eip712Domain();
  const signature = await wallet.signTypedData({
    account: wallet.account,
    domain: { name, version, chainId: Number(chainId), verifyingContract },
    primaryType: "Permit",
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    message: { owner, spender, value, nonce: await token.read.nonces([owner]), deadline },
  });
  const { v, r, s } = parseSignature(signature);
  return { deadline, v: Number(v), r, s };
}
