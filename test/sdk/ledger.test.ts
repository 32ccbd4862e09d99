import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { approveMarket, deposit, withdraw } from "../../sdk/src/ledger.ts";
import { getBalance, getToken, type TokenInfo } from "../../sdk/src/tokens.ts";
import { deployMock } from "../helpers/artifacts.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";

let chain: LocalChain;
let token: TokenInfo;
beforeAll(async () => {
  chain = await startLocalChain();
  await claimFaucet(chain.walletOf(10), chain);
  token = await getToken(chain.reader, chain);
});
afterAll(() => chain.stop());

const balanceOf = (account = chain.walletOf(10).account.address, of = token) =>
  getBalance(chain.reader, { deployment: chain.deployment, account, token: of });

describe("getToken", () => {
  it("knows the deployment's payment token, by address and by number", async () => {
    const { deployment } = chain;
    expect(token).toEqual({
      tokenId: 1,
      address: deployment.contracts.PaymentToken,
      symbol: "LUSD",
      decimals: 6,
    });
    expect(await getToken(chain.reader, { deployment, tokenId: 1 })).toEqual(token);
  });

  it("says that the ledger does not know a token", async () => {
    const { deployment } = chain;
    await expect(getToken(chain.reader, { deployment, tokenId: 99 })).rejects.toMatchObject({
      code: "LedgerTokenUnknown",
      message: "The ledger does not know token 99.",
    });
    const plain = await deployMock(chain, "PlainToken");
    await expect(getToken(chain.reader, { deployment, token: plain })).rejects.toMatchObject({
      code: "LedgerTokenUnknown",
    });
  });
});

describe("deposit", () => {
  it("refuses more than the account has, in the token's own units", async () => {
    await expect(deposit(chain.walletOf(10), { ...chain, token, amount: 10_000_000_001n })).rejects.toMatchObject({
      message: "The account has 10000 LUSD; this needs 10000.000001 LUSD.",
    });
  });

  it("takes one signature and one transaction where the token has permits", async () => {
    const wallet = chain.walletOf(10);
    const steps: string[] = [];
    const nonce = await chain.reader.getTransactionCount(wallet.account);
    await deposit(wallet, {
      ...chain,
      token,
      amount: 1_000_000n,
      onStep: (step) => steps.push(step.name === "signing" ? step.what : step.name),
    });
    expect(steps).toEqual(["permit", "simulated", "transaction", "sent", "confirmed"]);
    expect(await chain.reader.getTransactionCount(wallet.account)).toBe(nonce + 1);
    expect(await balanceOf()).toEqual({ available: 1_000_000n, wallet: 9_999_000_000n });
  });

  it("approves and deposits when told to, or when the token has no permits", async () => {
    const wallet = chain.walletOf(10);
    await deposit(wallet, { ...chain, token, amount: 500_000n, permit: "never" });
    expect((await balanceOf()).available).toBe(1_500_000n);

    const plain = await deployMock(chain, "PlainToken", wallet.account.address);
    const { Ledger } = chain.deployment.contracts;
    const hash = await wallet.writeContract({
      address: Ledger,
      abi: ledgerAbi,
      functionName: "registerToken",
      args: [plain],
    });
    await chain.reader.waitForTransactionReceipt({ hash });
    const registered = await getToken(chain.reader, { deployment: chain.deployment, token: plain });
    await deposit(wallet, { ...chain, token: registered, amount: 400_000n });
    expect(await balanceOf(wallet.account.address, registered)).toEqual({ available: 400_000n, wallet: 600_000n });
  });

  it("stops before anything is sent when aborted, and on a wrong chain", async () => {
    const wallet = chain.walletOf(10);
    const nonce = await chain.reader.getTransactionCount(wallet.account);
    const signal = AbortSignal.abort(new Error("changed my mind"));
    await expect(deposit(wallet, { ...chain, token, amount: 1n, signal })).rejects.toThrow("changed my mind");
    const deployment = { ...chain.deployment, chainId: 1 };
    await expect(deposit(wallet, { deployment, token, amount: 1n, permit: "never" })).rejects.toMatchObject({
      code: "ChainMismatch",
      message: "The wallet is on chain 31337; this network is on chain 1.",
    });
    expect(await chain.reader.getTransactionCount(wallet.account)).toBe(nonce);
  });
});

describe("withdraw", () => {
  it("refuses more than the balance", async () => {
    await expect(withdraw(chain.walletOf(12), { ...chain, token, amount: 1n })).rejects.toMatchObject({
      code: "LedgerBalanceInsufficient",
      message: "The balance in the ledger is 0 LUSD; this needs 0.000001 LUSD.",
    });
  });

  it("pays out to whom the owner names", async () => {
    const to = chain.walletOf(13).account.address;
    await withdraw(chain.walletOf(10), { ...chain, token, amount: 250_000n, to });
    expect((await balanceOf(to)).wallet).toBe(250_000n);
    expect((await balanceOf()).available).toBe(1_250_000n);
  });
});

describe("approveMarket", () => {
  it("lets the market lock later on, until it is revoked", async () => {
    const { Ledger, DealPayments, DealMarket } = chain.deployment.contracts;
    const approval = () =>
      chain.reader.readContract({
        address: Ledger,
        abi: ledgerAbi,
        functionName: "approvalOf",
        args: [chain.walletOf(10).account.address, DealPayments, DealMarket, token.tokenId],
      });
    await approveMarket(chain.walletOf(10), { ...chain, token, most: 5n, expiresAt: 2n ** 40n });
    expect(await approval()).toEqual({ most: 5n, expiresAt: 2n ** 40n });
    await approveMarket(chain.walletOf(10), { ...chain, token, most: 0n, expiresAt: 0n });
    expect(await approval()).toEqual({ most: 0n, expiresAt: 0n });
  });
});

describe("claimFaucet", () => {
  it("says when it gives again", async () => {
    const { deployment } = chain;
    await claimFaucet(chain.walletOf(14), { deployment });
    await expect(claimFaucet(chain.walletOf(14), { deployment })).rejects.toMatchObject({
      code: "FaucetTooSoon",
      hint: expect.stringMatching(/^It gives again from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC on\.$/),
    });
  });

  it("says that a network has none", async () => {
    const { Faucet, ...contracts } = chain.deployment.contracts;
    expect(Faucet).toBeDefined();
    const deployment = { ...chain.deployment, contracts };
    await expect(claimFaucet(chain.walletOf(14), { deployment })).rejects.toThrow("only local chains have one");
  });
});
