import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { migrateStore, openStore } from "../../keepers/src/store/database.ts";
import { carBlocks, heldPieces } from "../../keepers/src/store/schema.ts";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { publishOffer } from "../../sdk/src/offers.ts";
import { type CarIndex, cidToDigest, decodeCarIndex } from "../../sdk/src/pieces/index.ts";
import { type Piece, piecesTypedData } from "../../sdk/src/proofs/typed-data.ts";
import { LOCAL_ACCOUNTS } from "../../test/helpers/local-chain.ts";
import { CUSTOMER, HOSTING, keeperOf, UNIT_PRICE } from "../../test/helpers/story.ts";
import type { World } from "../../test/keepers/helpers/world.ts";
import type { MakePieces } from "./make-pieces.ts";

const MIB = 2 ** 20;
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
  const indexes = await makePieces(directory, count);
  await writeDown(world, schema, indexes);
  return await putUnderProof(
    world,
    indexes.map(({ root, leafCount, rootCid }) => ({ root, leafCount, cidDigest: cidToDigest(rootCid) })),
  );
}

/** Lets each core write its share. */
async function makePieces(directory: string, count: number): Promise<CarIndex[]> {
  const threads = availableParallelism();
  const shares = Array.from({ length: threads }, (_, seed) => {
    const share = Math.floor((count + seed) / threads);
    const workerData: MakePieces = { directory, seed, count: share };
    const worker = new Worker(new URL("./make-pieces.ts", import.meta.url), { workerData });
    const indexes: CarIndex[] = [];
    worker.on("message", (encoded: Uint8Array) => indexes.push(decodeCarIndex(encoded)));
    return new Promise<CarIndex[]>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", () => {
        if (indexes.length === share) resolve(indexes);
        else reject(new Error(`a thread made ${indexes.length} of ${share} pieces`));
      });
    });
  });
  return (await Promise.all(shares)).flat();
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
    // Not estimated: the first call of a period writes more, and the period may end in between.
    const gas = 10_000_000n;
    const call = { address: PossessionProofs, abi: possessionProofsAbi, functionName: "addPieces", args, gas } as const;
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
