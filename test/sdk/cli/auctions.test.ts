import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { getFeeLot } from "../../../sdk/src/fees.ts";
import { erc20PermitAbi, ledgerAbi } from "../../../sdk/src/generated/abis.ts";
import { createCustomer } from "../../helpers/command.ts";
import { type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

const TOKEN = 1;
const TEN = 10_000_000n;
const BUYER = 10;

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
  await claimFaucet(chain.walletOf(BUYER), { deployment: chain.deployment });
});
afterAll(() => chain.stop());

const buyer = async () => {
  const found = await createCustomer(chain, BUYER);
  onTestFinished(() => found.leave());
  return found;
};

/** Fees come in, as if deals had paid them. */
async function pay(amount: bigint) {
  const { Ledger, PaymentToken, FeeRouter } = chain.deployment.contracts;
  const payer = chain.walletOf(BUYER);
  const send = async (request: object) => {
    const hash = await payer.writeContract(request as never);
    await chain.reader.waitForTransactionReceipt({ hash });
  };
  await send({ address: PaymentToken, abi: erc20PermitAbi, functionName: "approve", args: [Ledger, amount] });
  await send({ address: Ledger, abi: ledgerAbi, functionName: "deposit", args: [FeeRouter, TOKEN, amount] });
}

describe("4ever auction", () => {
  it("refuses what is no token, no amount, and to buy where nothing is for sale", async () => {
    const { run } = await buyer();
    expect((await run("auction list --token-id 0")).err).toContain('"0" is not the number of a token.');
    expect((await run("auction buy lots")).exitCode).toBe(2);
    expect(await run("auction list")).toMatchObject({ exitCode: 0, out: expect.stringContaining("none is for sale") });
    expect((await run("auction buy 5 --yes")).err).toContain("Nothing is for sale.");
  });

  it("collects, shows what a lot costs, and buys it for no more than is given", async () => {
    const { run, json } = await buyer();
    await pay(TEN);
    expect((await run("auction list")).out).toContain("10 LUSD can be collected");
    expect(await json("auction collect")).toMatchObject({ ok: true, lotId: "1" });
    expect((await run("auction buy 500 --yes")).err).toMatch(
      /^The lot costs .* EVER now, and you give 500 EVER at most\.\nWait:/m,
    );

    const { startedAt, amount } = await getFeeLot(chain.reader, { deployment: chain.deployment, tokenId: TOKEN });
    await chain.goTo(startedAt + 140);
    expect((await run("auction buy 500")).err).toContain("Nothing was paid.");
    const bought = await json("auction buy 500 --yes");
    expect(bought).toMatchObject({ ok: true, lotId: "1", amount: amount.toString() });
    expect(BigInt(String(bought.price))).toBeLessThanOrEqual(500n * 10n ** 18n);
    expect((await json("auction list")).amount).toBe("0");
  });
});
