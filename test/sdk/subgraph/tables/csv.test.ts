import { describe, expect, it } from "vitest";
import { csvHeader, csvLine } from "../../../../sdk/src/subgraph/tables/csv.ts";
import type { Column } from "../../../../sdk/src/subgraph/tables/table.ts";

const own: Column<string> = { header: "own", cell: (text) => text };
const foreign: Column<string> = { ...own, isForeign: true };
const ofForeign = (text: string) => csvLine([foreign], text);

describe("csvLine", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])(
    "keeps %j of a stranger from being run",
    (text) => {
      expect(ofForeign(text)).toBe(`'${text}\r\n`);
    },
  );

  it("keeps a formula of a stranger from being run that begins with a line end", () => {
    expect(ofForeign("\r=1")).toBe(`"'\r=1"\r\n`);
  });

  it("leaves our own negative amounts as numbers", () => {
    expect(csvLine([own], "-13413")).toBe("-13413\r\n");
  });

  it("quotes commas, quotes and line ends as RFC 4180 says", () => {
    expect(csvLine([own, foreign], 'a,"b"\nc')).toBe('"a,""b""\nc","a,""b""\nc"\r\n');
  });

  it("leaves a cell empty for what there is none of", () => {
    const absent: Column<string> = { header: "absent", cell: () => null };
    expect(csvLine([absent, own, absent], "x")).toBe(",x,\r\n");
  });

  it("keeps nought", () => {
    expect(csvLine([{ header: "count", cell: () => 0 }], undefined)).toBe("0\r\n");
  });
});

describe("csvHeader", () => {
  it("names the columns", () => {
    expect(csvHeader([own, { header: "earned, gross (tokens)" }])).toBe('own,"earned, gross (tokens)"\r\n');
  });
});
