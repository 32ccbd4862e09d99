import { describe, expect, it } from "vitest";
import { byProcessorTime, type TraceEvent } from "../../scripts/testing/processor-time.ts";

const event = (ts: number, rest: Partial<TraceEvent> = {}): TraceEvent => ({
  ph: "X",
  name: "ThreadControllerImpl::RunTask",
  pid: 1,
  tid: 1,
  ts,
  ...rest,
});

describe("byProcessorTime", () => {
  it("leaves a task as it is that had the processor all the time, or whose own time nobody knows", () => {
    const events = [event(0, { dur: 100, tdur: 100 }), event(200, { dur: 100 }), event(400, { dur: 10, tdur: 12 })];
    expect(byProcessorTime(events)).toEqual(events);
  });

  it("takes out what others took, for the task and in the same part for what happened within it", () => {
    const events = [
      event(1_000, { dur: 400, tdur: 100 }),
      event(1_000, { name: "EvaluateScript", dur: 200, tdur: 90 }),
      event(1_200, { name: "firstContentfulPaint", ph: "R" }),
    ];
    expect(byProcessorTime(events)).toEqual([
      event(1_000, { dur: 100, tdur: 100 }),
      event(1_000, { name: "EvaluateScript", dur: 50, tdur: 90 }),
      event(1_050, { name: "firstContentfulPaint", ph: "R" }),
    ]);
  });

  it("counts a task within a task once", () => {
    const events = [event(0, { dur: 100, tdur: 50 }), event(20, { name: "RunTask", dur: 40, tdur: 40 })];
    expect(byProcessorTime(events).map(({ ts, dur }) => [ts, dur])).toEqual([
      [0, 50],
      [10, 20],
    ]);
  });

  it("keeps what other threads did, and what came between two tasks, where it was", () => {
    const events = [
      event(0, { dur: 100, tdur: 10 }),
      event(50, { tid: 2, name: "Decode", dur: 20 }),
      event(150, { name: "navigationStart", ph: "I" }),
      event(200, { dur: 100, tdur: 100 }),
    ];
    expect(byProcessorTime(events).slice(1)).toEqual(events.slice(1));
  });
});
