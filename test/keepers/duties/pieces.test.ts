import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removePiece, signPieces } from "../../../sdk/src/deal-pieces.ts";
import { getDeal } from "../../../sdk/src/deals.ts";
import { piecesTypedData } from "../../../sdk/src/proofs/typed-data.ts";
import { submitPieces, uploadStatus } from "../../../sdk/src/upload-client.ts";
import { localAccount } from "../../helpers/local-chain.ts";
import { CUSTOMER, MIB, slotsOf } from "../../helpers/story.ts";
import { type Ingest, STRANGER, startIngest } from "../helpers/ingest.ts";
import { runUntil, smallSite, tokenFor, upload } from "../helpers/world.ts";

let ingest: Ingest;
beforeAll(async () => {
  ingest = await startIngest();
});
afterAll(() => ingest?.world.stop());

describe("later pieces", () => {
  it("are added under the session key's signature, within the capacity", async () => {
    const { piece, dealId } = await ingest.setup();
    await upload(ingest.world, ingest.keeper.url, dealId, piece);
    await runUntil(ingest.world.chain, [ingest.keeper.url], async () => {
      const token = await tokenFor(ingest.world, dealId, piece);
      const { state } = await uploadStatus({ endpoint: ingest.keeper.url, dealId, root: piece.root, token });
      return state === "added";
    });

    const later = await smallSite(ingest.world);
    await upload(ingest.world, ingest.keeper.url, dealId, later);
    const token = await tokenFor(ingest.world, dealId, later);
    const { root, leafCount, cidDigest } = later;
    const pieces = [{ root, leafCount, cidDigest }];
    const { chainId, contracts } = ingest.world.chain.deployment;
    const typedData = piecesTypedData({
      chainId,
      proofs: contracts.PossessionProofs,
      market: contracts.DealMarket,
      dealId,
      pieces,
      nonce: 1n,
    });
    const target = { endpoint: ingest.keeper.url, dealId, token };
    const foreign = await localAccount(STRANGER).signTypedData(typedData);
    await expect(submitPieces(target, { pieces, nonce: 1, signature: foreign })).rejects.toMatchObject({
      code: "pieces_signature_foreign",
    });
    const signature = await localAccount(CUSTOMER).signTypedData(typedData);
    await submitPieces(target, { pieces, nonce: 1, signature });
    await runUntil(ingest.world.chain, [ingest.keeper.url], async () => {
      const { state } = await uploadStatus({ endpoint: ingest.keeper.url, dealId, root, token });
      return state === "added";
    });

    const tooMuch = await tokenFor(ingest.world, dealId, {
      root: `0x${"33".repeat(32)}`,
      sizeBytes: Number(10n * MIB),
    });
    const refused = await ingest.send({
      dealId,
      root: `0x${"33".repeat(32)}`,
      token: tooMuch,
      from: 0,
      body: new Uint8Array(9),
    });
    expect(refused).toMatchObject({ status: 413, error: { code: "size_exceeds_capacity" } });
  });
});

describe("an addition", () => {
  async function underProof() {
    const { piece, dealId } = await ingest.setup();
    await upload(ingest.world, ingest.keeper.url, dealId, piece);
    const token = await tokenFor(ingest.world, dealId, piece);
    const { deployment } = ingest.world.chain;
    const statusOf = async ({ root }: { root: `0x${string}` }, bearer: string) =>
      await uploadStatus({ endpoint: ingest.keeper.url, dealId, root, token: bearer });
    await runUntil(
      ingest.world.chain,
      [ingest.keeper.url],
      async () => (await statusOf(piece, token)).state === "added",
    );
    async function hold() {
      const later = await smallSite(ingest.world);
      await upload(ingest.world, ingest.keeper.url, dealId, later);
      return { later, token: await tokenFor(ingest.world, dealId, later) };
    }
    async function submit({ later, token: bearer }: Awaited<ReturnType<typeof hold>>, nonce: number) {
      const { root, leafCount, cidDigest } = later;
      const pieces = [{ root, leafCount, cidDigest }];
      const signature = await signPieces(localAccount(CUSTOMER), { deployment, dealId, pieces, nonce });
      await submitPieces({ endpoint: ingest.keeper.url, dealId, token: bearer }, { pieces, nonce, signature });
    }
    return { hold, submit, statusOf };
  }

  it("that the contract refuses is told with its reason, and can be signed again", async () => {
    const { hold, submit, statusOf } = await underProof();
    const held = await hold();
    await submit(held, 2 ** 20); // nonces may leap by 65,536 at most
    await runUntil(
      ingest.world.chain,
      [ingest.keeper.url],
      async () => (await statusOf(held.later, held.token)).error !== undefined,
    );
    expect(await statusOf(held.later, held.token)).toMatchObject({
      state: "held",
      error: { code: "pieces_refused", message: expect.stringContaining("PaymentsValueTooLarge") },
    });

    await submit(held, 2 ** 20 + 1);
    expect((await statusOf(held.later, held.token)).error).toBeUndefined();
  });

  it("with a higher nonce waits for those below it", async () => {
    const { hold, submit, statusOf } = await underProof();
    const [first, second] = [await hold(), await hold()];
    await submit(first, 1);
    await submit(second, 2);
    for (const { later, token } of [second, first]) {
      await runUntil(
        ingest.world.chain,
        [ingest.keeper.url],
        async () => (await statusOf(later, token)).state === "added",
      );
    }
  });
});

describe("a piece that was removed", () => {
  it("is taken back under a new signature", async () => {
    const { piece, dealId } = await ingest.setup();
    const { deployment, reader } = ingest.world.chain;
    const { root, leafCount, cidDigest } = piece;
    const deal = () => getDeal(reader, { deployment, dealId });
    await upload(ingest.world, ingest.keeper.url, dealId, piece);
    const token = await tokenFor(ingest.world, dealId, piece);
    const state = async () => (await uploadStatus({ endpoint: ingest.keeper.url, dealId, root, token })).state;
    await runUntil(ingest.world.chain, [ingest.keeper.url], async () => (await state()) === "added");

    const { setId, liveBytes } = await deal();
    const slot = (await slotsOf(ingest.world.chain, setId)).findLast((each) => each.root === root);
    if (!slot) throw new Error("The piece is not in the set.");
    await removePiece(ingest.world.chain.walletOf(CUSTOMER), { deployment, setId, ...slot });
    await runUntil(ingest.world.chain, [ingest.keeper.url], async () => (await state()) === "held");
    expect((await deal()).liveBytes).toBe(0n);

    const pieces = [{ root, leafCount, cidDigest }];
    const signature = await signPieces(localAccount(CUSTOMER), { deployment, dealId, pieces, nonce: 1 });
    await submitPieces({ endpoint: ingest.keeper.url, dealId, token }, { pieces, nonce: 1, signature });
    await runUntil(ingest.world.chain, [ingest.keeper.url], async () => (await state()) === "added");
    expect((await deal()).liveBytes).toBe(liveBytes);
  });
});
