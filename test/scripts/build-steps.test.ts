import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { BUILD_STEPS, type BuildStep, ensureBuilt } from "../../scripts/build-steps.ts";
import { CommandFailed, PROJECT_ROOT } from "../../scripts/command.ts";

const append = 'require("fs").appendFileSync("out.txt", "x")';
const step: BuildStep = { name: "a", inputs: ["src"], outputs: ["out.txt"], command: ["node", "--eval", append] };

function setup() {
  const root = mkdtempSync(join(tmpdir(), "build-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "src/node_modules"), { recursive: true });
  writeFileSync(join(root, "src/a"), "1");
  return { root, runs: () => readFileSync(join(root, "out.txt"), "utf8").length };
}

describe("ensureBuilt", () => {
  it("runs once for the same sources", async () => {
    const { root, runs } = setup();
    await ensureBuilt(["a"], { root, steps: [step] });
    await ensureBuilt(["a"], { root, steps: [step] });
    expect(runs()).toBe(1);
  });

  it("runs again after a change, an added file, or a lost output", async () => {
    const { root, runs } = setup();
    await ensureBuilt(["a"], { root, steps: [step] });
    writeFileSync(join(root, "src/a"), "2");
    await ensureBuilt(["a"], { root, steps: [step] });
    writeFileSync(join(root, "src/b"), "");
    await ensureBuilt(["a"], { root, steps: [step] });
    expect(runs()).toBe(3);
    rmSync(join(root, "out.txt"));
    await ensureBuilt(["a"], { root, steps: [step] });
    expect(runs()).toBe(1);
  });

  it("does not take what a step writes among its own inputs for a change", async () => {
    const { root, runs } = setup();
    const writes = `${append}; require("fs").writeFileSync("src/made.ts", "")`;
    const own = { ...step, command: ["node", "--eval", writes], generated: ["src/made.ts"] };
    await ensureBuilt(["a"], { root, steps: [own] });
    await ensureBuilt(["a"], { root, steps: [own] });
    expect(runs()).toBe(1);
  });

  it("does not look into node_modules, and leaves out what was not asked for", async () => {
    const { root, runs } = setup();
    await ensureBuilt(["b"], { root, steps: [step] });
    expect(existsSync(join(root, "out.txt"))).toBe(false);
    await ensureBuilt(["a"], { root, steps: [step] });
    writeFileSync(join(root, "src/node_modules/c"), "");
    await ensureBuilt(["a"], { root, steps: [step] });
    expect(runs()).toBe(1);
  });

  it("needs nothing of the project to be built twice in a clone", () => {
    const ignored = BUILD_STEPS.flatMap(({ inputs, generated = [] }) => {
      const list = spawnSync("git", ["ls-files", "--others", "--ignored", "--exclude-standard", "--", ...inputs], {
        cwd: PROJECT_ROOT,
        encoding: "utf8",
      }).stdout;
      return list
        .split("\n")
        .filter((file) => file !== "" && !/(^|\/)(node_modules|\.next|out)\//.test(file) && !generated.includes(file));
    });
    expect(ignored).toEqual([]);
  });

  it("says what failed, and tries again the next time", async () => {
    const { root } = setup();
    const broken = { ...step, command: ["node", "--eval", 'console.log("no semicolon"); process.exit(3)'] };
    const attempt = () => ensureBuilt(["a"], { root, steps: [broken] });
    await expect(attempt()).rejects.toThrow(CommandFailed);
    await expect(attempt()).rejects.toThrow(/code 3[\s\S]*no semicolon/);
  });
});
