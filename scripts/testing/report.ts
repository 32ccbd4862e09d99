// What every runner of tests reports, in one shape.

export type FailedTest = { name: string; message: string };
export type TestReport = { suite: string; passed: number; failed: FailedTest[]; ms: number };

/** The part of vitest's JSON report that we read. */
type VitestReport = {
  testResults: {
    name: string;
    status: "passed" | "failed";
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] | null }[];
  }[];
};

/** Counts a vitest JSON report. A file that fails outside its tests (import, hook) counts as one failure. */
export function readVitestReport(json: VitestReport): Pick<TestReport, "passed" | "failed"> {
  const tests = json.testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const failed = tests
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages }) => ({ name: fullName, message: failureMessages?.join("\n") ?? "" }));
  const brokenFiles = json.testResults
    .filter((file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"))
    .map(({ name, message }) => ({ name, message }));
  return { passed: tests.filter(({ status }) => status === "passed").length, failed: [...failed, ...brokenFiles] };
}

/** The last line of a test run, which machines read. */
export function summaryLine(reports: readonly TestReport[]): string {
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  const failed = reports.reduce((sum, report) => sum + report.failed.length, 0);
  return `${passed} passed, ${failed} failed`;
}
