import { bytesToHex, hexToBytes, keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { createVoucherAccumulator } from "../../sdk/src/channels/accumulator.ts";
import { decodeVoucher, encodeVoucher, signVoucher, type Voucher } from "../../sdk/src/channels/vouchers.ts";
import { createMemoryStore } from "../helpers/channel-store.ts";
import { bytes, holds, mutate, mutation } from "./property.ts";

const sessionKey = privateKeyToAccount(keccak256(toHex("session")));
const terms = {
  chainId: 31337,
  channels: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  channelId: 7n,
  payee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  serviceId: keccak256(toHex("rpc")),
} as const;
const good = () => signVoucher(sessionKey, terms, { cumulative: 500n, usageRoot: keccak256(toHex("usage")) });
const accumulator = () =>
  createVoucherAccumulator({
    terms,
    sessionKey: sessionKey.address,
    locked: () => 2n ** 96n - 1n,
    store: createMemoryStore<Voucher>(),
  });

describe("a voucher from a stranger", () => {
  it("comes through as it was sent", async () => {
    const voucher = await good();
    expect(decodeVoucher(encodeVoucher(voucher))).toEqual(voucher);
    expect(await accumulator().accept(voucher)).toEqual({ added: 500n });
  });

  it("is nothing, or refused, whatever the bytes are", async () => {
    await holds(300, [bytes(400)], async (random) => {
      const voucher = decodeVoucher(bytesToHex(random));
      expect(voucher === undefined).toBe(random.length !== 160);
      if (voucher) expect((await accumulator().accept(voucher)).refused).toBeDefined();
    });
    await holds(100, [bytes(160, 160)], async (random) => {
      const voucher = decodeVoucher(bytesToHex(random));
      expect(voucher && (await accumulator().accept(voucher)).refused).toBeDefined();
    });
    for (const text of ["", "0x", "nothing", `0x${"zz".repeat(160)}`, "00".repeat(161)])
      expect(decodeVoucher(text)).toBeUndefined();
  });

  it("is refused when one part of it was changed", async () => {
    const sent = hexToBytes(encodeVoucher(await good()));
    await holds(300, [mutation], async (change) => {
      const changed = bytesToHex(mutate(Uint8Array.from(sent), change));
      const voucher = decodeVoucher(changed);
      if (!voucher || changed === bytesToHex(sent)) return;
      expect((await accumulator().accept(voucher)).refused).toBeDefined();
    });
  });
});
