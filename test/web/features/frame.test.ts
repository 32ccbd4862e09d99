import { describe, expect, it } from "vitest";
import { placeOf } from "@/features/frame/navigation";
import { chainNowOf } from "@/lib/chain-head";
import { indexStatusOf } from "@/lib/index-status";

describe("placeOf", () => {
  it.each([
    ["/deals/", "/deals/"],
    ["/deals", "/deals/"],
    ["/deal/", "/deals/"],
    ["/provide/stake/", "/provide/stake/"],
    ["/delegate/pool/", "/delegate/"],
    ["/proposal/", "/proposals/"],
    ["/proposals/new/", "/proposals/"],
    ["/explorer/", "/explorer/"],
    ["/explorer/payments/", "/explorer/"],
    ["/", undefined],
    ["/elsewhere/", undefined],
  ])("%s belongs to %s", (path, place) => {
    expect(placeOf(path)).toBe(place);
  });
});

describe("chainNowOf", () => {
  it("goes on from the last block by what has passed here, and never back", () => {
    const head = { number: 1, timestamp: 5_000, seenAtMs: 1_000 };
    expect(chainNowOf(head, 3_500)).toBe(5_002.5);
    expect(chainNowOf(head, 0)).toBe(5_000);
  });
});

describe("indexStatusOf", () => {
  it.each([
    [100, 100, "current", 0],
    [95, 100, "current", 5],
    [94, 100, "behind", 6],
    [101, 100, "current", 0],
  ])("at block %s of %s is %s", (block, head, state, lag) => {
    expect(indexStatusOf(block, head)).toMatchObject({ state, lag });
  });
});
