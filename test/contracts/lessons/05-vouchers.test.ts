import { expect } from "chai";
import { network } from "hardhat";
import { type Hex, hashTypedData, keccak256, toHex } from "viem";
import type { Voucher } from "../../../sdk/src/channels/vouchers.ts";
import {
  CAP,
  CLOSE_WINDOW_SECONDS,
  channelNet,
  createSessionKey,
  PAYOUT_DELAY_SECONDS,
  usage,
} from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { MAX_UINT128, USD } from "../../helpers/money.ts";
import { serviceIdOf } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { opened } = channelsFixtures(connection);

/** Order of secp256k1. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY = 2n ** 255n;
const word = (value: bigint): Hex => toHex(value, { size: 32 });

/** Channel 1; beside it channel 2 of the same five words, channel 3 of another payer, and channel 1 of a second contract. */
async function surrounded() {
  const deployed = await opened();
  const { channels, ledger, catalog, opening, open, by } = deployed;
  await open();
  await open({}, by.stranger);
  const twin = await viem.deployContract("UsageChannels", [
    ledger.address,
    catalog.address,
    CLOSE_WINDOW_SECONDS,
    PAYOUT_DELAY_SECONDS,
  ]);
  await ledger.write.approveOperator([twin.address, twin.address, 1, MAX_UINT128, 2n ** 40n], by.customer);
  await twin.write.open([opening], by.customer);
  return { ...deployed, channels, twin };
}

/** Whatever can be made of a good voucher without the key that signed it. */
function forgeriesOf(good: Voucher): Voucher[] {
  const mirrored = N - (BigInt(good.vs) % PARITY);
  return [
    { ...good, channelId: 2n },
    { ...good, channelId: 3n },
    { ...good, channelId: good.channelId + 2n ** 64n },
    { ...good, cumulative: good.cumulative + 1n },
    { ...good, cumulative: CAP },
    { ...good, cumulative: good.cumulative + 2n ** 96n },
    { ...good, usageRoot: usage("something else") },
    { ...good, r: good.vs, vs: good.r },
    { ...good, vs: word(BigInt(good.vs) ^ PARITY) },
    { ...good, vs: word(mirrored | ((BigInt(good.vs) & PARITY) ^ PARITY)) },
  ];
}

describe("lesson 5: a voucher that is replayed, has unsigned fields or a wrong typehash", () => {
  it("is paid once, in one channel of one contract, whatever is made of it", async () => {
    const { channels, twin, sign, funds, ledger, payer, payee } = await load(surrounded);
    const good = await sign(10n * USD);
    const forged = forgeriesOf(good);
    await twin.write.redeemMany([[good, ...forged]]);
    expect((await funds()).payee).to.equal(0n);
    await channels.write.redeemMany([[...forged, good, good, ...forged]]);
    await channels.write.redeemMany([[good, ...forged]]);
    expect(await funds()).to.deep.include({ payee: channelNet(10n * USD), locked: CAP - channelNet(10n * USD) });
    for (const [contract, id] of [
      [channels, 2n],
      [channels, 3n],
      [twin, 1n],
    ] as const)
      expect((await ledger.read.lockOf([contract.address, id])).left).to.equal(CAP);
    expect(await ledger.read.balanceOf([payer, 1])).to.equal(1_000n * USD - 3n * CAP);
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(channelNet(10n * USD));
  });

  it("is worth nothing when the right key signed it for another chain, contract, payee, service, channel or use", async () => {
    const { channels, twin, sign, strangerAddress, funds } = await load(surrounded);
    const good = await sign(10n * USD);
    const meant: Voucher[] = [];
    for (const other of [
      { chainId: 1 },
      { channels: twin.address },
      { payee: strangerAddress },
      { serviceId: serviceIdOf("ai") },
      { channelId: 2n },
      { usageRoot: usage("another use") },
    ]) {
      const { r, vs } = await sign(10n * USD, other);
      meant.push({ ...good, r, vs });
    }
    const { r, vs } = await sign(10n * USD, {}, createSessionKey());
    await channels.write.redeemMany([[...meant, { ...good, r, vs }]]);
    expect(await funds()).to.deep.include({ payee: 0n, locked: CAP });
  });

  it("never takes back what an earlier one paid: lower ones and reordered ones pay the difference, or nothing", async () => {
    const { channels, sign, funds } = await load(surrounded);
    const [low, middle, high] = await Promise.all([3n, 5n, 8n].map((dollars) => sign(dollars * USD)));
    if (!low || !middle || !high) throw new Error("three were signed");
    await channels.write.redeemMany([[middle, low, high, middle, low, high]]);
    expect((await funds()).payee).to.equal(channelNet(8n * USD));
  });

  /** Typed by hand after EIP-712 and `protocol.md`, so that neither the SDK nor the contract can agree on the same mistake. */
  it("is hashed as its type says, field by field", async () => {
    const { channels, chainId, payee, payer, opening } = await load(surrounded);
    const domain = { name: "4EVER Channels", version: "1", chainId, verifyingContract: channels.address } as const;
    const [cumulative, usageRoot] = [7n * USD, usage("seven dollars")];
    const expected = hashTypedData({
      domain,
      primaryType: "Voucher",
      types: {
        Voucher: [
          { name: "channelId", type: "uint256" },
          { name: "payee", type: "address" },
          { name: "serviceId", type: "bytes32" },
          { name: "cumulative", type: "uint256" },
          { name: "usageRoot", type: "bytes32" },
        ],
      },
      message: { channelId: 3n, payee, serviceId: keccak256(toHex("rpc")), cumulative, usageRoot },
    });
    expect(await channels.read.voucherDigestOf([3n, cumulative, usageRoot])).to.equal(expected);
    const key = hashTypedData({
      domain,
      primaryType: "SessionKey",
      types: {
        SessionKey: [
          { name: "key", type: "address" },
          { name: "payer", type: "address" },
          { name: "payee", type: "address" },
          { name: "serviceId", type: "bytes32" },
          { name: "expiresAt", type: "uint256" },
        ],
      },
      message: {
        key: opening.sessionKey,
        payer,
        payee,
        serviceId: keccak256(toHex("rpc")),
        expiresAt: BigInt(opening.expiresAt),
      },
    });
    expect(await channels.read.sessionKeyDigestOf([payer, opening])).to.equal(key);
  });
});
