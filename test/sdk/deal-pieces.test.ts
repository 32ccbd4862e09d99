import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setSessionKey } from "../../sdk/src/deal-ends.ts";
import { type PiecePlace, removePiece, signPieces } from "../../sdk/src/deal-pieces.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { pieceOf } from "../helpers/proofs.ts";
import { enterProvider, keeperOf, MIB, requestStoryDeal, slotsOf, storyPiece } from "../helpers/story.ts";

const SESSION_KEY = privateKeyToAccount(`0x${"17".repeat(32)}`);
const first = storyPiece();

let chain: LocalChain;
let entered: Awaited<ReturnType<typeof enterProvider>>;
let setId: number;
let deal: Awaited<ReturnType<typeof requestStoryDeal>>;
let place: PiecePlace;
beforeAll(async () => {
  chain = await startLocalChain();
  entered = await enterProvider(chain);
  const keeper = keeperOf(chain, entered.operator, entered.provider.account.address);
  setId = await keeper.openSet();
  deal = await requestStoryDeal(chain, entered.offerId, first);
  await keeper.accept(deal.dealId, setId);
  await keeper.addFirst(setId, deal.dealId, first);
  const [slot] = await slotsOf(chain, setId);
  if (!slot) throw new Error("The first piece is not in the set.");
  place = { setId, ...slot };
});
afterAll(() => chain.stop());

const liveBytes = async () =>
  (await getDeal(chain.reader, { deployment: chain.deployment, dealId: deal.dealId })).liveBytes;

describe("removePiece", () => {
  it("refuses somebody who neither pays for the piece nor keeps it", async () => {
    const stranger = chain.walletOf(17);
    await expect(removePiece(stranger, { deployment: chain.deployment, ...place })).rejects.toMatchObject({
      code: "ProofsRemoverInvalid",
    });
  });

  it("frees the piece's room at once for the customer, and only once", async () => {
    expect(await liveBytes()).toBe(64n * MIB);
    await removePiece(deal.customer, { deployment: chain.deployment, ...place });
    expect(await liveBytes()).toBe(0n);

    const [left] = await slotsOf(chain, setId);
    if (!left) throw new Error("The slot is gone.");
    const again = removePiece(deal.customer, { deployment: chain.deployment, setId, ...left });
    await expect(again).rejects.toMatchObject({ code: "ProofsPieceRemoved" });
  });
});

describe("signPieces", () => {
  it("lets the provider add later pieces under the deal's session key", async () => {
    const { deployment } = chain;
    const { dealId, customer } = deal;
    await setSessionKey(customer, { deployment, dealId, sessionKey: SESSION_KEY.address });
    const pieces = [pieceOf(storyPiece("second"))];
    const { nonce: last } = await getDeal(chain.reader, { deployment, dealId });
    const nonce = last + 1;
    const signature = await signPieces(SESSION_KEY, { deployment, dealId, pieces, nonce });

    const hash = await entered.operator.writeContract({
      address: deployment.contracts.PossessionProofs,
      abi: possessionProofsAbi,
      functionName: "addPieces",
      args: [BigInt(setId), dealId, pieces, BigInt(nonce), signature],
    });
    const { status } = await chain.reader.waitForTransactionReceipt({ hash });
    expect(status).toBe("success");
    expect(await liveBytes()).toBe(64n * MIB);
  });
});
