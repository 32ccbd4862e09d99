import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { importsOf } from "../../scripts/checks/imports.ts";

/** Files that a module brings with it, and the modules from elsewhere that they import; types are left out. */
function reachOf(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (url: URL) => {
    if (files.has(url.pathname)) return;
    files.add(url.pathname);
    for (const { specifier, isType } of importsOf(readFileSync(url, "utf8"))) {
      if (isType) continue;
      if (specifier.startsWith(".")) visit(new URL(specifier, url));
      else packages.add(specifier);
    }
  };
  visit(new URL(`../../sdk/src/${entry}`, import.meta.url));
  return { files, packages };
}

describe("what a browser imports", () => {
  it.each(["index.ts", "pieces/index.ts", "pieces/worker.ts", "proofs/index.ts"])(
    "%s needs nothing of Node",
    (entry) => {
      const { files, packages } = reachOf(entry);
      expect([...packages].filter((name) => name.startsWith("node:"))).toEqual([]);
      expect([...files].filter((file) => /\/sdk\/src\/(cli|node)\//.test(file))).toEqual([]);
    },
  );

  it("index.ts brings no CAR builder along", () => {
    const small = ["zod/mini", "zod/v4/locales/en.js"];
    const late = "viem/accounts"; // curves, imported when an open invitation is made or used
    expect([...reachOf("index.ts").packages].sort()).toEqual(["viem", late, "viem/actions", ...small]);
  });
});
