import { describe, expect, it } from "vitest";
import { faultOfChain, type Link } from "../../../scripts/soak/whole-chain.ts";

const SENDER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const link = (height: number, life: Partial<Link> = {}): Link => ({
  hash: `0x${height}`,
  parentHash: `0x${height - 1}`,
  timestamp: 100n + BigInt(height),
  senders: [],
  ...life,
});
const nonces = (nonce: number) => new Map([[SENDER, nonce] as const]);

describe("faultOfChain", () => {
  it.each([
    ["a hole", [link(0), undefined, link(2)], 0, "block 1 is missing"],
    ["a block of another chain", [link(0), link(1, { parentHash: "0x7" })], 0, "block 1 does not follow on block 0"],
    ["a clock that goes back", [link(0), link(1, { timestamp: 99n })], 0, "block 1 is before its parent in time"],
    [
      "a state ahead of its blocks",
      [link(0), link(1, { senders: [SENDER] })],
      2,
      /has the nonce 2 after 1 transactions/,
    ],
    ["a state behind its blocks", [link(0), link(1, { senders: [SENDER] })], 0, /has the nonce 0 after 1 transactions/],
  ])("finds %s", (_, links, nonce, fault) => {
    expect(faultOfChain(links, nonces(nonce))).toMatch(fault);
  });

  it("finds nothing in a chain, where blocks may share a second", () => {
    const links = [link(0), link(1, { senders: [SENDER, SENDER] }), link(2, { timestamp: 101n })];
    expect(faultOfChain(links, nonces(2))).toBeUndefined();
  });
});
