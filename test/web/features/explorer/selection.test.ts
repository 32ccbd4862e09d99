import { TABLES } from "@4ever/sdk/subgraph/tables/index";
import { describe, expect, it } from "vitest";
import { readSelection, type Selected, writeSelection } from "@/features/explorer/selection";

const { payments } = TABLES;
const read = (query: string) => readSelection(payments, new URLSearchParams(query));

describe("readSelection", () => {
  it.each(["sort=colour", "order=sideways", "colour=red", "after=x", "after=5", "after=5.zz", "kind="])(
    "takes %j for the usual selection",
    (query) => {
      expect(read(query)).toEqual({ filters: {}, sort: "position", direction: "desc" });
    },
  );
});

describe("writeSelection", () => {
  it("leaves the address of the usual selection short", () => {
    expect(writeSelection(payments, { filters: {}, sort: "position", direction: "desc" })).toBe("");
  });

  it.each<[string, Selected]>([
    ["filters", { filters: { kind: "fee", deal: "5" }, sort: "position", direction: "desc" }],
    ["another order", { filters: {}, sort: "amount", direction: "asc" }],
    [
      "a next page",
      { filters: {}, sort: "amount", direction: "desc", cursor: { after: { value: "-12", id: "0xab" } } },
    ],
    [
      "a page before",
      { filters: {}, sort: "position", direction: "desc", cursor: { before: { value: "7", id: "0x" } } },
    ],
  ])("is read back: %s", (_what, selected) => {
    expect(read(writeSelection(payments, selected).slice(1))).toEqual(selected);
  });
});
