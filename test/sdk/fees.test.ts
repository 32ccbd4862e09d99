import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { AuctionsMissing, buyLot, collectFees, getBurned, getFeeLot, lotPriceAt } from "../../sdk/src/fees.ts";
import { erc20PermitAbi, everTokenAbi, ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

const TOKEN = 1;
const TEN = 10_000_000n;
let index = 10;

/** Somebody with EVER and dollars, who gives ten dollars to the router as if they were fees. */
async function withFees() {
  const { deployment } = chain;
  const { Ledger, FeeRouter, PaymentToken } = deployment.contracts;
  const buyer = chain.walletOf(index++);
  await claimFaucet(buyer, { deployment });
  if (!FeeRouter) throw new Error("no router");
  for (const request of [
    { address: PaymentToken, abi: erc20PermitAbi, functionName: "approve", args: [Ledger, TEN] },
    { address: Ledger, abi: ledgerAbi, functionName: "deposit", args: [FeeRouter, TOKEN, TEN] },
  ] as const) {
    const hash = await buyer.writeContract(request as never);
    await chain.reader.waitForTransactionReceipt({ hash });
  }
  return { deployment, buyer, lot: () => getFeeLot(chain.reader, { deployment, tokenId: TOKEN }) };
}

describe("getFeeLot", () => {
  it("refuses a deployment that is older than the auctions", async () => {
    const { FeeRouter: _, ...contracts } = chain.deployment.contracts;
    const deployment = { ...chain.deployment, contracts };
    await expect(getFeeLot(chain.reader, { deployment, tokenId: TOKEN })).rejects.toThrow(AuctionsMissing);
  });

  it("tells what is not collected yet, then the lot with its price", async () => {
    const { deployment, buyer, lot } = await withFees();
    expect(await lot()).toMatchObject({ lotId: 0n, amount: 0n, price: 0n, uncollected: TEN });
    await collectFees(buyer, { deployment, tokenId: TOKEN });
    const opened = await lot();
    expect(opened).toMatchObject({ lotId: 1n, amount: (TEN * 8n) / 10n, uncollected: 0n, waiting: 0n });
    expect(opened.startPrice).toBe(parseEther("1000000000"));
    for (const seconds of [1, 7, 33, 140, 1_000]) {
      await chain.goTo(opened.startedAt + seconds);
      expect((await lot()).price).toBe(lotPriceAt(opened, opened.startedAt + seconds));
    }
  });
});

describe("buyLot", () => {
  it("says that the price is too high, and that the lot is gone", async () => {
    const { deployment, buyer, lot } = await withFees();
    await collectFees(buyer, { deployment, tokenId: TOKEN });
    const { lotId, price } = await lot();
    const buy = (changes: object) =>
      buyLot(buyer, { deployment, tokenId: TOKEN, lotId, maxPrice: parseEther("10000"), ...changes });
    await expect(buy({ maxPrice: 1n })).rejects.toMatchObject({ code: "FeesPriceTooHigh" });
    await expect(buy({ lotId: lotId + 1n })).rejects.toMatchObject({ code: "FeesLotUnavailable" });
    expect(price).toBeGreaterThan(1n);
  });

  it("burns the price and sends the lot, with one approval first", async () => {
    const { deployment, buyer, lot } = await withFees();
    await collectFees(buyer, { deployment, tokenId: TOKEN });
    const opened = await lot();
    await chain.goTo(opened.startedAt + 130);
    const supply = () =>
      chain.reader.readContract({
        address: deployment.contracts.EverToken,
        abi: everTokenAbi,
        functionName: "totalSupply",
      });
    const before = await supply();
    const steps: string[] = [];
    const { amount, price } = await buyLot(buyer, {
      deployment,
      tokenId: TOKEN,
      lotId: opened.lotId,
      maxPrice: parseEther("100"),
      onStep: (step) => steps.push(step.name === "signing" ? step.what : step.name),
    });
    expect(amount).toBe(opened.amount);
    expect(before - (await supply())).toBe(price);
    expect(await getBurned(chain.reader, { deployment, epoch: 0n })).toBeGreaterThanOrEqual(0n);
    expect(steps[0]).toBe("approval");
    expect((await lot()).amount).toBe((TEN * 8n) / 10n); // what waited from the tests before is for sale at once
  });
});
