import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../../scripts/command.ts";

export const DEPLOY = join(PROJECT_ROOT, "deploy");
export const ALERTS = readFileSync(join(DEPLOY, "prometheus/alerts.yaml"), "utf8");

type Panel = { title: string; gridPos: { x: number; y: number; w: number; h: number }; targets: { expr: string }[] };
export const DASHBOARD = JSON.parse(readFileSync(join(DEPLOY, "grafana/keeper.json"), "utf8")) as { panels: Panel[] };

/** Expressions of the dashboard's panels, with Grafana's variables filled in as Grafana would. */
export const dashboardExpressions = () =>
  DASHBOARD.panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "5m").replaceAll("$schema", ".*")),
  );

/** Every metric of a keeper that the rules and the dashboard ask for. */
export function askedMetrics(): string[] {
  const text = [ALERTS.replaceAll(/#.*/g, ""), ...dashboardExpressions()].join("\n");
  return [...new Set([...text.matchAll(/\b(keeper_[a-z_]+|process_[a-z_]+)\b/g)].map(([name]) => name))];
}
