import type { Step, StepState } from "@/components/Steps";
import { formatCount } from "@/lib/format/count";
import type { PlanStep, Stage, TransactionRecord } from "@/lib/transactions/types";

/** Position of the step that a stage is about; past the last one when all of them are over. */
function positionOf(stage: Stage, count: number): number {
  if (stage.name === "review") return -1;
  if (stage.name === "indexing" || stage.name === "done") return count;
  return stage.step;
}

const DETAILS: { [Name in Stage["name"]]?: (what: PlanStep["what"]) => string } = {
  preparing: () => "The chain is asked whether it would go through.",
  asking: (what) =>
    what === "permit"
      ? "Your wallet asks for a signature. It costs nothing."
      : what === "batch"
        ? "Your wallet asks for both at once, and tells when they are on chain."
        : "Your wallet asks to send the transaction.",
  looking: () => "Looking whether it went out.",
};

/** A record as sign → send → confirmed → indexed, with the live state of each. */
export function stepsOf({ steps, stage }: TransactionRecord): Step[] {
  const position = positionOf(stage, steps.length);
  const hasFailed = stage.name === "failed" || stage.name === "uncertain";
  const shown: Step[] = [];

  steps.forEach(({ what, title }, index) => {
    const isHere = index === position;
    const isOver = index < position;
    const isMining = isHere && (stage.name === "confirming" || (stage.name === "failed" && stage.hash !== undefined));
    const asked: StepState = isOver || isMining ? "done" : isHere ? (hasFailed ? "failed" : "running") : "waiting";
    const detail = isHere ? DETAILS[stage.name]?.(what) : undefined;
    shown.push({ key: `${index}-ask`, title, state: asked, ...(detail ? { detail } : {}) });
    if (what === "permit") return;
    const mined: StepState = isOver ? "done" : isMining ? (hasFailed ? "failed" : "running") : "waiting";
    shown.push({
      key: `${index}-confirmed`,
      title: "Confirmed on chain",
      state: mined,
      ...(mined === "running" ? { detail: "The network takes it into a block." } : {}),
    });
  });

  const indexed: StepState = stage.name === "done" ? "done" : stage.name === "indexing" ? "running" : "waiting";
  shown.push({
    key: "indexed",
    title: "Shown by the index",
    state: indexed,
    ...(stage.name === "indexing"
      ? {
          detail:
            stage.indexedBlock === undefined
              ? `Waiting for block ${formatCount(stage.blockNumber)}.`
              : `The index is at block ${formatCount(stage.indexedBlock)} of ${formatCount(stage.blockNumber)}.`,
        }
      : {}),
  });
  return shown;
}

/** One word for where a record stands, for lists. */
export function wordOf({ stage }: TransactionRecord): { word: string; tone: "good" | "warn" | "bad" | "waiting" } {
  switch (stage.name) {
    case "review":
      return { word: "In review", tone: "waiting" };
    case "preparing":
      return { word: "Preparing", tone: "waiting" };
    case "asking":
      return { word: "In your wallet", tone: "waiting" };
    case "looking":
      return { word: "Looking", tone: "waiting" };
    case "confirming":
      return { word: "Sent", tone: "waiting" };
    case "indexing":
      return { word: "Confirmed", tone: "good" };
    case "done":
      return { word: "Done", tone: "good" };
    case "uncertain":
      return { word: "Uncertain", tone: "warn" };
    case "failed":
      return stage.resume === "wait" ? { word: "Not mined yet", tone: "warn" } : { word: "Failed", tone: "bad" };
  }
}
