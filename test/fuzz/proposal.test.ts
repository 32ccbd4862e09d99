import fc from "fast-check";
import { type Address, type Hex, toFunctionSelector, toHex } from "viem";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../sdk/src/deployments.ts";
import { decodeCall } from "../../sdk/src/governance/call-sentences.ts";
import { GOVERNED } from "../../sdk/src/governance/contracts.ts";
import { readDescription } from "../../web/features/governance/description.ts";
import { bytes, holds } from "./property.ts";

const names = Object.keys(GOVERNED) as (keyof typeof GOVERNED)[];
const at = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;
const contracts = Object.fromEntries(names.map((name, i) => [name, at(i + 1)]));
const deployment = { contracts } as unknown as Deployment;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** A call of a real function with any arguments, at a contract that may have it. */
const call = fc.record({
  target: fc.nat(names.length + 1).map(at),
  selector: fc.constantFrom(
    ...Object.values(GOVERNED).flatMap((abi) =>
      abi.flatMap((item) => (item.type === "function" ? [toFunctionSelector(item)] : [])),
    ),
  ),
  rest: fc.oneof(
    bytes(600),
    // Words as the decoder expects them: offsets, lengths and addresses that are small.
    fc.array(fc.nat(300), { maxLength: 24 }).map((words) => Buffer.concat(words.map((word) => word32(word)))),
  ),
});

function word32(value: number): Buffer {
  const word = Buffer.alloc(32);
  word.writeUInt32BE(value, 28);
  return word;
}

describe("a call that a stranger proposes", () => {
  it("has a sentence that a screen can show, whatever its bytes", async () => {
    await holds(2_000, [call], ({ target, selector, rest }) => {
      const data: Hex = `${selector}${toHex(rest).slice(2)}`;
      const { sentence, isKnown, functionName } = decodeCall(deployment, { target, data });
      expect(sentence.length).toBeGreaterThan(0);
      expect(sentence.length).toBeLessThanOrEqual(1_000);
      expect(sentence).not.toMatch(HIDDEN);
      if (isKnown) expect(functionName).toBeDefined();
    });
  });
});

describe("a description that a stranger wrote", () => {
  it("is text with a title, whatever its characters", async () => {
    const pieces = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\n", "# ", "- ", "```\n", "**", "`", "\u202e", "<script>", "](javascript:", "\r\n"),
    );
    await holds(1_000, [fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(""))], (text) => {
      const { title, blocks } = readDescription(text);
      expect(title.length).toBeGreaterThan(0);
      expect(title.length).toBeLessThanOrEqual(160);
      const shown = blocks.flatMap((block) =>
        block.kind === "code"
          ? block.text.split("\n")
          : (block.kind === "list" ? block.items.flat() : block.spans).map((span) => span.text),
      );
      for (const line of [title, ...shown]) expect(line).not.toMatch(HIDDEN);
    });
  });
});
