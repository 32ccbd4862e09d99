import fc from "fast-check";
import type { Address, Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import {
  decodeUploadToken,
  encodeUploadToken,
  recoverUploader,
  signUpload,
  type UploadGrant,
  UploadTokenMalformed,
} from "../../sdk/src/uploads.ts";
import { holds, mutate, mutation } from "./property.ts";

const CHAIN = 31_337;
const signer = privateKeyToAccount(generatePrivateKey());

const hex = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((raw): Hex => `0x${Buffer.from(raw).toString("hex")}`);
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });
const grant: fc.Arbitrary<UploadGrant> = fc.record({
  market: hex(20) as fc.Arbitrary<Address>,
  dealId: uint(56n),
  provider: hex(20) as fc.Arbitrary<Address>,
  root: hex(32),
  sizeBytes: uint(256n),
  expiresAt: uint(256n),
});

/** Who a token says that signed it; the name of the refusal when it is none. */
async function signerOf(token: string): Promise<{ signer?: Address; grant?: UploadGrant }> {
  try {
    const decoded = decodeUploadToken(token);
    return { grant: decoded.grant, signer: await recoverUploader(CHAIN, decoded.grant, decoded.signature) };
  } catch (error) {
    if (!(error instanceof UploadTokenMalformed)) throw error;
    return {};
  }
}

const plain = ({ market, provider, ...rest }: UploadGrant) => ({
  ...rest,
  market: market.toLowerCase(),
  provider: provider.toLowerCase(),
});

describe("upload tokens", () => {
  it("say after reading what was signed, and by whom", async () => {
    await holds(40, [grant], async (drawn) => {
      const read = await signerOf(await signUpload(signer, CHAIN, drawn));
      expect(read.signer).toBe(signer.address);
      expect(read.grant && plain(read.grant)).toEqual(plain(drawn));
    });
  });

  it("are of the signer no more when anything in them is changed", async () => {
    await holds(150, [grant, fc.array(mutation, { minLength: 1, maxLength: 2 })], async (drawn, changes) => {
      const token = await signUpload(signer, CHAIN, drawn);
      const changed = Buffer.from(changes.reduce(mutate, new TextEncoder().encode(token))).toString("latin1");
      const read = await signerOf(changed);
      // The last character of base64 has spare bits, and hex digits have two cases: the same words in another spelling.
      if (read.signer === signer.address) expect(read.grant && plain(read.grant)).toEqual(plain(drawn));
    });
  });

  it("for one field are none for another value of it", async () => {
    const fields = ["market", "dealId", "provider", "root", "sizeBytes", "expiresAt"] as const;
    await holds(40, [grant, grant, fc.constantFrom(...fields)], async (drawn, other, field) => {
      fc.pre(drawn[field].toString() !== other[field].toString());
      const signature = decodeUploadToken(await signUpload(signer, CHAIN, drawn)).signature;
      const { signer: found } = await signerOf(encodeUploadToken({ ...drawn, [field]: other[field] }, signature));
      expect(found).not.toBe(signer.address);
    });
  });

  it("are refused by name, whatever JSON or text stands in them", async () => {
    const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: "binary", maxLength: 300 }));
    await holds(500, [text], async (noise) => expect(await signerOf(noise)).toEqual({}));
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");
    await holds(300, [fc.json({ maxDepth: 3 })], async (json) => {
      expect(await signerOf(Buffer.from(json).toString("base64url"))).toEqual({});
    });
    const field = fc.oneof(
      fc.constantFrom("0x", "-1", "1e3", "0x10", "", " 1", `${10n ** 78n}`, "__proto__"),
      fc.string(),
      fc.integer(),
      fc.constant(null),
    );
    const names = fc.constantFrom("market", "dealId", "provider", "root", "sizeBytes", "expiresAt", "signature");
    const token = await signUpload(signer, CHAIN, {
      market: signer.address,
      dealId: 1n,
      provider: signer.address,
      root: `0x${"11".repeat(32)}`,
      sizeBytes: 5n,
      expiresAt: 9n,
    });
    const honest = JSON.parse(Buffer.from(token, "base64url").toString()) as Record<string, unknown>;
    await holds(200, [names, field], async (name, value) => {
      fc.pre(value !== honest[name]);
      expect((await signerOf(encode({ ...honest, [name]: value }))).signer).not.toBe(signer.address);
    });
  });

  it("longer than any real one are not decoded at all", async () => {
    const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(await signerOf(Buffer.from(nested).toString("base64url"))).toEqual({});
    expect(await signerOf("A".repeat(1_000_000))).toEqual({});
  });
});
