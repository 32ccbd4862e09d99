import { getAddress } from "viem";
import { describe, expect, it } from "vitest";
import { type ChannelRow, channelFrom, isOver, phaseOf, sharesOf } from "@/features/channels/channel";
import { openingOf } from "@/features/channels/opening";

const LUSD = { symbol: "LUSD", decimals: 6 };

describe("openingOf", () => {
  const draft = {
    payee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    serviceId: `0x${"11".repeat(32)}`,
    amount: "12.5",
    days: "30",
  };

  it.each([
    ["payee", "somebody", "Choose whom to pay."],
    ["serviceId", "", "Choose what is paid for."],
    ["amount", "", "Enter an amount in LUSD."],
    ["amount", "0", "Enter more than zero."],
    ["amount", "0.0000001", "LUSD has 6 decimals; this has 7."],
    ["days", "1", "Enter 2 to 3650 days."],
    ["days", "3651", "Enter 2 to 3650 days."],
    ["days", "soon", "Enter 2 to 3650 days."],
  ] as const)("says what is wrong with %s %j", (field, value, problem) => {
    expect(openingOf({ ...draft, [field]: value }, LUSD)).toEqual({ ok: false, problems: { [field]: problem } });
  });

  it("reads what is right, in base units and seconds", () => {
    const { payee, serviceId } = draft;
    expect(openingOf(draft, LUSD)).toEqual({
      ok: true,
      payee,
      serviceId,
      amount: 12_500_000n,
      termSeconds: 30 * 86_400,
    });
  });
});

describe("phaseOf", () => {
  const channel = { status: "OPEN", expiresAt: 1_000, closesAt: undefined } as const;

  it("tells by the chain's clock what the index tells later", () => {
    expect(phaseOf(channel, 999)).toBe("open");
    expect(phaseOf(channel, 1_000)).toBe("over");
    const closing = { ...channel, status: "CLOSING", closesAt: 500 } as const;
    expect(phaseOf(closing, 499)).toBe("closing");
    expect(phaseOf(closing, 500)).toBe("over");
    expect(phaseOf({ ...closing, status: "CLOSED" }, 5)).toBe("closed");
  });

  it("believes the index before a block was seen", () => {
    expect(phaseOf(channel, undefined)).toBe("open");
    expect(phaseOf({ ...channel, status: "CLOSING", closesAt: 1 }, undefined)).toBe("closing");
  });
});

describe("isOver", () => {
  const channel = { status: "OPEN", expiresAt: 1_000, closesAt: undefined } as const;

  it("is so from the second on in which nothing is paid any more, closed or not", () => {
    expect(isOver(channel, 999)).toBe(false);
    expect(isOver(channel, 1_000)).toBe(true);
    expect(isOver({ ...channel, status: "CLOSING", closesAt: 500 }, 500)).toBe(true);
    expect(isOver({ ...channel, status: "CLOSED" }, 5)).toBe(true);
    expect(isOver(channel, undefined)).toBe(false);
  });
});

describe("sharesOf", () => {
  const channel = { locked: 100n, redeemed: 40n };

  it("says nothing of what it does not know", () => {
    expect(sharesOf(channel, undefined)).toBeUndefined();
  });

  it("shares out the whole cap, whatever was signed", () => {
    expect(sharesOf(channel, 60n)).toEqual({ redeemed: 40n, waiting: 20n, unsigned: 40n });
    expect(sharesOf(channel, 40n)).toEqual({ redeemed: 40n, waiting: 0n, unsigned: 60n });
    expect(sharesOf(channel, 0n)).toEqual({ redeemed: 40n, waiting: 0n, unsigned: 60n });
    expect(sharesOf(channel, 100n)).toEqual({ redeemed: 40n, waiting: 60n, unsigned: 0n });
    expect(sharesOf(channel, 120n)).toEqual({ redeemed: 40n, waiting: 60n, unsigned: 0n });
  });
});

describe("channelFrom", () => {
  const row: ChannelRow = {
    id: "0x07",
    channelId: "7",
    status: "OPEN",
    payer: { id: `0x${"aa".repeat(20)}` },
    payee: { id: `0x${"bb".repeat(20)}` },
    payout: { id: `0x${"cc".repeat(20)}` },
    service: { id: "0x01", name: "hosting" },
    token: { address: `0x${"dd".repeat(20)}`, symbol: "LUSD", decimals: 6, tokenId: "1" },
    sessionKey: `0x${"ee".repeat(20)}`,
    feeBps: 100,
    locked: "340282366920938463463",
    redeemed: "1",
    paid: "0",
    refunded: null,
    expiresAt: "1700000000",
    closesAt: null,
    openedAt: "1600000000",
    closedAt: null,
    transactionHash: "0x12",
  };

  it("keeps every digit of an amount, and leaves open what did not happen", () => {
    expect(channelFrom(row)).toMatchObject({
      channelId: 7n,
      locked: 340_282_366_920_938_463_463n,
      payer: getAddress(row.payer.id),
      expiresAt: 1_700_000_000,
      closesAt: undefined,
      refunded: undefined,
    });
    expect(channelFrom({ ...row, closesAt: "5", refunded: "0" })).toMatchObject({ closesAt: 5, refunded: 0n });
  });
});
