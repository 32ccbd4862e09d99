import { parseEther } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { audit } from "../../sdk/src/audit/audit.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { buyLot, collectFees, getFeeLot } from "../../sdk/src/fees.ts";
import { erc20PermitAbi, ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";

const TOKEN = 1;
const TEN = 10_000_000n;
const SOLD = 8_000_000n;

let chain: LocalChain;
let index: LocalIndex;
let story: Awaited<ReturnType<typeof tellStory>>;

/** Lot 1 is sold, lot 2 of what waited is for sale, and some more waits; in EVER some was burned at once. */
async function tellStory() {
  const { deployment } = chain;
  const { Ledger, FeeRouter, PaymentToken, EverToken } = deployment.contracts;
  const buyer = chain.walletOf(10);
  await claimFaucet(buyer, { deployment });
  if (!FeeRouter) throw new Error("no router");
  const send = async (request: object) => {
    const hash = await buyer.writeContract(request as never);
    await chain.reader.waitForTransactionReceipt({ hash });
  };
  const pay = async (token: `0x${string}`, tokenId: number, amount: bigint) => {
    await send({ address: token, abi: erc20PermitAbi, functionName: "approve", args: [Ledger, amount] });
    await send({ address: Ledger, abi: ledgerAbi, functionName: "deposit", args: [FeeRouter, tokenId, amount] });
    await collectFees(buyer, { deployment, tokenId });
  };
  await pay(PaymentToken, TOKEN, TEN);
  await pay(PaymentToken, TOKEN, TEN);
  const { lotId, startedAt } = await getFeeLot(chain.reader, { deployment, tokenId: TOKEN });
  await chain.goTo(startedAt + 130);
  const { price } = await buyLot(buyer, { deployment, tokenId: TOKEN, lotId, maxPrice: parseEther("100") });
  await pay(PaymentToken, TOKEN, TEN);
  await send({ address: Ledger, abi: ledgerAbi, functionName: "registerToken", args: [EverToken] });
  await pay(EverToken, 2, parseEther("10"));
  const next = await getFeeLot(chain.reader, { deployment, tokenId: TOKEN });
  return { buyer: buyer.account.address.toLowerCase(), price, next };
}

beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellStory();
  index = await startLocalIndex(chain);
  await index.caughtUp();
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

it("tells what came in of each token and what became of it", async () => {
  const { feeAuctions } = await index.ask<{ feeAuctions: object[] }>(`{
    feeAuctions(orderBy: id) {
      token { tokenId } waiting collected insured sold burned
      lot { lotId } lots(orderBy: lotId) { lotId amount startPrice price buyer to }
    }
  }`);
  const ever = `${parseEther("8")}`;
  expect(feeAuctions).toEqual([
    {
      token: { tokenId: "1" },
      waiting: `${SOLD}`,
      collected: `${3n * TEN}`,
      insured: "6000000",
      sold: `${SOLD}`,
      burned: `${story.price}`,
      lot: { lotId: "2" },
      lots: [
        {
          lotId: "1",
          amount: `${SOLD}`,
          startPrice: `${parseEther("1000000000")}`,
          price: `${story.price}`,
          buyer: story.buyer,
          to: story.buyer,
        },
        { lotId: "2", amount: `${SOLD}`, startPrice: `${story.next.startPrice}`, price: null, buyer: null, to: null },
      ],
    },
    {
      token: { tokenId: "2" },
      waiting: "0",
      collected: `${parseEther("10")}`,
      insured: `${parseEther("2")}`,
      sold: ever,
      burned: ever,
      lot: null,
      lots: [],
    },
  ]);
});

it("tells what each epoch burned, and the insurance share", async () => {
  const { feeEpoches, insuranceShareChanges } = await index.ask<{
    feeEpoches: { burned: string }[];
    insuranceShareChanges: object[];
  }>(`{ feeEpoches { burned } insuranceShareChanges { shareBps } }`);
  const burned = feeEpoches.reduce((sum, epoch) => sum + BigInt(epoch.burned), 0n);
  expect(burned).toBe(story.price + parseEther("8"));
  expect(insuranceShareChanges).toEqual([{ shareBps: 2000 }]);
});

it("agrees with the chain in the audit, which follows the router's balance like anybody's", async () => {
  const report = await audit(chain.reader, { deployment: chain.deployment, subgraph: index.subgraph });
  expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
});
