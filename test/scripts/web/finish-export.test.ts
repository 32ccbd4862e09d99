import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { finishExport, policyOf, withHead } from "../../../scripts/web/finish-export.ts";

const hashOf = (code: string) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`;

describe("policyOf", () => {
  it("allows the inline scripts of the page, each once, and none that it does not have", () => {
    const policy = policyOf(
      '<script>a()</script><script src="/x.js" async=""></script><script id="b">b\n</script><script>a()</script>',
    );
    const scripts = policy.split("; ").find((each) => each.startsWith("script-src"));
    expect(scripts).toBe(`script-src 'self' 'wasm-unsafe-eval' ${hashOf("a()")} ${hashOf("b\n")}`);
    expect(policy).not.toContain("unsafe-eval'; ");
    expect(policy).toContain("default-src 'none'");
  });
});

describe("withHead", () => {
  it("refuses a page without a head", () => {
    expect(() => withHead("<html></html>")).toThrow("no <head>");
  });

  it("puts the policy before everything that could load something", () => {
    for (const charset of ["", '<meta charSet="utf-8"/>']) {
      const page = withHead(`<html><head>${charset}<script>$&</script></head></html>`);
      const [, policy] = page.split(charset || "<head>");
      expect(policy).toMatch(/^<meta http-equiv="Content-Security-Policy" content="[^"]+"\/><script>\$&<\/script>/);
    }
  });

  it("asks for the page's font right after it, before the styles that name it", () => {
    const page = withHead('<html><head><link rel="stylesheet" href="/a.css"/></head></html>', "/inter.woff2");
    expect(page).toMatch(
      /"\/><link rel="preload" as="font" type="font\/woff2" crossorigin="" href="\/inter.woff2"\/><link rel="stylesheet"/,
    );
  });
});

describe("finishExport", () => {
  it("leaves compressed copies beside large texts only", async () => {
    const folder = mkdtempSync(join(tmpdir(), "4ever-export-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const large = "x".repeat(5_000);
    writeFileSync(join(folder, "index.html"), `<html><head></head>${large}</html>`);
    const font = "inter-latin-wght-normal.0abc.woff2";
    for (const name of ["a.js", "a.woff2", font]) writeFileSync(join(folder, name), large);
    writeFileSync(join(folder, "b.js"), "small");
    await finishExport(folder);
    const page = readFileSync(join(folder, "index.html"), "utf8");
    expect(page).toContain("Content-Security-Policy");
    expect(page).toContain(`href="/${font}"`);
    expect(brotliDecompressSync(readFileSync(join(folder, "index.html.br"))).toString()).toBe(page);
    expect(["a.js.br", "a.woff2.br", "b.js.br"].map((name) => existsSync(join(folder, name)))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
