import { concat, parseSignature, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { signatureWords } from "../../sdk/src/signature.ts";

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
