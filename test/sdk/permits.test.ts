import { createWalletClient, custom, domainSeparator, type EIP1193RequestFn, type Hex } from "viem";
import { hardhat } from "viem/chains";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { erc20PermitAbi } from "../../sdk/src/generated/abis.ts";
import { allow, permitDomainOf, signPermit } from "../../sdk/src/permits.ts";
import { deployMock } from "../helpers/artifacts.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
  await claimFaucet(chain.walletOf(10), chain);
});
afterAll(() => chain.stop());

const allowanceOf = (token: Hex) =>
  chain.reader.readContract({
    address: token,
    abi: erc20PermitAbi,
    functionName: "allowance",
    args: [chain.walletOf(10).account.address, chain.deployment.contracts.Ledger],
  });
const wanted = (token: Hex, amount: bigint) => ({
  deployment: chain.deployment,
  token,
  spender: chain.deployment.contracts.Ledger,
  amount,
});

describe("permitDomainOf", () => {
  it("finds the domain that the token itself uses", async () => {
    const { chainId, contracts } = chain.deployment;
    for (const token of [contracts.PaymentToken, contracts.EverToken]) {
      const domain = await permitDomainOf(chain.reader, { token, chainId });
      const separator = await chain.reader.readContract({
        address: token,
        abi: erc20PermitAbi,
        functionName: "DOMAIN_SEPARATOR",
      });
      expect(domain && domainSeparator({ domain })).toBe(separator);
    }
  });

  it("finds none where there is none: a plain token, one that swallows calls, an account, another chain", async () => {
    const { chainId, contracts } = chain.deployment;
    const plain = await deployMock(chain, "PlainToken");
    const silent = await deployMock(chain, "SilentToken");
    for (const token of [plain, silent, chain.walletOf(10).account.address])
      expect(await permitDomainOf(chain.reader, { token, chainId })).toBeUndefined();
    expect(await permitDomainOf(chain.reader, { token: contracts.PaymentToken, chainId: 1 })).toBeUndefined();
  });
});

describe("allow", () => {
  it("refuses at once what the account does not have, and names both amounts", async () => {
    const { PaymentToken } = chain.deployment.contracts;
    await expect(allow(chain.walletOf(10), wanted(PaymentToken, 20_000_000_000n))).rejects.toMatchObject({
      code: "ERC20InsufficientBalance",
      message: "The account has 10000000000 base units; this needs 20000000000 base units.",
    });
  });

  it("signs a permit that the token takes", async () => {
    const { PaymentToken, Ledger } = chain.deployment.contracts;
    const wallet = chain.walletOf(10);
    const { amount, deadline, v, r, s } = await allow(wallet, wanted(PaymentToken, 5n));
    expect(deadline).toBe(BigInt(await chain.now()) + 3_600n);
    const hash = await wallet.writeContract({
      address: PaymentToken,
      abi: erc20PermitAbi,
      functionName: "permit",
      args: [wallet.account.address, Ledger, amount, deadline, v, r, s],
    });
    await chain.reader.waitForTransactionReceipt({ hash });
    expect(await allowanceOf(PaymentToken)).toBe(5n);
  });

  it("signs nothing when the allowance is there", async () => {
    const { PaymentToken } = chain.deployment.contracts;
    const steps: string[] = [];
    const permit = await allow(chain.walletOf(10), {
      ...wanted(PaymentToken, 5n),
      onStep: ({ name }) => steps.push(name),
    });
    expect(permit).toMatchObject({ amount: 5n, deadline: 0n });
    expect(steps).toEqual([]);
  });

  it("approves where the token has no permits", async () => {
    const plain = await deployMock(chain, "PlainToken", chain.walletOf(10).account.address);
    const steps: string[] = [];
    const permit = await allow(chain.walletOf(10), { ...wanted(plain, 7n), onStep: (step) => steps.push(step.name) });
    expect(permit.deadline).toBe(0n);
    expect(await allowanceOf(plain)).toBe(7n);
    expect(steps).toEqual(["signing"]);

    await allow(chain.walletOf(10), wanted(plain, 9n)); // more than is allowed already
    expect(await allowanceOf(plain)).toBe(9n);
  });

  it("approves where the wallet cannot sign typed data, or signs as a contract", async () => {
    const { PaymentToken } = chain.deployment.contracts;
    const { address } = chain.walletOf(11).account;
    await claimFaucet(chain.walletOf(11), chain);
    const unlocked = chain.unlockedOf(11);
    const walletThat = (answer: () => Promise<Hex>) =>
      createWalletClient({
        account: address,
        chain: hardhat,
        transport: custom({
          request: (async (call: { method: string; params?: unknown }) =>
            call.method === "eth_signTypedData_v4" ? answer() : unlocked.request(call as never)) as EIP1193RequestFn,
        }),
      });
    const cannot = walletThat(() => Promise.reject(Object.assign(new Error("not here"), { code: -32601 })));
    expect((await allow(cannot, wanted(PaymentToken, 3n))).deadline).toBe(0n);

    const asContract = walletThat(async () => `0x${"ab".repeat(130)}`);
    const domain = await permitDomainOf(asContract, { token: PaymentToken, chainId: chain.deployment.chainId });
    expect(await signPermit(asContract, { ...wanted(PaymentToken, 4n), domain: domain ?? {} })).toBeUndefined();
  });

  it("tells a rejection by the person from a wallet that cannot", async () => {
    const { PaymentToken } = chain.deployment.contracts;
    const unlocked = chain.unlockedOf(11);
    const wallet = createWalletClient({
      account: chain.walletOf(11).account.address,
      chain: hardhat,
      transport: custom({
        request: (async (call: { method: string }) => {
          if (call.method === "eth_signTypedData_v4") throw Object.assign(new Error("no"), { code: 4001 });
          return unlocked.request(call as never);
        }) as EIP1193RequestFn,
      }),
    });
    await expect(allow(wallet, wanted(PaymentToken, 1_000n))).rejects.toMatchObject({
      code: "WalletRejected",
      message: "The wallet was told not to sign.",
    });
  });
});
