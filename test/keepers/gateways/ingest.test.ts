import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { createConnection } from "node:net";
import { join } from "node:path";
import { CarBufferWriter, CarReader } from "@ipld/car";
import type { CID } from "multiformats/cid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Keeper } from "../../../keepers/src/keeper.ts";
import { removePiece, signPieces } from "../../../sdk/src/deal-pieces.ts";
import { getDeal } from "../../../sdk/src/deals.ts";
import { createPieceHasher } from "../../../sdk/src/pieces/piece-hasher.ts";
import { piecesTypedData } from "../../../sdk/src/proofs/typed-data.ts";
import { keeperInfoOf, submitPieces, uploadPiece, uploadStatus } from "../../../sdk/src/upload-client.ts";
import { MAX_PART_BYTES, type UploadStatus } from "../../../sdk/src/uploads.ts";
import { localAccount } from "../../helpers/local-chain.ts";
import { CUSTOMER, MIB, slotsOf } from "../../helpers/story.ts";
import {
  type BuiltFile,
  buildSite,
  requestFor,
  runUntil,
  smallSite,
  startWorld,
  tokenFor,
  until,
  upload,
  type World,
} from "../helpers/world.ts";

const STRANGER = CUSTOMER + 1;

let world: World;
let keeper: Keeper;
beforeAll(async () => {
  world = await startWorld();
  keeper = await world.start();
});
afterAll(() => world.stop());

/** A fresh deal with its piece, nothing uploaded yet. */
async function setup(options?: Parameters<typeof requestFor>[2]) {
  const piece = await smallSite(world);
  const { dealId } = await requestFor(world, piece, options);
  const bytes = new Uint8Array(await readFile(piece.path));
  return { piece, dealId, bytes, token: await tokenFor(world, dealId, piece) };
}

type Sending = {
  dealId: bigint;
  root: string;
  token?: string;
  from?: number;
  body?: Uint8Array<ArrayBuffer>;
  method?: string;
  rest?: string;
};

