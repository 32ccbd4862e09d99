import { createCipheriv, createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { migrateStore, openStore } from "../../keepers/src/store/database.ts";
import { carBlocks, heldPieces } from "../../keepers/src/store/schema.ts";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { publishOffer } from "../../sdk/src/offers.ts";
import {
  BlockIndex,
  type CarIndex,
  cidToDigest,
  createPieceHasher,
  encodeCarIndex,
} from "../../sdk/src/pieces/index.ts";
import { type Piece, piecesTypedData } from "../../sdk/src/proofs/typed-data.ts";
import { LOCAL_ACCOUNTS } from "../../test/helpers/local-chain.ts";
import { CUSTOMER, HOSTING, keeperOf, UNIT_PRICE } from "../../test/helpers/story.ts";
import type { World } from "../../test/keepers/helpers/world.ts";
import { car, linkBlock, type TestBlock } from "../../test/sdk/pieces/car.ts";

const MIB = 2 ** 20;
const RAW = 0x55;
/** Pieces that one transaction adds. */
const BATCH = 100;
const ROWS_PER_INSERT = 5_000;

/**
 * Gives a keeper that has not started yet a set full of pieces of exactly 1 MiB: their CARs and indexes in its data directory, what it holds
 * in its database, and all of them under proof on chain. Returns the set.
 */
export async function fillSet(
  world: World,
  { schema, configFile, pieces: count }: { schema: string; configFile: string; pieces: number },
): Promise<number> {
  const directory = join(dirname(configFile), "data", "pieces");
  await mkdir(directory, { recursive: true });
  const indexes: CarIndex[] = [];
  for await (const { index, bytes } of mebibytePieces(count)) {
    await writeFile(join(directory, `${index.root}.car`), bytes);
    await writeFile(join(directory, `${index.root}.index`), encodeCarIndex(index));
    indexes.push(index);
  }
  await writeDown(world, schema, indexes);
  return await putUnderProof(
    world,
    indexes.map(({ root, leafCount, rootCid }) => ({ root, leafCount, cidDigest: cidToDigest(rootCid) })),
  );
}

/** Pieces of one block each, all different, the same in each run. */
async function* mebibytePieces(count: number): AsyncGenerator<{ index: CarIndex; bytes: Uint8Array }> {
  const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  const frame = (await carOf(Buffer.alloc(MIB - 300))).bytes.length - (MIB - 300);
  const zeros = Buffer.alloc(MIB - frame);
  for (let i = 0; i < count; i++) {
    const { leaf, root, bytes } = await carOf(noise.update(zeros));
    if (bytes.length !== MIB) throw new Error(`a piece has ${bytes.length} bytes`);
    const hasher = createPieceHasher();
    hasher.update(bytes);
    const blocks = new BlockIndex();
    const offset = Buffer.from(bytes).indexOf(leaf.bytes.subarray(0, 64));
    blocks.add(leaf.cid.code, leaf.cid.multihash.digest, { offset, lengthBytes: leaf.bytes.length });
    const rootAt = bytes.length - root.bytes.length;
    blocks.add(root.cid.code, root.cid.multihash.digest, { offset: rootAt, lengthBytes: root.bytes.length });
    yield { bytes, index: { rootCid: root.cid, blocks, ...hasher.finish() } };
  }
}

async function carOf(content: Uint8Array) {
  const digest = createDigest(0x12, Uint8Array.from(createHash("sha256").update(content).digest()));
  const leaf: TestBlock = { cid: CID.createV1(RAW, digest), bytes: content };
  const root = await linkBlock([leaf.cid]);
  return { leaf, root, bytes: car([root.cid], [leaf, root]) };
}

async function writeDown({ postgres }: World, schema: string, indexes: readonly CarIndex[]): Promise<void> {
  const store = openStore(postgres.url, schema, { onError: () => undefined });
  await migrateStore(store);
  for (let at = 0; at < indexes.length; at += ROWS_PER_INSERT) {
    const some = indexes.slice(at, at + ROWS_PER_INSERT);
    const rows = some.map(({ root, leafCount, sizeBytes, rootCid }) => ({
      ...{ root, leafCount, sizeBytes },
      cidDigest: cidToDigest(rootCid),
    }));
    await store.db.insert(heldPieces).values(rows);
    const blocks = some.flatMap(({ root, blocks }) =>
      [...blocks].map(({ cid }) => ({ digest: cid.multihash.digest, root })),
    );
    await store.db.insert(carBlocks).values(blocks);
  }
  await store.close();
}

async function putUnderProof({ chain, provider, token }: World, pieces: readonly Piece[]): Promise<number> {
  const { deployment, reader } = chain;
  const { PossessionProofs, DealMarket } = deployment.contracts;
  const capacityBytes = BigInt(pieces.length * MIB);
  const offer = { serviceId: HOSTING, token, unitPrice: UNIT_PRICE, minTermPeriods: 2, region: "eu" };
  const { offerId } = await publishOffer(provider, { deployment, ...offer, capacityBytes });
  const [firstPiece, ...others] = pieces;
  if (!firstPiece) throw new Error("there are no pieces");
  const customer = chain.walletOf(CUSTOMER);
  await claimFaucet(customer, { deployment });
  const deal = { deployment, offerId, capacityBytes, termPeriods: 100, firstPiece };
  const { dealId } = await requestDeal(customer, deal);

  const operator = chain.walletOf(LOCAL_ACCOUNTS.operators[0]);
  const keeper = keeperOf(chain, operator, provider.account.address);
  const setId = await keeper.openSet();
  await keeper.accept(dealId, setId);
  const add = async (batch: readonly Piece[], nonce: bigint, signature: `0x${string}`) => {
    const args = [BigInt(setId), dealId, batch, nonce, signature] as const;
    const call = { address: PossessionProofs, abi: possessionProofsAbi, functionName: "addPieces", args } as const;
    const { status } = await reader.waitForTransactionReceipt({ hash: await operator.writeContract(call) });
    if (status !== "success") throw new Error(`pieces were not added: ${status}`);
  };
  await add([firstPiece], 0n, "0x");
  for (let at = 0, nonce = 1n; at < others.length; at += BATCH, nonce++) {
    const batch = others.slice(at, at + BATCH);
    const typedData = piecesTypedData({
      chainId: deployment.chainId,
      proofs: PossessionProofs,
      market: DealMarket,
      dealId,
      pieces: batch,
      nonce,
    });
    await add(batch, nonce, await customer.signTypedData(typedData));
  }
  return setId;
}
