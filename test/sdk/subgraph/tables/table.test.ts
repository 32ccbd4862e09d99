import { describe, expect, it } from "vitest";
import { dealKeyOf } from "../../../../sdk/src/deals.ts";
import { dealIdOf, lockIdOf, provingSetIdOf } from "../../../../sdk/src/subgraph/ids.ts";
import { TABLES } from "../../../../sdk/src/subgraph/tables/index.ts";
import { type PageRequest, queryOf, SelectionError, type Table } from "../../../../sdk/src/subgraph/tables/table.ts";

const MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const PAYMENTS = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
const VERIFIER = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0";
const context = { market: MARKET, payments: PAYMENTS, verifier: VERIFIER } as const;
const usual: PageRequest = { filters: {}, sort: "position", direction: "desc", size: 50 };
const whereOf = (table: keyof typeof TABLES, request: Partial<PageRequest>) =>
  queryOf(TABLES[table] as Table, { ...usual, ...request }, context).variables.where;

describe("queryOf", () => {
  it.each<[string, Partial<PageRequest>, string]>([
    ["a sort that is none", { sort: "name" }, "payments cannot be sorted by “name”, only by position and amount."],
    ["a filter that is none", { filters: { colour: "red" } }, "payments cannot be filtered by “colour”"],
    ["a value that the filter does not take", { filters: { account: "0x12" } }, "“0x12” is not an address"],
    ["a choice that is none", { filters: { kind: "gift" } }, "“gift” is none of deposit, lock"],
    ["a number that is too large", { filters: { deal: `${2n ** 96n}` } }, "is not a number of a deal"],
    ["a cursor of another kind", { cursor: { after: { value: "x", id: "0x" } } }, "“x” is not where a page can begin"],
  ])("refuses %s", (_what, request, problem) => {
    const ask = () => queryOf(TABLES.payments, { ...usual, ...request }, context);
    expect(ask).toThrow(SelectionError);
    expect(ask).toThrow(problem);
  });

  it("asks for one row more than a page has, from the start, at the latest height", () => {
    expect(queryOf(TABLES.payments, usual, context).variables).toEqual({
      where: {},
      orderBy: "position",
      orderDirection: "desc",
      first: 51,
      block: null,
    });
  });

  it("goes on after a row of a value that no other row has", () => {
    expect(whereOf("payments", { cursor: { after: { value: "77", id: "0x01" } } })).toEqual({ position_lt: "77" });
  });

  it("goes on after a row by value and id where values repeat", () => {
    const cursor = { after: { value: "3", id: "0x01" } } as const;
    expect(whereOf("rounds", { sort: "proven", cursor })).toEqual({
      or: [{ proofCount_lt: 3 }, { proofCount: 3, id_lt: "0x01" }],
    });
  });

  it("turns the order around for the page before a row", () => {
    const cursor = { before: { value: "77", id: "0x01" } } as const;
    expect(queryOf(TABLES.payments, { ...usual, cursor }, context).variables).toMatchObject({
      where: { position_gt: "77" },
      orderDirection: "asc",
    });
  });

  it("puts filters and cursor together", () => {
    const cursor = { after: { value: "77", id: "0x01" } } as const;
    expect(whereOf("payments", { filters: { kind: "fee", account: MARKET }, cursor })).toEqual({
      and: [{ kind: "FEE" }, { account: MARKET.toLowerCase() }, { position_lt: "77" }],
    });
  });

  it("reads numbers of deals and sets as those of the network's own contracts", () => {
    expect(whereOf("payments", { filters: { deal: "5" } })).toEqual({
      lock: lockIdOf(PAYMENTS, dealKeyOf(MARKET, 5n)),
    });
    expect(whereOf("pieces", { filters: { deal: "5", set: "2" } })).toEqual({
      and: [{ deal: dealIdOf(dealKeyOf(MARKET, 5n)) }, { provingSet: provingSetIdOf(VERIFIER, 2) }],
    });
  });
});

describe("TABLES", () => {
  it.each(Object.values(TABLES))("$name asks for every field that it sorts by", ({ document, sorts }) => {
    for (const { field } of Object.values(sorts)) expect(document).toMatch(new RegExp(`\\b${field}\\b`));
  });

  it.each(Object.values(TABLES))("$name names each column of its export once", ({ columns }) => {
    const headers = columns.map(({ header }) => header);
    expect(new Set(headers).size).toBe(headers.length);
  });
});