/** One raw request, as any client could make it. */
async function send({ dealId, root, token, from, body, method = "PUT", rest = "" }: Sending) {
  const query = from === undefined ? "" : `?from=${from}`;
  const response = await fetch(`${keeper.url}/deals/${dealId}/pieces/${root}${rest}${query}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/octet-stream" }),
    },
    ...(body && { body }),
  });
  const answer = (await response.json()) as UploadStatus & { error?: { code: string; message: string; hint: string } };
  return { status: response.status, ...answer };
}

/** Announces a part, sends nothing of it, and resolves with what came until the connection ended. */
function announce({ dealId, root, token, length }: Sending & { length: number }): Promise<string> {
  const { port, hostname } = new URL(keeper.url);
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(port), hostname, () => {
      socket.write(
        `PUT /deals/${dealId}/pieces/${root}?from=0 HTTP/1.1\r\nHost: keeper\r\nAuthorization: Bearer ${token}\r\n` +
          `Content-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`,
      );
    });
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("who may upload", () => {
  it("refuses a request without a token, and one that is no token", async () => {
    const { dealId, piece } = await setup();
    expect(await send({ dealId, root: piece.root, from: 0, body: new Uint8Array(10) })).toMatchObject({
      status: 401,
      error: { code: "token_missing" },
    });
    expect(await send({ dealId, root: piece.root, token: "not-a-token", method: "GET" })).toMatchObject({
      status: 401,
      error: { code: "token_malformed" },
    });
  });

  it("refuses a token that a stranger signed", async () => {
    const { dealId, piece } = await setup();
    const token = await tokenFor(world, dealId, piece, { signer: STRANGER });
    const answer = await send({ dealId, root: piece.root, token, from: 0, body: new Uint8Array(10) });
    expect(answer).toMatchObject({ status: 403, error: { code: "token_foreign" } });
    expect(answer.error?.message).toContain(localAccount(STRANGER).address);
    expect(answer.error?.hint).not.toBe("");
  });

  it.each([
    ["provider", { provider: localAccount(STRANGER).address }],
    ["market", { market: localAccount(STRANGER).address }],
    ["dealId", { dealId: 4_711n }],
    ["root", { root: `0x${"11".repeat(32)}` as const }],
  ])("refuses a token for another %s", async (field, change) => {
    const { dealId, piece } = await setup();
    const token = await tokenFor(world, dealId, piece, change);
    const answer = await send({ dealId, root: piece.root, token, method: "GET" });
    expect(answer).toMatchObject({ status: 403, error: { code: "token_foreign" } });
    expect(answer.error?.message).toContain(field);
  });

  it("refuses a token of another chain", async () => {
    const { dealId, piece } = await setup();
    const token = await tokenFor(world, dealId, piece, { chainId: 1 });
    expect(await send({ dealId, root: piece.root, token, method: "GET" })).toMatchObject({
      status: 403,
      error: { code: "token_foreign" },
    });
  });

  it("refuses a token whose size was changed after it was signed", async () => {
    const { dealId, piece, token } = await setup();
    const fields = JSON.parse(Buffer.from(token, "base64url").toString());
    const tampered = Buffer.from(JSON.stringify({ ...fields, sizeBytes: "1" })).toString("base64url");
    expect(await send({ dealId, root: piece.root, token: tampered, method: "GET" })).toMatchObject({
      status: 403,
      error: { code: "token_foreign" },
    });
  });

  it("refuses an expired token by the chain's time", async () => {
    const { dealId, piece } = await setup();
    const now = await world.chain.now();
    const token = await tokenFor(world, dealId, piece, { expiresAt: BigInt(now - 1) });
    expect(await send({ dealId, root: piece.root, token, method: "GET" })).toMatchObject({
      status: 401,
      error: { code: "token_expired" },
    });
  });

  it("refuses an unknown deal", async () => {
    const piece = await smallSite(world);
    const token = await tokenFor(world, 999_999n, piece);
    expect(await send({ dealId: 999_999n, root: piece.root, token, method: "GET" })).toMatchObject({
      status: 404,
      error: { code: "deal_unknown" },
    });
  });
});

describe("what may be uploaded", () => {
  it("refuses a piece that the request did not carry", async () => {
    const { dealId } = await setup();
    const other = await smallSite(world);
    const token = await tokenFor(world, dealId, other);
    expect(await send({ dealId, root: other.root, token, from: 0, body: new Uint8Array(10) })).toMatchObject({
      status: 409,
      error: { code: "piece_unexpected" },
    });
  });

  it("refuses another length than the request's, and more than the capacity", async () => {
    const { dealId, piece } = await setup();
    const longer = await tokenFor(world, dealId, piece, { sizeBytes: BigInt(piece.sizeBytes + 128) });
    expect(await send({ dealId, root: piece.root, token: longer, from: 0, body: new Uint8Array(10) })).toMatchObject({
      status: 409,
      error: { code: "size_mismatch" },
    });
    const huge = await tokenFor(world, dealId, piece, { sizeBytes: 11n * MIB });
    expect(await send({ dealId, root: piece.root, token: huge, from: 0, body: new Uint8Array(10) })).toMatchObject({
      status: 413,
      error: { code: "size_exceeds_capacity" },
    });
  });

  it("refuses a part outside of the piece, an empty one, and one without a length", async () => {
    const { dealId, piece, token } = await setup();
    const to = { dealId, root: piece.root, token };
    const outside = { status: 416, error: { code: "part_out_of_range" } };
    expect(await send({ ...to, from: piece.sizeBytes - 5, body: new Uint8Array(10) })).toMatchObject(outside);
    expect(await send({ ...to, from: piece.sizeBytes + 5, body: new Uint8Array(10) })).toMatchObject(outside);
    const chunked = await fetch(`${keeper.url}/deals/${dealId}/pieces/${piece.root}?from=0`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body: new Blob([new Uint8Array(10)]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(411);
  });

  it("refuses a part that claims more than is taken at once, before reading it", async () => {
    const { dealId, piece, token } = await setup();
    const answer = await announce({ dealId, root: piece.root, token, length: MAX_PART_BYTES + 1 });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("parts", () => {
  it("does not count a part whose connection broke", async () => {
    const { dealId, piece, token, bytes } = await setup();
    const { port, hostname } = new URL(keeper.url);
    await new Promise<void>((resolve) => {
      const call = httpRequest({
        host: hostname,
        port,
        method: "PUT",
        path: `/deals/${dealId}/pieces/${piece.root}?from=0`,
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/octet-stream",
          "content-length": 100_000,
        },
      });
      call.on("error", () => resolve());
      call.write(bytes.subarray(0, 50_000), () => call.destroy());
    });
    const status = await send({ dealId, root: piece.root, token, method: "GET" });
    expect(status.received).toEqual([]);
    expect(["absent", "receiving"]).toContain(status.state);
  });

  it("takes parts in any order, overlapping or twice, several at a time, and goes on where it ended", async () => {
    const { dealId, piece, token, bytes } = await setup();
    const part = (from: number, to: number) =>
      send({ dealId, root: piece.root, token, from, body: bytes.slice(from, to) });
    expect((await part(200_000, 250_000)).received).toEqual([[200_000, 250_000]]);
    await Promise.all([part(0, 60_000), part(100_000, 150_000)]);
    expect((await part(40_000, 120_000)).received).toEqual([
      [0, 150_000],
      [200_000, 250_000],
    ]);
    expect((await part(0, 150_000)).received).toHaveLength(2);
    expect(await send({ dealId, root: piece.root, token, method: "POST", rest: "/finalise" })).toMatchObject({
      status: 409,
      error: { code: "upload_incomplete" },
    });

    const sent: [number, number][] = [];
    const status = await uploadPiece({
      endpoint: keeper.url,
      dealId,
      root: piece.root,
      token,
      sizeBytes: piece.sizeBytes,
      partBytes: 64 * 1024,
      read: (from, to) => {
        sent.push([from, to]);
        return bytes.slice(from, to);
      },
    });
    expect(["held", "added"]).toContain(status.state);
    const resent = sent.reduce((sum, [from, to]) => sum + to - from, 0);
    expect(resent).toBe(piece.sizeBytes - 200_000);
  });

  it("refuses a part that overlaps one which is being written", async () => {
    const { dealId, piece, token, bytes } = await setup();
    const { port, hostname } = new URL(keeper.url);
    const path = `/deals/${dealId}/pieces/${piece.root}?from=0`;
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/octet-stream",
      "content-length": 100_000,
    };
    const first = httpRequest({ host: hostname, port, method: "PUT", path, headers });
    const answered = new Promise<number>((resolve) =>
      first.on("response", (response) => resolve(response.resume().statusCode ?? 0)),
    );
    first.write(bytes.subarray(0, 50_000));
    let from = 50_000; // another place each time: what came before the first part was under way has been written
    const busy = await until(async () => {
      from += 10;
      const answer = await send({ dealId, root: piece.root, token, from, body: bytes.slice(from, from + 10) });
      return answer.status === 409 ? answer : undefined;
    });
    expect(busy.error?.code).toBe("part_busy");
    first.end(bytes.subarray(50_000, 100_000));
    expect(await answered).toBe(200);
  });
});

describe("what the bytes must be", () => {
  /** Sends bytes as if they were the piece, and finalises. */
  async function sendAs(piece: BuiltFile, dealId: bigint, bytes: Uint8Array<ArrayBuffer>) {
    const token = await tokenFor(world, dealId, piece);
    await send({ dealId, root: piece.root, token, from: 0, body: bytes });
    return await send({ dealId, root: piece.root, token, method: "POST", rest: "/finalise" });
  }

  it("refuses changed bytes, keeps nothing of them, and takes the right ones afterwards", async () => {
    const { piece, dealId, bytes } = await setup();
    const changed = bytes.slice();
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const answer = await sendAs(piece, dealId, changed);
    expect(answer).toMatchObject({ status: 422, error: { code: "car_invalid" } });

    const token = await tokenFor(world, dealId, piece);
    const status = await send({ dealId, root: piece.root, token, method: "GET" });
    expect(status).toMatchObject({ state: "refused", received: [], error: { code: "car_invalid" } });
    expect(["held", "added"]).toContain((await upload(world, keeper.url, dealId, piece)).state);
  });

  it("refuses a whole CAR that is not the one of the request", async () => {
    const { piece, dealId, bytes } = await setup();
    const other = await smallSite(world);
    const foreign = new Uint8Array(await readFile(other.path));
    expect(foreign.length).toBe(bytes.length);
    expect(await sendAs(piece, dealId, foreign)).toMatchObject({ status: 422, error: { code: "root_mismatch" } });
  });

  it("refuses a CAR that is cut off, though length and root are those of the request", async () => {
    const whole = await smallSite(world);
    const cut = new Uint8Array(await readFile(whole.path)).slice(0, -1_000);
    const hasher = createPieceHasher({});
    hasher.update(cut);
    const truncated = { ...whole, ...hasher.finish() };
    const { dealId } = await requestFor(world, truncated);
    expect(await sendAs(truncated, dealId, cut)).toMatchObject({ status: 422, error: { code: "car_invalid" } });
  });

  it("refuses a CAR without some of its blocks", async () => {
    const whole = await buildSite(world, { "a.txt": "a".repeat(300_000), "b.txt": "b".repeat(300_000) });
    const bytes = new Uint8Array(await readFile(whole.path));
    const reader = await CarReader.fromBytes(bytes);
    const blocks: { cid: CID; bytes: Uint8Array }[] = [];
    for await (const block of reader.blocks()) blocks.push(block);
    const roots = await reader.getRoots();
    const kept = blocks.filter((block) => block.bytes.length < 250_000 || block === blocks[0]);
    const buffer = new ArrayBuffer(bytes.length + 1_000);
    const writer = CarBufferWriter.createWriter(buffer, { roots });
    for (const block of kept) writer.write(block);
    const partial = new Uint8Array(writer.close({ resize: true }));
    const hasher = createPieceHasher({});
    hasher.update(partial);
    const { root, leafCount, sizeBytes } = hasher.finish();
    const broken = { ...whole, root, leafCount, sizeBytes };
    const { dealId } = await requestFor(world, broken);
    expect(await sendAs(broken, dealId, partial)).toMatchObject({ status: 422, error: { code: "car_blocks_missing" } });
  });

  it("refuses a CAR whose root CID is not the deal's", async () => {
    const piece = await smallSite(world);
    const lied = { ...piece, cidDigest: `0x${"22".repeat(32)}` as const };
    const { dealId } = await requestFor(world, lied);
    const bytes = new Uint8Array(await readFile(piece.path));
    expect(await sendAs(lied, dealId, bytes)).toMatchObject({ status: 422, error: { code: "cid_mismatch" } });
  });
});

describe("later pieces", () => {
  it("are added under the session key's signature, within the capacity", async () => {
    const { piece, dealId } = await setup();
    await upload(world, keeper.url, dealId, piece);
    await runUntil(world.chain, [keeper.url], async () => {
      const token = await tokenFor(world, dealId, piece);
      const { state } = await uploadStatus({ endpoint: keeper.url, dealId, root: piece.root, token });
      return state === "added";
    });

    const later = await smallSite(world);
    await upload(world, keeper.url, dealId, later);
    const token = await tokenFor(world, dealId, later);
    const { root, leafCount, cidDigest } = later;
    const pieces = [{ root, leafCount, cidDigest }];
    const { chainId, contracts } = world.chain.deployment;
    const typedData = piecesTypedData({
      chainId,
      proofs: contracts.PossessionProofs,
      market: contracts.DealMarket,
      dealId,
      pieces,
      nonce: 1n,
    });
    const target = { endpoint: keeper.url, dealId, token };
    const foreign = await localAccount(STRANGER).signTypedData(typedData);
    await expect(submitPieces(target, { pieces, nonce: 1, signature: foreign })).rejects.toMatchObject({
      code: "pieces_signature_foreign",
    });
    const signature = await localAccount(CUSTOMER).signTypedData(typedData);
    await submitPieces(target, { pieces, nonce: 1, signature });
    await runUntil(world.chain, [keeper.url], async () => {
      const { state } = await uploadStatus({ endpoint: keeper.url, dealId, root, token });
      return state === "added";
    });

    const tooMuch = await tokenFor(world, dealId, { root: `0x${"33".repeat(32)}`, sizeBytes: Number(10n * MIB) });
    const refused = await send({
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
    const { piece, dealId } = await setup();
    await upload(world, keeper.url, dealId, piece);
    const token = await tokenFor(world, dealId, piece);
    const { deployment } = world.chain;
    const statusOf = async ({ root }: { root: `0x${string}` }, bearer: string) =>
      await uploadStatus({ endpoint: keeper.url, dealId, root, token: bearer });
    await runUntil(world.chain, [keeper.url], async () => (await statusOf(piece, token)).state === "added");
    async function hold() {
      const later = await smallSite(world);
      await upload(world, keeper.url, dealId, later);
      return { later, token: await tokenFor(world, dealId, later) };
    }
    async function submit({ later, token: bearer }: Awaited<ReturnType<typeof hold>>, nonce: number) {
      const { root, leafCount, cidDigest } = later;
      const pieces = [{ root, leafCount, cidDigest }];
      const signature = await signPieces(localAccount(CUSTOMER), { deployment, dealId, pieces, nonce });
      await submitPieces({ endpoint: keeper.url, dealId, token: bearer }, { pieces, nonce, signature });
    }
    return { hold, submit, statusOf };
  }

  it("that the contract refuses is told with its reason, and can be signed again", async () => {
    const { hold, submit, statusOf } = await underProof();
    const held = await hold();
    await submit(held, 2 ** 20); // nonces may leap by 65,536 at most
    await runUntil(world.chain, [keeper.url], async () => (await statusOf(held.later, held.token)).error !== undefined);
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
      await runUntil(world.chain, [keeper.url], async () => (await statusOf(later, token)).state === "added");
    }
  });
});

describe("a piece that was removed", () => {
  it("is taken back under a new signature", async () => {
    const { piece, dealId } = await setup();
    const { deployment, reader } = world.chain;
    const { root, leafCount, cidDigest } = piece;
    const deal = () => getDeal(reader, { deployment, dealId });
    await upload(world, keeper.url, dealId, piece);
    const token = await tokenFor(world, dealId, piece);
    const state = async () => (await uploadStatus({ endpoint: keeper.url, dealId, root, token })).state;
    await runUntil(world.chain, [keeper.url], async () => (await state()) === "added");

    const { setId, liveBytes } = await deal();
    const slot = (await slotsOf(world.chain, setId)).findLast((each) => each.root === root);
    if (!slot) throw new Error("The piece is not in the set.");
    await removePiece(world.chain.walletOf(CUSTOMER), { deployment, setId, ...slot });
    await runUntil(world.chain, [keeper.url], async () => (await state()) === "held");
    expect((await deal()).liveBytes).toBe(0n);

    const pieces = [{ root, leafCount, cidDigest }];
    const signature = await signPieces(localAccount(CUSTOMER), { deployment, dealId, pieces, nonce: 1 });
    await submitPieces({ endpoint: keeper.url, dealId, token }, { pieces, nonce: 1, signature });
    await runUntil(world.chain, [keeper.url], async () => (await state()) === "added");
    expect((await deal()).liveBytes).toBe(liveBytes);
  });
});

describe("for dashboards", () => {
  it("says who it is, and lets other origins ask", async () => {
    const { chainId, contracts } = world.chain.deployment;
    expect(await keeperInfoOf(keeper.url)).toMatchObject({
      chainId,
      market: contracts.DealMarket,
      provider: world.provider.account.address,
      contentUrl: "http://{cid}.ipfs.localhost:9000",
    });
    const preflight = await fetch(`${keeper.url}/deals/1/pieces/0x00`, {
      method: "OPTIONS",
      headers: { origin: "http://dashboard", "access-control-request-method": "PUT" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  });
});

describe("a provider whose quota is full", () => {
  it("takes as many of those who come at once as fit, and refuses the others before they send a byte", async () => {
    await keeper.stop();
    const pieces = await Promise.all([1, 2, 3].map(() => smallSite(world)));
    const bytes = Math.max(...pieces.map(({ leafCount }) => leafCount * 128));
    const own = { schema: "full", dataDir: "data-full", accept: { quotaBytes: 3 * bytes + 10_000 } };
    keeper = await world.start(own);
    const { dataDir } = world.config(own);
    await writeFile(join(dataDir, "pieces", "kept.car"), randomBytes(bytes)); // what is kept already
    const uploads = [];
    for (const piece of pieces) {
      const { dealId } = await requestFor(world, piece, { capacityBytes: BigInt(bytes) });
      uploads.push({ dealId, root: piece.root, token: await tokenFor(world, dealId, piece) });
    }

    const answers = await Promise.all(uploads.map((to) => send({ ...to, from: 0, body: new Uint8Array(1_000) })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 507]);
    const refused = uploads[answers.findIndex(({ status }) => status === 507)];
    if (!refused) throw new Error("nobody was refused");
    const answer = await announce({ ...refused, length: 1_000 });
    expect(answer).toMatch(/^HTTP\/1\.1 507 /);
    expect(answer).toContain("size_exceeds_disk");
    expect(await send({ ...refused, method: "GET" })).toMatchObject({ state: "absent", received: [] });
    expect(await readdir(join(dataDir, "incoming"))).toHaveLength(2);
  });
});
