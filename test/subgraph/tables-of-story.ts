// What an auditor reads of the told story: tables page by page, their exports, and the network over time.
import { getAddress } from "viem";
import { describe, expect, it } from "vitest";
import { ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { getHistory } from "../../sdk/src/subgraph/history.ts";
import { getIndexedBlock } from "../../sdk/src/subgraph/queries.ts";
import { search } from "../../sdk/src/subgraph/search.ts";
import { exportTable } from "../../sdk/src/subgraph/tables/export.ts";
import { TABLES } from "../../sdk/src/subgraph/tables/index.ts";
import { cursorOf, readPage, readRows, type Table } from "../../sdk/src/subgraph/tables/table.ts";
import { getTransactionRecord } from "../../sdk/src/subgraph/transaction.ts";
import type { LocalChain } from "../helpers/local-chain.ts";
import type { Told } from "./told-story.ts";

/** Tests of the tables, their exports, the search and the history. */
export function describeTables(told: () => Told): void {
  const contextOf = ({ DealMarket, DealPayments, PossessionProofs }: LocalChain["deployment"]["contracts"]) => ({
    market: DealMarket,
    payments: DealPayments,
    verifier: PossessionProofs,
  });

  /** All rows of a table, read in pages of a size. */
  async function rowsOf(
    name: keyof typeof TABLES,
    sort: string,
    direction: "asc" | "desc",
    size: number,
    block: number,
  ) {
    const { chain, index } = told();
    const rows: { id: `0x${string}` }[] = [];
    const table: Table = TABLES[name];
    const selection = { filters: {}, sort, direction, block, size };
    for await (const page of readRows(index.subgraph, table, selection, contextOf(chain.deployment.contracts)))
      rows.push(...page);
    return rows;
  }

  async function indexedBlock() {
    const block = await getIndexedBlock(told().index.subgraph);
    if (!block) throw new Error("The index has no block yet.");
    return block;
  }

  const orders = Object.entries(TABLES).flatMap(([name, { sorts }]) =>
    Object.keys(sorts).map((sort) => [name as keyof typeof TABLES, sort] as const),
  );

  describe("readRows", () => {
    it.each(orders)("tells all %s by %s, whatever the size of a page, and the other way round", async (name, sort) => {
      const { number } = await indexedBlock();
      const rows = await rowsOf(name, sort, "asc", 999, number);
      expect(rows.length).toBeGreaterThan(0);
      expect(await rowsOf(name, sort, "asc", 1, number)).toEqual(rows);
      expect(await rowsOf(name, sort, "desc", 2, number)).toEqual(rows.toReversed());
    });
  });

  describe("readPage", () => {
    it("goes back to the page before", async () => {
      const { chain, index } = told();
      const context = contextOf(chain.deployment.contracts);
      const usual = { filters: {}, sort: "position", direction: "desc", size: 3 } as const;
      const first = await readPage(index.subgraph, TABLES.payments, usual, context);
      const end = first.rows.at(-1);
      if (!end) throw new Error("There are no payments.");
      const after = cursorOf(TABLES.payments, "position", end);
      const second = await readPage(index.subgraph, TABLES.payments, { ...usual, cursor: { after } }, context);
      const [start] = second.rows;
      if (!start) throw new Error("There is no second page.");
      const before = cursorOf(TABLES.payments, "position", start);
      const again = await readPage(index.subgraph, TABLES.payments, { ...usual, cursor: { before } }, context);
      expect(again.rows).toEqual(first.rows);
      expect(again).toMatchObject({ hasBefore: false, hasAfter: true });
    });
  });

  describe("exportTable", () => {
    it("writes payments that add up to what the ledger says at the same block", async () => {
      const { chain, index, story } = told();
      const block = await indexedBlock();
      const account = story.deal.customer.account.address;
      const parts = exportTable(
        index.subgraph,
        TABLES.payments,
        { filters: { account }, sort: "position", direction: "asc", format: "csv", block, chainId: 31_337, size: 2 },
        contextOf(chain.deployment.contracts),
      );
      let text = "";
      for await (const part of parts) text += part.text;
      const [header = "", ...lines] = text.trimEnd().split("\r\n");
      const amount = header.split(",").indexOf("amount (token base units)");
      const sum = lines.reduce((total, line) => total + BigInt(line.split(",")[amount] ?? ""), 0n);
      expect(sum).toBe(
        await chain.reader.readContract({
          address: chain.deployment.contracts.Ledger,
          abi: ledgerAbi,
          functionName: "balanceOf",
          args: [getAddress(account), story.token.tokenId],
          blockNumber: BigInt(block.number),
        }),
      );
      expect(lines.every((line) => line.endsWith(`,${block.number}`))).toBe(true);
    });

    it("writes JSON with the question that yields its rows", async () => {
      const { chain, index } = told();
      const block = await indexedBlock();
      const parts = exportTable(
        index.subgraph,
        TABLES.rounds,
        { filters: {}, sort: "period", direction: "asc", format: "json", block, chainId: 31_337, size: 2 },
        contextOf(chain.deployment.contracts),
      );
      let text = "";
      for await (const part of parts) text += part.text;
      const { query, variables, rows, block: stated } = JSON.parse(text);
      expect(stated).toMatchObject({ number: block.number, hash: block.hash });
      expect(rows).toEqual(await rowsOf("rounds", "period", "asc", 999, block.number));
      expect(await index.ask(query, variables)).toMatchObject({ rows: rows.slice(0, variables.first) });
    });
  });

  describe("getHistory", () => {
    it("tells how bytes, proofs and money went from period to period", async () => {
      const { index, story } = told();
      const { first, token } = story;
      const request = { from: first - 1, to: story.endPeriod + 2, tokenId: token.tokenId };
      const { points } = await getHistory(index.subgraph, request);
      const at = (period: number) => points.find((point) => point.period === period);
      expect(at(first - 1)).toMatchObject({ liveBytes: 64n * 2n ** 20n, dueCount: 0, activeDealCount: 1, earned: 0n });
      expect(
        points.slice(1, 4).map(({ dueCount, provenCount, missedCount }) => [dueCount, provenCount, missedCount]),
      ).toEqual([
        [1, 1, 0],
        [1, 0, 1],
        [1, 1, 0],
      ]);
      const last = points.at(-1);
      const { token: now } = await index.ask<{ token: Record<string, string> }>(
        '{ token(id: "0x00000001") { deposited withdrawn locked earned paid fees refunded } }',
      );
      const figures = Object.fromEntries(Object.keys(now).map((name) => [name, String(last?.[name as "paid"])]));
      expect(figures).toEqual(now);
      expect(last).toMatchObject({ earned: 12_500n, paid: 12_375n, fees: 125n, liveBytes: 0n, activeDealCount: 0 });
    });
  });

  describe("search and getTransactionRecord", () => {
    it("lead from a content to the transaction that paid for it", async () => {
      const { chain, index, story } = told();
      const { DealMarket: market, PossessionProofs: verifier } = chain.deployment.contracts;
      const { rows } = await readPage(
        index.subgraph,
        TABLES.deals,
        { filters: { customer: story.deal.customer.account.address }, sort: "position", direction: "asc", size: 1 },
        contextOf(chain.deployment.contracts),
      );
      const [row] = rows;
      if (!row) throw new Error("The customer has no deal.");
      const found = await search(index.subgraph, { kind: "number", number: story.deal.dealId }, { market, verifier });
      expect(found).toEqual([{ kind: "deal", dealId: story.deal.dealId, market: market.toLowerCase(), cid: row.cid }]);
      const { record } = await getTransactionRecord(index.subgraph, row.requestTransactionHash);
      expect(record.dealEvents.map(({ kind }) => kind)).toEqual(["REQUESTED"]);
      expect(record.payments.map(({ kind, amount }) => [kind, amount])).toContainEqual([
        "LOCK",
        `${-story.deal.locked}`,
      ]);
    });
  });
}
