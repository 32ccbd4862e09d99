import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
}).split("\n");
const PAGES = tracked.filter((file) => file.endsWith(".md"));
/** Anchors of a page's headings, as forges make them. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Links to places of this repository, whether in a page or on it. */
function linksOf(page: string): { target: string; anchor: string }[] {
  return [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#]*)#?([^)]*)\)/g)].map(([, path = "", anchor = ""]) => ({
    target: path === "" ? page : join(dirname(page), path),
    anchor,
  }));
}

describe.each(PAGES)("%s", (page) => {
  it("links to what is there", () => {
    const broken = linksOf(page).filter(({ target, anchor }) => {
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== "" && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("names sources that are there, by their whole path or its end", () => {
    const named = [...read(page).matchAll(/(?<![\w/.@<>*-])[\w-]+(?:\/[\w.-]+)+\.(?:tsx?|mjs|sol|md|yaml|graphql)\b/g)];
    const missing = named
      .map(([path]) => path)
      .filter((path) => !tracked.some((file) => file === path || file.endsWith(`/${path}`)));
    expect(missing).toEqual([]);
  });

  it("names scripts of npm that there are", () => {
    for (const [, name = "", workspace = "."] of read(page).matchAll(/npm run ([\w:]+)(?: -w @4ever\/(\w+))?/g)) {
      expect(JSON.parse(read(join(workspace, "package.json"))).scripts).toHaveProperty([name]);
    }
  });
});
