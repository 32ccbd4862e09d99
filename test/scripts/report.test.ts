import { describe, expect, it } from "vitest";
import { readVitestReport, summaryLine } from "../../scripts/testing/report.ts";

const test = (status: string, fullName = status) => ({
  status,
  fullName,
  failureMessages: status === "failed" ? ["no"] : null,
});

describe("readVitestReport", () => {
  it("counts what passed and failed, and nothing that was skipped", () => {
    const assertionResults = [test("passed"), test("failed"), test("skipped")];
    const report = { testResults: [{ name: "a.test.ts", status: "failed" as const, message: "", assertionResults }] };
    expect(readVitestReport(report)).toEqual({ passed: 1, failed: [{ name: "failed", message: "no" }] });
  });

  it("counts a file that cannot be imported, or whose hooks fail, as one failure", () => {
    const broken = {
      name: "b.test.ts",
      status: "failed" as const,
      message: "cannot import",
      assertionResults: [test("skipped")],
    };
    expect(readVitestReport({ testResults: [broken] })).toEqual({
      passed: 0,
      failed: [{ name: "b.test.ts", message: "cannot import" }],
    });
  });
});

describe("summaryLine", () => {
  it("adds the suites up", () => {
    const failed = [{ name: "x", message: "" }];
    expect(
      summaryLine([
        { suite: "a", passed: 2, failed, ms: 1 },
        { suite: "b", passed: 3, failed: [], ms: 1 },
      ]),
    ).toBe("5 passed, 1 failed");
  });
});
