import { zeroHash } from "viem";
import { describe, expect, it } from "vitest";
import { deliverVoucher, receiptOf, VoucherNotTaken } from "../../../sdk/src/channels/delivery.ts";

const voucher = { channelId: 7n, cumulative: 5n, usageRoot: zeroHash, r: zeroHash, vs: zeroHash };
const receipt = { channelId: "7", kept: "5", redeemed: "0", locked: "9", endsAt: 1_000 };

/** A payee that answers so, and what it was asked. */
function payee(body: BodyInit | object | null, status = 200) {
  const asked: string[] = [];
  const text =
    typeof body === "object" && body !== null && !(body instanceof ReadableStream) ? JSON.stringify(body) : body;
  const fetch: typeof globalThis.fetch = async (url, init) => {
    asked.push(`${init?.method ?? "GET"} ${url}`);
    return new Response(text as BodyInit | null, { status });
  };
  return { asked, endpoint: "https://payee.example/keeper", fetch };
}

describe("deliverVoucher", () => {
  it.each([
    ["nothing", null],
    ["no JSON", "<html>"],
    ["no receipt", {}],
    ["a sum that is none", { ...receipt, kept: "-5", added: "5" }],
    ["a number for a sum", { ...receipt, kept: 5, added: "5" }],
    ["a list", "[]"],
  ])("is not content with %s", async (_, body) => {
    const delivering = deliverVoucher(voucher, payee(body));
    await expect(delivering).rejects.toThrow(VoucherNotTaken);
    await expect(delivering).rejects.toMatchObject({
      code: undefined,
      message: expect.stringContaining("payee.example"),
    });
  });

  it("gives up on an answer without an end", async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4_096).fill(0x20)),
      cancel: () => {
        isCancelled = true;
      },
    });
    await expect(deliverVoucher(voucher, payee(endless))).rejects.toThrow(VoucherNotTaken);
    expect(isCancelled).toBe(true);
  });

  it("tells why a payee does not take it, and what that has, when it says so in words", async () => {
    const error = { code: "voucher_not_higher", message: "5 is signed already", hint: "Sign a higher sum.", kept: "5" };
    await expect(deliverVoucher(voucher, payee({ error }, 409))).rejects.toMatchObject({ ...error, kept: 5n });
    const odd = { ...error, kept: "five" };
    await expect(deliverVoucher(voucher, payee({ error: odd }, 409))).rejects.toMatchObject({ kept: undefined });
    const wordless = { ...error, message: { toString: "x" } };
    await expect(deliverVoucher(voucher, payee({ error: wordless }, 409))).rejects.toMatchObject({ code: undefined });
  });

  it("asks below the endpoint's own path", async () => {
    const { asked, ...options } = payee({ ...receipt, added: "5" });
    expect(await deliverVoucher(voucher, options)).toEqual({ ...receipt, added: "5" });
    await receiptOf(7n, options);
    expect(asked).toEqual([
      "POST https://payee.example/keeper/channels/7/vouchers",
      "GET https://payee.example/keeper/channels/7",
    ]);
  });

  it("ends when it is told to", async () => {
    const fetch: typeof globalThis.fetch = async (_, init) => {
      init?.signal?.throwIfAborted();
      throw new Error("nobody was told");
    };
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(deliverVoucher(voucher, { endpoint: "https://payee.example", fetch, signal })).rejects.toThrow(
      "enough",
    );
  });
});
