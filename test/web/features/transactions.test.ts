import { describe, expect, it } from "vitest";
import { stepsOf } from "@/features/transactions/steps";
import type { Stage, TransactionRecord } from "@/lib/transactions/types";

function record(stage: Stage): TransactionRecord {
  return {
    id: "1",
    key: "k",
    title: "Pay",
    sentence: "",
    account: "0x00000000000000000000000000000000000000a1",
    chainId: 1,
    createdAtMs: 0,
    stage,
    hashes: [],
    steps: [
      { what: "permit", title: "Sign" },
      { what: "transaction", title: "Send" },
    ],
    outcome: undefined,
    feeWei: undefined,
  };
}
const states = (stage: Stage) => stepsOf(record(stage)).map(({ state }) => state);
const explanation = { kind: "refused" as const, what: "No.", next: "" };

describe("stepsOf", () => {
  it.each<[Stage, string[]]>([
    [{ name: "review" }, ["waiting", "waiting", "waiting", "waiting"]],
    [{ name: "asking", step: 0 }, ["running", "waiting", "waiting", "waiting"]],
    [{ name: "asking", step: 1 }, ["done", "running", "waiting", "waiting"]],
    [{ name: "confirming", step: 1, hash: "0x1" }, ["done", "done", "running", "waiting"]],
    [{ name: "indexing", blockNumber: 9, indexedBlock: 8 }, ["done", "done", "done", "running"]],
    [{ name: "done" }, ["done", "done", "done", "done"]],
    [
      { name: "failed", step: 0, explanation, resume: "ask", hash: undefined },
      ["failed", "waiting", "waiting", "waiting"],
    ],
    [{ name: "failed", step: 1, explanation, resume: "wait", hash: "0x1" }, ["done", "done", "failed", "waiting"]],
    [{ name: "uncertain", step: 1, nonce: 1, fromBlock: 1, explanation }, ["done", "failed", "waiting", "waiting"]],
  ])("shows %o step by step", (stage, expected) => {
    expect(states(stage)).toEqual(expected);
  });

  it("says how far the index is", () => {
    expect(stepsOf(record({ name: "indexing", blockNumber: 1_200, indexedBlock: 1_100 })).at(-1)?.detail).toBe(
      "The index is at block 1,100 of 1,200.",
    );
  });
});
