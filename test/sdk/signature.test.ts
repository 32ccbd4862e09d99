import { concat, parseSignature, signatureToCompactSignature, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { compactSignature, expandedSignature, signatureWords } from "../../sdk/src/signature.ts";

const word = (n: bigint) => toHex(n, { size: 32 });
const withV = (v: number) => concat([word(1n), word(2n), toHex(v, { size: 1 })]);

describe("signatureWords", () => {
  it.each([
    ["a v that no curve point has", withV(2)],
    ["a v of a chain", withV(37)],
    ["a compact signature", concat([word(1n), word(2n)])],
    ["a contract's longer one", concat([withV(27), word(3n)])],
    ["nothing", "0x"],
  ] as const)("takes %s for none", (_, signature) => {
    expect(signatureWords(signature)).toBeUndefined();
  });

  it.each([
    [0, 0],
    [1, 1],
    [27, 0],
    [28, 1],
  ])("reads v %i as parity %i", (v, yParity) => {
    expect(signatureWords(withV(v))).toEqual({ r: word(1n), s: word(2n), yParity });
  });

  it("finds the words that viem finds", async () => {
    for (let i = 0; i < 20; i++) {
      const signature = await privateKeyToAccount(generatePrivateKey()).signMessage({ message: `${i}` });
      const { r, s, yParity } = parseSignature(signature);
      expect(signatureWords(signature)).toEqual({ r, s, yParity });
    }
  });
});

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY = 2n ** 255n;
const signed = (s: bigint, v: number) => concat([word(1n), word(s), toHex(v, { size: 1 })]);

describe("compactSignature", () => {
  it.each([
    ["a signature that is short already", concat([word(1n), word(2n)])],
    ["a v that no curve point has", signed(2n, 29)],
    ["no s", signed(0n, 27)],
    ["an s outside of the group", signed(N, 27)],
    ["nothing", "0x"],
  ] as const)("takes %s for none", (_, signature) => {
    expect(compactSignature(signature)).toBeUndefined();
  });

  it("puts the parity into the highest bit", () => {
    expect(compactSignature(signed(2n, 27))).toEqual({ r: word(1n), vs: word(2n) });
    expect(compactSignature(signed(2n, 28))).toEqual({ r: word(1n), vs: word(2n + PARITY) });
  });

  it("turns the mirror image of a signature back, from the first s of the upper half on", () => {
    const half = N / 2n;
    expect(compactSignature(signed(half, 27))?.vs).toBe(word(half));
    expect(compactSignature(signed(half + 1n, 27))?.vs).toBe(word(half + PARITY));
    expect(compactSignature(signed(N - 2n, 28))?.vs).toBe(word(2n));
  });

  it("finds what viem finds, for the signature and for its mirror image", async () => {
    for (let i = 0; i < 20; i++) {
      const signature = await privateKeyToAccount(generatePrivateKey()).signMessage({ message: `${i}` });
      const { r, s, yParity } = parseSignature(signature);
      const { yParityAndS: vs } = signatureToCompactSignature({ r, s, yParity });
      const mirrored = concat([r, word(N - BigInt(s)), toHex(28 - yParity, { size: 1 })]);
      expect(compactSignature(signature)).toEqual({ r, vs });
      expect(compactSignature(mirrored)).toEqual({ r, vs });
    }
  });
});

describe("expandedSignature", () => {
  it("gives back what was shortened", async () => {
    for (let i = 0; i < 20; i++) {
      const signature = await privateKeyToAccount(generatePrivateKey()).signMessage({ message: `${i}` });
      const compact = compactSignature(signature);
      expect(compact && expandedSignature(compact)).toBe(signature);
    }
  });

  it("refuses an s in the upper half, of either parity", () => {
    const half = N / 2n;
    for (const parity of [0n, PARITY]) {
      expect(expandedSignature({ r: word(1n), vs: word(half + parity) })).toBeDefined();
      expect(expandedSignature({ r: word(1n), vs: word(half + 1n + parity) })).toBeUndefined();
    }
  });
});
