import { clientSentences } from "@4ever/sdk/error-sentences";
import { contractError } from "@4ever/sdk/errors";
import { UploadRefused } from "@4ever/sdk/uploads";
import { BaseError, HttpRequestError, WaitForTransactionReceiptTimeoutError, zeroHash } from "viem";
import { describe, expect, it } from "vitest";
import { explain } from "@/lib/transactions/explain";
import { explainUpload } from "@/lib/uploads/explain";

const named = (name: string) => Object.assign(new Error("raw"), { name });

describe("explain", () => {
  it("says what a contract refused in the SDK's words", () => {
    const error = contractError("InviteRequired", {});
    expect(explain(error)).toEqual({ kind: "refused", what: error.message, next: error.hint });
  });

  it("takes a wallet's own refusal for what it is", () => {
    const { message: what, hint: next } = clientSentences.WalletRejected;
    const refused = Object.assign(new Error("User rejected the request."), { code: 4001 });
    expect(explain(refused)).toEqual({ kind: "rejected", what, next });
  });

  it.each([
    ["ConnectorChainMismatchError", clientSentences.ChainMismatch.message],
    ["ConnectorNotConnectedError", clientSentences.WalletMissing.message],
  ])("shows the way out on this page after %s", (name, what) => {
    expect(explain(named(name))).toMatchObject({
      kind: "refused",
      what,
      next: expect.stringContaining("at the top of the page"),
    });
  });

  it.each([
    new HttpRequestError({ url: "http://127.0.0.1:1" }),
    new WaitForTransactionReceiptTimeoutError({ hash: zeroHash }),
  ])("is not sure that nothing was sent after $name", (cause) => {
    expect(explain(new BaseError("outer", { cause })).kind).toBe("unreachable");
  });

  it("promises to look before sending again when it does not know the error", () => {
    expect(explain(new Error("disk full"))).toMatchObject({ kind: "unknown", what: "disk full" });
    expect(explain("text").what).toBe("text");
  });
});

describe("explainUpload", () => {
  it("makes sentences of a provider's reasons", () => {
    const refused = new UploadRefused(400, {
      code: "root_mismatch",
      message: "the root is another",
      hint: "pack it again",
    });
    expect(explainUpload(refused)).toEqual({
      kind: "refused",
      what: "The provider refused: The root is another.",
      next: "Pack it again.",
    });
  });

  it("calls everything else a provider out of reach, which proves nothing", () => {
    expect(explainUpload(new TypeError("fetch failed")).kind).toBe("unreachable");
  });
});
