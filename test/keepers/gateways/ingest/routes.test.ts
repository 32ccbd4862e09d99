import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keeperInfoOf } from "../../../../sdk/src/upload-client.ts";
import { localAccount } from "../../../helpers/local-chain.ts";
import { type Ingest, STRANGER, startIngest } from "../../helpers/ingest.ts";
import { smallSite, tokenFor } from "../../helpers/world.ts";

let ingest: Ingest;
beforeAll(async () => {
  ingest = await startIngest();
});
afterAll(() => ingest?.world.stop());

describe("who may upload", () => {
  it("refuses a request without a token, and one that is no token", async () => {
    const { dealId, piece } = await ingest.setup();
    expect(await ingest.send({ dealId, root: piece.root, from: 0, body: new Uint8Array(10) })).toMatchObject({
      status: 401,
      error: { code: "token_missing" },
    });
    expect(await ingest.send({ dealId, root: piece.root, token: "not-a-token", method: "GET" })).toMatchObject({
      status: 401,
      error: { code: "token_malformed" },
    });
  });

  it("refuses a token that a stranger signed", async () => {
    const { dealId, piece } = await ingest.setup();
    const token = await tokenFor(ingest.world, dealId, piece, { signer: STRANGER });
    const answer = await ingest.send({ dealId, root: piece.root, token, from: 0, body: new Uint8Array(10) });
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
    const { dealId, piece } = await ingest.setup();
    const token = await tokenFor(ingest.world, dealId, piece, change);
    const answer = await ingest.send({ dealId, root: piece.root, token, method: "GET" });
    expect(answer).toMatchObject({ status: 403, error: { code: "token_foreign" } });
    expect(answer.error?.message).toContain(field);
  });

  it("refuses a token of another chain", async () => {
    const { dealId, piece } = await ingest.setup();
    const token = await tokenFor(ingest.world, dealId, piece, { chainId: 1 });
    expect(await ingest.send({ dealId, root: piece.root, token, method: "GET" })).toMatchObject({
      status: 403,
      error: { code: "token_foreign" },
    });
  });

  it("refuses a token whose size was changed after it was signed", async () => {
    const { dealId, piece, token } = await ingest.setup();
    const fields = JSON.parse(Buffer.from(token, "base64url").toString());
    const tampered = Buffer.from(JSON.stringify({ ...fields, sizeBytes: "1" })).toString("base64url");
    expect(await ingest.send({ dealId, root: piece.root, token: tampered, method: "GET" })).toMatchObject({
      status: 403,
      error: { code: "token_foreign" },
    });
  });

  it("refuses an expired token by the chain's time", async () => {
    const { dealId, piece } = await ingest.setup();
    const now = await ingest.world.chain.now();
    const token = await tokenFor(ingest.world, dealId, piece, { expiresAt: BigInt(now - 1) });
    expect(await ingest.send({ dealId, root: piece.root, token, method: "GET" })).toMatchObject({
      status: 401,
      error: { code: "token_expired" },
    });
  });

  it("refuses an unknown deal", async () => {
    const piece = await smallSite(ingest.world);
    const token = await tokenFor(ingest.world, 999_999n, piece);
    expect(await ingest.send({ dealId: 999_999n, root: piece.root, token, method: "GET" })).toMatchObject({
      status: 404,
      error: { code: "deal_unknown" },
    });
  });
});

describe("for dashboards", () => {
  it("says who it is, and lets other origins ask", async () => {
    const { chainId, contracts } = ingest.world.chain.deployment;
    expect(await keeperInfoOf(ingest.keeper.url)).toMatchObject({
      chainId,
      market: contracts.DealMarket,
      provider: ingest.world.provider.account.address,
      contentUrl: "http://{cid}.ipfs.localhost:9000",
    });
    const preflight = await fetch(`${ingest.keeper.url}/deals/1/pieces/0x00`, {
      method: "OPTIONS",
      headers: { origin: "http://dashboard", "access-control-request-method": "PUT" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  });
});
