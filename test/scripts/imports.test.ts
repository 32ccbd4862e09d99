import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findViolations, importsOf, violationsOf } from "../../scripts/checks/imports.ts";

const PROJECT_ROOT = dirname(dirname(import.meta.dirname));
const specifiers = (file: string, source: string, files: Record<string, string> = {}) =>
  violationsOf(file, source, (path) => files[path]).map(({ specifier }) => specifier);

describe("importsOf", () => {
  it("reads every form, its line and whether it is for types only", () => {
    const source = [
      'import a from "a";',
      "import {",
      "  b,",
      '} from "b";',
      'import type { C } from "c";',
      'export * from "d";',
      'import "e";',
      'const f = await import("f");',
      'export const url = "https://example.org"; // import x from "not"',
      '/* import y from "not" */',
    ].join("\n");
    expect(importsOf(source)).toEqual([
      { specifier: "a", isType: false, line: 1 },
      { specifier: "b", isType: false, line: 4 },
      { specifier: "c", isType: true, line: 5 },
      { specifier: "d", isType: false, line: 6 },
      { specifier: "e", isType: false, line: 7 },
      { specifier: "f", isType: false, line: 8 },
    ]);
  });
});

describe("violationsOf", () => {
  const cases: [string, string, string, boolean][] = [
    ["a contract imports an interface", "contracts/market/A.sol", 'import {IB} from "../interfaces/b/IB.sol";', true],
    [
      "a contract imports OpenZeppelin",
      "contracts/market/A.sol",
      'import {X} from "@openzeppelin/contracts/x.sol";',
      true,
    ],
    ["a contract imports another package", "contracts/market/A.sol", 'import {X} from "forge-std/x.sol";', false],
    ["a mock imports a contract", "contracts/mocks/A.sol", 'import {B} from "../market/B.sol";', true],
    ["sdk imports itself", "sdk/src/a.ts", 'import { b } from "./b.ts";', true],
    ["sdk imports keepers", "sdk/src/a.ts", 'import { b } from "@4ever/keepers/src/b.ts";', false],
    ["sdk imports artifacts", "sdk/src/a.ts", 'import b from "../../artifacts/b.json";', false],
    ["domain imports sdk", "keepers/src/domain/a.ts", 'import { b } from "@4ever/sdk";', true],
    ["domain imports a database", "keepers/src/domain/a.ts", 'import { b } from "pg";', false],
    ["domain imports files", "keepers/src/domain/a.ts", 'import { b } from "node:fs/promises";', false],
    ["domain imports a duty", "keepers/src/domain/a.ts", 'import { b } from "../duties/b.ts";', false],
    ["a duty imports an adapter's type", "keepers/src/duties/a.ts", 'import type { B } from "../adapters/b.ts";', true],
    ["a duty imports an adapter", "keepers/src/duties/a.ts", 'import { b } from "../adapters/storage/b.ts";', false],
    ["an adapter imports its kind", "keepers/src/adapters/storage/a.ts", 'import { b } from "./b.ts";', true],
    ["an adapter imports another kind", "keepers/src/adapters/storage/a.ts", 'import { b } from "../ai/b.ts";', false],
    ["keepers import web", "keepers/src/main.ts", 'import { b } from "../../web/lib/b.ts";', false],
    ["web imports keepers", "web/app/page.tsx", 'import { b } from "@4ever/keepers/src/b.ts";', false],
    ["a feature imports lib", "web/features/deals/a.ts", 'import { b } from "@/lib/b";', true],
    ["a feature imports itself", "web/features/deals/a.ts", 'import { b } from "@/features/deals/b";', true],
    ["a feature imports a feature", "web/features/deals/a.ts", 'import { b } from "@/features/host/b";', false],
    ["a component imports a feature", "web/components/a.tsx", 'import { b } from "../features/host/b";', false],
    ["the subgraph imports generated code", "subgraph/src/a.ts", 'import { b } from "../generated/b";', true],
    ["the subgraph imports sdk", "subgraph/src/a.ts", 'import { b } from "@4ever/sdk";', false],
  ];
  it.each(cases)("%s", (_, file, source, isAllowed) => {
    expect(specifiers(file, source)).toHaveLength(isAllowed ? 0 : 1);
  });

  it("refuses another concrete contract, and takes an abstract base", () => {
    const source = 'import {B} from "./B.sol";';
    expect(specifiers("contracts/market/A.sol", source, { "contracts/market/B.sol": "contract B {}" })).toEqual([
      "./B.sol",
    ]);
    expect(
      specifiers("contracts/market/A.sol", source, { "contracts/market/B.sol": "abstract contract B {}" }),
    ).toEqual([]);
  });
});

describe("findViolations", () => {
  it("finds a violation in a tree and names file and line", () => {
    const root = mkdtempSync(join(tmpdir(), "imports-"));
    try {
      mkdirSync(join(root, "web/features/host"), { recursive: true });
      writeFileSync(join(root, "web/features/host/a.ts"), '\nimport { b } from "../deals/b";\n');
      expect(findViolations(root)).toEqual([
        {
          file: "web/features/host/a.ts",
          line: 2,
          specifier: "../deals/b",
          reason: "features do not import each other",
        },
      ]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("finds none in this project", () => {
    expect(findViolations(PROJECT_ROOT)).toEqual([]);
  });
});
