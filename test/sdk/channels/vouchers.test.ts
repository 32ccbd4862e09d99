import { concat, hashTypedData, keccak256, slice, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import {
  type ChannelTerms,
  sessionKeyTypedData,
  signVoucher,
  voucherDigest,
  voucherSigner,
} from "../../../sdk/src/channels/vouchers.ts";

const sessionKey = privateKeyToAccount(keccak256(toHex("session")));
const terms: ChannelTerms = {
  chainId: 31337,
  channels: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  channelId: 7n,
  payee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  serviceId: keccak256(toHex("rpc")),
};
const claim = { cumulative: 1_500_000n, usageRoot: keccak256(toHex("usage")) };
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY = 2n ** 255n;

describe("voucherDigest", () => {
  it("signs every field: another one is another digest", () => {
    const digests = [
      voucherDigest(terms, claim),
      voucherDigest({ ...terms, chainId: 1 }, claim),
      voucherDigest({ ...terms, channels: terms.payee }, claim),
      voucherDigest({ ...terms, channelId: 8n }, claim),
      voucherDigest({ ...terms, payee: terms.channels }, claim),
      voucherDigest({ ...terms, serviceId: claim.usageRoot }, claim),
      voucherDigest(terms, { ...claim, cumulative: 1_500_001n }),
      voucherDigest(terms, { ...claim, usageRoot: terms.serviceId }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("is not that of a session key", () => {
    const message = { ...terms, key: sessionKey.address, payer: terms.payee, expiresAt: 1n };
    expect(hashTypedData(sessionKeyTypedData(terms, message))).not.toBe(voucherDigest(terms, claim));
  });
});

describe("signVoucher", () => {
  it("refuses a key that gives no signature of 65 bytes", async () => {
    for (const signature of ["0x", concat([toHex(1, { size: 32 }), toHex(2, { size: 32 })])] as const) {
      const key = { signTypedData: async () => signature };
      await expect(signVoucher(key, terms, claim)).rejects.toMatchObject({ name: "VoucherUnsigned" });
    }
  });

  it("gives the form that the contract takes, whichever of the two a key gave", async () => {
    const signTypedData: typeof sessionKey.signTypedData = async (data) => {
      const signature = await sessionKey.signTypedData(data);
      const s = N - BigInt(slice(signature, 32, 64));
      return concat([slice(signature, 0, 32), toHex(s, { size: 32 }), signature.endsWith("1b") ? "0x1c" : "0x1b"]);
    };
    const voucher = await signVoucher({ signTypedData }, terms, claim);
    expect(voucher).toEqual(await signVoucher(sessionKey, terms, claim));
    expect(await voucherSigner(terms, voucher)).toBe(sessionKey.address);
  });
});

describe("voucherSigner", () => {
  it("finds who signed", async () => {
    const voucher = await signVoucher(sessionKey, terms, claim);
    expect(await voucherSigner(terms, voucher)).toBe(sessionKey.address);
  });

  it("finds nobody behind what is no signature", async () => {
    const voucher = await signVoucher(sessionKey, terms, claim);
    const zero = toHex(0, { size: 32 });
    for (const changed of [
      { r: zero },
      { vs: zero },
      { r: toHex(N, { size: 32 }) },
      { r: "0x12" as const },
      { vs: "nothing" as `0x${string}` },
      { usageRoot: "0x" as const },
      { channelId: 8n },
      { cumulative: -1n },
      { cumulative: 2n ** 256n },
    ])
      expect(await voucherSigner(terms, { ...voucher, ...changed })).toBeUndefined();
  });

  it("finds nobody behind an s in the upper half, as the contract does", async () => {
    const voucher = await signVoucher(sessionKey, terms, claim);
    const upper = (N + 1n) / 2n;
    const vs = toHex(upper | (BigInt(voucher.vs) & PARITY), { size: 32 });
    expect(await voucherSigner(terms, { ...voucher, vs })).toBeUndefined();
  });

  it("finds somebody else behind what was changed", async () => {
    const voucher = await signVoucher(sessionKey, terms, claim);
    const vs = toHex(BigInt(voucher.vs) ^ PARITY, { size: 32 });
    for (const changed of [{ vs }, { cumulative: 9n }, { usageRoot: terms.serviceId }])
      expect(await voucherSigner(terms, { ...voucher, ...changed })).not.toBe(sessionKey.address);
  });
});
