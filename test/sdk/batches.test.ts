import { createWalletClient, custom, publicActions } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBatch } from "../../sdk/src/batches.ts";
import type { ActionOptions, SendStep } from "../../sdk/src/client.ts";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import { getDeal, listDealIds } from "../../sdk/src/deals.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { deposit } from "../../sdk/src/ledger.ts";
import { getToken } from "../../sdk/src/tokens.ts";
import { type BatchingWallet, createBatchingWallet } from "../helpers/batching-wallet.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { pieceOf } from "../helpers/proofs.ts";
import { enterProvider, MIB, storyPiece } from "../helpers/story.ts";

let chain: LocalChain;
let offerId: number;
let index = 10; // each story has a customer of its own
beforeAll(async () => {
  chain = await startLocalChain();
  ({ offerId } = await enterProvider(chain));
});
afterAll(() => chain.stop());

/** A funded customer whose wallet signs no typed data, but carries out batches. */
async function setup(change: Partial<Pick<BatchingWallet, "atomic">> = {}) {
  const node = chain.walletOf(index++);
  await claimFaucet(node, { deployment: chain.deployment });
  const { chainId } = chain.deployment;
  const { address } = node.account;
  const sendCall = async (call: { to: `0x${string}`; data: `0x${string}` }) => {
    const hash = await node.sendTransaction(call);
    await chain.reader.waitForTransactionReceipt({ hash });
    return hash;
  };
  const wallet = Object.assign(createBatchingWallet({ chainId, request: chain.reader.request, sendCall }), change);
  const asked: string[] = [];
  const transport = custom({
    async request({ method, params = [] }: { method: string; params?: unknown[] }) {
      if (/^(eth_sign|eth_send|wallet_send)/.test(method)) asked.push(method);
      if (method === "eth_signTypedData_v4") throw Object.assign(new Error("not supported"), { code: 4200 });
      if (method === "eth_sendTransaction") return sendCall(params[0] as Parameters<typeof sendCall>[0]);
      const answer = wallet.answer(method, params);
      return answer ?? chain.reader.request({ method, params } as never);
    },
  });
  const client = createWalletClient({ account: address, chain: node.chain, transport, pollingInterval: 20 });
  const steps: string[] = [];
  const onStep = (step: SendStep) => steps.push(step.name === "signing" ? step.what : step.name);
  const options: ActionOptions = { deployment: chain.deployment, account: address, onStep };
  const request = (more: Partial<ActionOptions> = {}) =>
    requestDeal(client.extend(publicActions), {
      ...options,
      ...more,
      offerId,
      capacityBytes: 100n * MIB,
      termPeriods: 10,
      firstPiece: pieceOf(storyPiece()),
    });
  return { client, node, wallet, asked, steps, address, options, request };
}

describe("canBatch", () => {
  it("is false for a wallet that does not know the question, or says no", async () => {
    const { options, client } = await setup({ atomic: "unsupported" });
    expect(await canBatch(client, options)).toBe(false);
    expect(await canBatch(chain.walletOf(18), { deployment: chain.deployment })).toBe(false);
  });
});

describe("a request of a wallet without permits", () => {
  it("goes out with its approval as one batch", async () => {
    const { wallet, asked, steps, request, address } = await setup();
    const { dealId, locked } = await request();

    expect(steps).toEqual(["permit", "simulated", "batch", "sent", "confirmed"]);
    expect(asked).toEqual(["eth_signTypedData_v4", "wallet_sendCalls"]);
    expect(wallet.sent.map((calls) => calls.map(({ to }) => to.toLowerCase()))).toEqual([
      [chain.deployment.contracts.PaymentToken.toLowerCase(), chain.deployment.contracts.Ledger.toLowerCase()],
    ]);
    const deal = await getDeal(chain.reader, { deployment: chain.deployment, dealId });
    expect(deal).toMatchObject({ customer: address, status: "requested", left: locked });
  });

  it("is not sent twice under the same name", async () => {
    const { wallet, request, address } = await setup();
    const id = `0x${"5a".repeat(16)}` as const;
    const first = await request({ batch: { id, mayBeSent: false } });
    const again = await request({ batch: { id, mayBeSent: false } });

    expect(again.hash).toBe(first.hash);
    expect(again.dealId).toBe(first.dealId);
    expect(wallet.sent).toHaveLength(1);
    expect(await listDealIds(chain.reader, { deployment: chain.deployment, customer: address })).toHaveLength(1);
  });

  it("is looked for before anything is sent, when it may have gone out", async () => {
    const { wallet, asked, request, address, node } = await setup();
    const id = `0x${"6b".repeat(16)}` as const;
    const first = await request({ batch: { id, mayBeSent: true } }); // the wallet does not know it yet
    const { deployment } = chain;
    const token = await getToken(node, { deployment });
    await deposit(node, { deployment, token, amount: 10n * first.locked }); // now no approval would be needed any more
    const count = asked.length;
    const again = await request({ batch: { id, mayBeSent: true } });

    expect(again.dealId).toBe(first.dealId);
    expect(asked).toHaveLength(count);
    expect(wallet.sent).toHaveLength(1);
    expect(await listDealIds(chain.reader, { deployment, customer: address })).toHaveLength(1);
  });

  it("approves first when its owner does not want batches", async () => {
    const { asked, steps, request } = await setup({ atomic: "ready" });
    const { dealId } = await request();

    expect(dealId).toBeGreaterThan(0n);
    expect(asked).toEqual(["eth_signTypedData_v4", "wallet_sendCalls", "eth_sendTransaction", "eth_sendTransaction"]);
    expect(steps.filter((step) => step !== "simulated")).toEqual([
      "permit",
      "batch",
      "approval",
      "transaction",
      "sent",
      "confirmed",
    ]);
  });
});
