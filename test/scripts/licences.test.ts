import { describe, expect, it } from "vitest";
import { EXCEPTIONS, isMet, judge } from "../../scripts/dependencies/licences.ts";
import { readLock, type ShippedPackage, shippedPackages } from "../../scripts/dependencies/shipped.ts";

const shipped = shippedPackages(readLock());
const one = (name: string, license: string | undefined): ShippedPackage => ({
  name,
  version: "1.0.0",
  license,
  isOptional: false,
});

describe("licences", () => {
  it("of everything that ships have been looked at", () => {
    expect(judge(shipped).unknown.map(({ name, version, license }) => `${name}@${version}: ${license}`)).toEqual([]);
  });

  it("are unknown when nobody named them, for a package that is an exception under another one too", () => {
    for (const [name, license] of [
      ["new", "GPL-3.0-only"],
      ["new", "AGPL-3.0"],
      ["new", undefined],
      ["new", "MIT AND SSPL-1.0"],
      ["@fontsource-variable/inter", "GPL-3.0-only"],
      ["@next/swc-linux-x64-gnu", "BUSL-1.1"],
    ] as const)
      expect(judge([one(name, license)]).unknown).toHaveLength(1);
  });

  it("in an expression are met by one of those with OR, by all of those with AND", () => {
    const isMit = (licence: string) => licence === "MIT";
    expect(isMet("(MIT OR GPL-2.0)", isMit)).toBe(true);
    expect(isMet("MIT AND GPL-2.0", isMit)).toBe(false);
  });

  it("have no exception that nothing needs any more", () => {
    for (const { packages } of EXCEPTIONS)
      expect(
        shipped.some(({ name }) => packages.test(name)),
        `${packages}`,
      ).toBe(true);
  });
});

describe("what ships", () => {
  it("is what keeper, SDK and dashboard need at run time, with all below it, and none of what builds or tests them", () => {
    const names = new Set(shipped.map(({ name }) => name));
    for (const name of ["viem", "fastify", "@ipld/dag-pb", "next", "@noble/hashes"]) expect(names).toContain(name);
    for (const name of ["vitest", "fast-check", "hardhat", "@4ever/sdk"]) expect(names).not.toContain(name);
  });
});
