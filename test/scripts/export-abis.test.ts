import { readFile } from "node:fs/promises";
import { parseAbi } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../scripts/command.ts";
import { ABI_SOURCES, exportNameOf, mergeErrors, renderAbis } from "../../scripts/export-abis.ts";
import { protocolErrorsAbi } from "../../sdk/src/generated/abis.ts";

const ROOT = new URL("../../", import.meta.url);

describe("export-abis", () => {
  beforeAll(async () => {
    const { code, output } = await runCommand("hardhat", ["build", "--quiet"]);
    expect(code, output).toBe(0);
  });

  it("has nothing to write: what is committed is what the contracts compile to", async () => {
    for (const [path, text] of await renderAbis(ROOT)) {
      expect(await readFile(new URL(path, ROOT), "utf8"), path).toBe(text);
    }
  });

  it("names an export after its contract", () => {
    expect(exportNameOf("DealMarket")).toBe("dealMarketAbi");
    expect(exportNameOf("ERC20Permit")).toBe("erc20PermitAbi");
    expect(new Set(ABI_SOURCES.map(({ name }) => exportNameOf(name))).size).toBe(ABI_SOURCES.length);
  });

  it("merges errors by signature", () => {
    const left = parseAbi(["error One(uint256 a)", "error Two()", "function f()"]);
    const right = parseAbi(["error One(uint256 b)", "error One(address a)"]);
    expect(mergeErrors([left, right])).toHaveLength(3);
  });

  it("gives each error of the protocol a name of its own, so that a selector names its origin", () => {
    const names = protocolErrorsAbi.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
