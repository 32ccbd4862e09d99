import { SubgraphError } from "@4ever/sdk/subgraph/client";
import { describe, expect, it } from "vitest";
import { retryUnlessSilent } from "@/lib/retry";

describe("retryUnlessSilent", () => {
  it("asks again after a failure, as often as told", () => {
    const error = new SubgraphError("The index cannot be reached.");
    expect([0, 1, 2].map((failures) => retryUnlessSilent(2)(failures, error))).toEqual([true, true, false]);
  });

  it("does not wait a second time for an index that never answered", () => {
    expect(retryUnlessSilent(2)(0, new SubgraphError("The index does not answer.", { isSilent: true }))).toBe(false);
  });
});
