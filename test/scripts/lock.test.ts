import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PROJECT_ROOT } from "../../scripts/command.ts";
import { entriesWithHost, type Lock, missingOptionals } from "../../scripts/complete-lock.mjs";

const readJson = (file: string) => JSON.parse(readFileSync(join(PROJECT_ROOT, file), "utf8"));
const lock: Lock = readJson("package-lock.json");

describe("package-lock.json", () => {
  it("has an entry for the packages of every system", () => {
    expect(missingOptionals(lock)).toEqual([]);
  });

  it("names no registry", () => {
    expect(entriesWithHost(lock)).toEqual([]);
  });

  it("is checked by a hash wherever the registry had the package", () => {
    const unchecked = Object.entries(lock.packages)
      .filter(
        ([path, { integrity, link, optional }]) => path.includes("node_modules/") && !link && !integrity && !optional,
      )
      .map(([path]) => path);
    expect(unchecked).toEqual([]);
  });

  it("fits the manifests, which ask for exact versions", () => {
    const { workspaces } = readJson("package.json");
    for (const folder of ["", ...workspaces]) {
      const { dependencies, devDependencies } = readJson(join(folder, "package.json"));
      const locked = lock.packages[folder];
      expect(locked?.dependencies, folder).toEqual(dependencies);
      expect(locked?.devDependencies, folder).toEqual(devDependencies);
      for (const version of Object.values({ ...dependencies, ...devDependencies })) {
        expect(version, folder).toMatch(/^\d+\.\d+\.\d+/);
      }
    }
  });
});
