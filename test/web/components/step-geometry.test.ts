import { describe, expect, it } from "vitest";
import { indexAt, pathsOf, positionsOf, roundTicks } from "@/components/step-geometry";

describe("roundTicks", () => {
  it.each<[number, number[]]>([
    [0, [0, 1]],
    [1, [0, 0.25, 0.5, 0.75, 1]],
    [7, [0, 2, 4, 6, 8]],
    [9.1, [0, 2.5, 5, 7.5, 10]],
    [400, [0, 100, 200, 300, 400]],
    [401, [0, 200, 400, 600]],
  ])("goes up to %d in round steps", (highest, ticks) => {
    expect(roundTicks(highest)).toEqual(ticks);
  });
});

describe("positionsOf", () => {
  it("places moments by their time, not by their number", () => {
    expect(positionsOf([{ at: 100 }, { at: 125 }, { at: 200 }])).toEqual([0, 250, 1_000]);
  });

  it("gives a single moment the whole width", () => {
    expect(positionsOf([{ at: 100 }])).toEqual([0]);
    expect(pathsOf([{ at: 100, heights: [1] }], [0], 0, 2).line).toBe("M0 50H1000");
  });
});

describe("pathsOf", () => {
  const steps = (...heights: (number | null)[]) => heights.map((height, at) => ({ at, heights: [height] }));

  it("lets each height hold until the next moment", () => {
    const points = steps(0, 10, 5);
    expect(pathsOf(points, positionsOf(points), 0, 10)).toEqual({
      line: "M0 100H500V0H1000V50H1000",
      area: "M0 100V100H500V0H1000V50H1000V100Z",
    });
  });

  it("breaks where there is nothing to say, and begins anew", () => {
    const points = steps(10, null, 5, 5);
    const { line, area } = pathsOf(points, [0, 300, 600, 1_000], 0, 10);
    expect(line).toBe("M0 0H300M600 50H1000V50H1000");
    expect(area.match(/Z/g)).toHaveLength(2);
  });

  it("draws nothing of a line that never says anything", () => {
    expect(pathsOf(steps(null, null), [0, 1_000], 0, 10)).toEqual({ line: "", area: "" });
  });
});

describe("indexAt", () => {
  it.each([
    [-5, 0],
    [0, 0],
    [499, 0],
    [500, 1],
    [999, 1],
    [1_000, 2],
    [1_200, 2],
  ])("finds what holds at %d", (place, index) => {
    expect(indexAt([0, 500, 1_000], place)).toBe(index);
  });
});
