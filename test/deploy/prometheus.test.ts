import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PROJECT_ROOT } from "../../scripts/command.ts";
import { ALERTS, DASHBOARD, DEPLOY, dashboardExpressions } from "./helpers/expressions.ts";

/** Prometheus' own tool: from the PATH, or where `.ci/run` puts Debian's. */
const folders = [...(process.env.PATH ?? "").split(delimiter), join(PROJECT_ROOT, ".local/promtool/usr/bin")];
const promtool = folders.map((folder) => join(folder, "promtool")).find((file) => existsSync(file));
if (!promtool) {
  const text = "Alert rules and dashboard are not checked: there is no promtool (Debian: apt-get install prometheus).";
  if (process.env.CI) throw new Error(text);
  console.warn(text);
}

const directory = mkdtempSync(join(tmpdir(), "4ever-rules-"));
afterAll(() => rmSync(directory, { recursive: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(promtool ?? "promtool", args, { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

const alerts = [...ALERTS.matchAll(/- alert: (\w+)/g)].map(([, name]) => name as string);

describe.skipIf(!promtool)("Prometheus", () => {
  it("takes the example rules", () => {
    const { status, output } = run("check", "rules", join(DEPLOY, "prometheus/alerts.yaml"));
    expect(output).toContain(`SUCCESS: ${alerts.length} rules found`);
    expect(status).toBe(0);
  });

  it("raises each alert where it should, and not where it should not", () => {
    const { status, output } = run("test", "rules", join(DEPLOY, "prometheus/alerts.test.yaml"));
    expect(output).toContain("SUCCESS");
    expect(status).toBe(0);
  });

  it("understands each expression of the dashboard", () => {
    const rules = dashboardExpressions().map((expr, i) => ({ record: `panel:${i}`, expr }));
    const file = join(directory, "dashboard.json"); // JSON is YAML
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { status, output } = run("check", "rules", file);
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(status).toBe(0);
  });
});

describe("an alert", () => {
  it("is tried both ways, and has its section in the runbook", () => {
    const tried = readFileSync(join(DEPLOY, "prometheus/alerts.test.yaml"), "utf8");
    const runbook = readFileSync(join(PROJECT_ROOT, "docs/operate.md"), "utf8");
    for (const name of alerts) {
      expect(tried).toContain(`name: ${name} rises`);
      expect(tried).toContain(`name: ${name} stays away`);
      expect(ALERTS).toContain(`runbook: docs/operate.md#${name.toLowerCase()}\n`);
      expect(runbook.split("\n")).toContain(`### ${name}`);
    }
  });
});

describe("the dashboard", () => {
  it("has no panel upon another", () => {
    const cells = DASHBOARD.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
