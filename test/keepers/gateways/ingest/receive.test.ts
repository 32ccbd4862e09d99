import { randomBytes } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uploadPiece } from "../../../../sdk/src/upload-client.ts";
import { MAX_PART_BYTES } from "../../../../sdk/src/uploads.ts";
import { MIB } from "../../../helpers/story.ts";
import { type Ingest, startIngest } from "../../helpers/ingest.ts";
import { requestFor, smallSite, tokenFor, until } from "../../helpers/world.ts";

let ingest: Ingest;
beforeAll(async () => {
  ingest = await startIngest();
});
afterAll(() => ingest?.world.stop());

describe("what may be uploaded", () => {
  it("refuses a piece that the request did not carry", async () => {
    const { dealId } = await ingest.setup();
    const other = await smallSite(ingest.world);
    const token = await tokenFor(ingest.world, dealId, other);
    expect(await ingest.send({ dealId, root: other.root, token, from: 0, body: new Uint8Array(10) })).toMatchObject({
      status: 409,
      error: { code: "piece_unexpected" },
    });
  });

  it("refuses another length than the request's, and more than the capacity", async () => {
    const { dealId, piece } = await ingest.setup();
    const longer = await tokenFor(ingest.world, dealId, piece, { sizeBytes: BigInt(piece.sizeBytes + 128) });
    expect(
      await ingest.send({ dealId, root: piece.root, token: longer, from: 0, body: new Uint8Array(10) }),
    ).toMatchObject({
      status: 409,
      error: { code: "size_mismatch" },
    });
    const huge = await tokenFor(ingest.world, dealId, piece, { sizeBytes: 11n * MIB });
    expect(
      await ingest.send({ dealId, root: piece.root, token: huge, from: 0, body: new Uint8Array(10) }),
    ).toMatchObject({
      status: 413,
      error: { code: "size_exceeds_capacity" },
    });
  });

  it("refuses a part outside of the piece, an empty one, and one without a length", async () => {
    const { dealId, piece, token } = await ingest.setup();
    const to = { dealId, root: piece.root, token };
    const outside = { status: 416, error: { code: "part_out_of_range" } };
    expect(await ingest.send({ ...to, from: piece.sizeBytes - 5, body: new Uint8Array(10) })).toMatchObject(outside);
    expect(await ingest.send({ ...to, from: piece.sizeBytes + 5, body: new Uint8Array(10) })).toMatchObject(outside);
    const chunked = await fetch(`${ingest.keeper.url}/deals/${dealId}/pieces/${piece.root}?from=0`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body: new Blob([new Uint8Array(10)]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(411);
  });

  it("refuses a part that claims more than is taken at once, before reading it", async () => {
    const { dealId, piece, token } = await ingest.setup();
    const answer = await ingest.announce({ dealId, root: piece.root, token, length: MAX_PART_BYTES + 1 });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("parts", () => {
  it("does not count a part whose connection broke", async () => {
    const { dealId, piece, token, bytes } = await ingest.setup();
    const { port, hostname } = new URL(ingest.keeper.url);
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
    const status = await ingest.send({ dealId, root: piece.root, token, method: "GET" });
    expect(status.received).toEqual([]);
    expect(["absent", "receiving"]).toContain(status.state);
  });

  it("takes parts in any order, overlapping or twice, several at a time, and goes on where it ended", async () => {
    const { dealId, piece, token, bytes } = await ingest.setup();
    const part = (from: number, to: number) =>
      ingest.send({ dealId, root: piece.root, token, from, body: bytes.slice(from, to) });
    expect((await part(200_000, 250_000)).received).toEqual([[200_000, 250_000]]);
    await Promise.all([part(0, 60_000), part(100_000, 150_000)]);
    expect((await part(40_000, 120_000)).received).toEqual([
      [0, 150_000],
      [200_000, 250_000],
    ]);
    expect((await part(0, 150_000)).received).toHaveLength(2);
    expect(await ingest.send({ dealId, root: piece.root, token, method: "POST", rest: "/finalise" })).toMatchObject({
      status: 409,
      error: { code: "upload_incomplete" },
    });

    const sent: [number, number][] = [];
    const status = await uploadPiece({
      endpoint: ingest.keeper.url,
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
    const { dealId, piece, token, bytes } = await ingest.setup();
    const { port, hostname } = new URL(ingest.keeper.url);
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
      const answer = await ingest.send({ dealId, root: piece.root, token, from, body: bytes.slice(from, from + 10) });
      return answer.status === 409 ? answer : undefined;
    });
    expect(busy.error?.code).toBe("part_busy");
    first.end(bytes.subarray(50_000, 100_000));
    expect(await answered).toBe(200);
  });
});

describe("a provider whose quota is full", () => {
  it("takes as many of those who come at once as fit, and refuses the others before they send a byte", async () => {
    await ingest.keeper.stop();
    const pieces = await Promise.all([1, 2, 3].map(() => smallSite(ingest.world)));
    const bytes = Math.max(...pieces.map(({ leafCount }) => leafCount * 128));
    const own = { schema: "full", dataDir: "data-full", accept: { quotaBytes: 3 * bytes + 10_000 } };
    ingest.keeper = await ingest.world.start(own);
    const { dataDir } = ingest.world.config(own);
    await writeFile(join(dataDir, "pieces", "kept.car"), randomBytes(bytes)); // what is kept already
    const uploads = [];
    for (const piece of pieces) {
      const { dealId } = await requestFor(ingest.world, piece, { capacityBytes: BigInt(bytes) });
      uploads.push({ dealId, root: piece.root, token: await tokenFor(ingest.world, dealId, piece) });
    }

    const answers = await Promise.all(
      uploads.map((to) => ingest.send({ ...to, from: 0, body: new Uint8Array(1_000) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 507]);
    const refused = uploads[answers.findIndex(({ status }) => status === 507)];
    if (!refused) throw new Error("nobody was refused");
    const answer = await ingest.announce({ ...refused, length: 1_000 });
    expect(answer).toMatch(/^HTTP\/1\.1 507 /);
    expect(answer).toContain("size_exceeds_disk");
    expect(await ingest.send({ ...refused, method: "GET" })).toMatchObject({ state: "absent", received: [] });
    expect(await readdir(join(dataDir, "incoming"))).toHaveLength(2);
  });
});
