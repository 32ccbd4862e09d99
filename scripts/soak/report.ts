import type { SoakReport } from "./run.ts";

const row = (name: string, text: string) => `${name.padEnd(18)} ${text}`;
const list = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ") || "none";

/** The report as a table for people, what broke at its end. */
export function formatReport(report: SoakReport): string {
  const { uploads, periods, reorganisations, recoveries, broken } = report;
  const lines = [
    row("seed", `${report.seed}, ${report.minutes} minutes; full disk by ${report.disk}`),
    row("done", list(report.actions)),
    row("kill -9", list(report.kills)),
    row(
      "reorganisations",
      `${reorganisations.count}, the deepest ${reorganisations.deepest}; ${reorganisations.transactionsLost} transactions lost`,
    ),
    row(
      "uploads",
      `${uploads.acknowledged} acknowledged: ${uploads.readable} read back, ${uploads.proven} proven afterwards`,
    ),
    ...Object.entries(uploads.excused).map(([why, count]) => row("", `${count} × ${why}`)),
    row("periods", `${periods.proven} proven, ${periods.missed} not, at most ${periods.longestGap} in a row`),
    ...Object.entries(periods.causes).map(([why, count]) => row("", `${count} × ${why}`)),
    ...Object.entries(recoveries).map(([name, { count, longestSeconds, failedStarts }]) =>
      row(
        name,
        `${count} times down, ${longestSeconds} s at the longest${failedStarts > 0 ? `, ${failedStarts} starts failed` : ""}`,
      ),
    ),
    row("money", `${report.inLedger} base units in the ledger, ${report.accounts} accounts, ${report.deals} deals`),
    "",
    ...Object.entries(report.tried).map(([what, count]) => `${`${count}`.padStart(6)}  ${what}`),
    "",
    ...broken.map(({ promise, what }) => `✗ ${promise}: ${what}`),
    broken.length === 0
      ? "Every promise held."
      : `${broken.length} broken, the first: ${broken[0]?.promise}. Again: npm run soak -- --seed ${report.seed} --minutes ${report.minutes}. The logs are in ${report.dir}.`,
  ];
  return lines.join("\n");
}
