import { ledgerAbi } from "@4ever/sdk/generated/abis";
import { encodeAbiParameters, encodeEventTopics, type Hex } from "viem";
import { describe, expect, it } from "vitest";
import { eventOf, textOf } from "@/features/explorer/receipt";

const ACCOUNT: Hex = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";
const known = { name: "Ledger", abi: ledgerAbi };
const topics = encodeEventTopics({
  abi: ledgerAbi,
  eventName: "Deposited",
  args: { account: ACCOUNT, tokenId: 1, from: ACCOUNT },
}) as [Hex, ...Hex[]];
const log = {
  address: ACCOUNT,
  topics,
  data: encodeAbiParameters([{ type: "uint256" }], [13_413n]),
  logIndex: 4,
};

describe("eventOf", () => {
  it("keeps an event of a contract that is not ours as it is", () => {
    expect(eventOf(log, undefined)).toMatchObject({ contract: undefined, decoded: undefined, topics, data: log.data });
  });

  it("keeps an event that the ABI of its contract does not have as it is", () => {
    const [first, ...rest] = topics;
    const foreign = { ...log, topics: [`${first.slice(0, -2)}00` as Hex, ...rest] as [Hex, ...Hex[]] };
    expect(eventOf(foreign, known)).toMatchObject({ contract: "Ledger", decoded: undefined });
  });

  it("names the arguments of ours, with their types", () => {
    expect(eventOf(log, known).decoded).toEqual({
      name: "Deposited",
      args: expect.arrayContaining([
        { name: "account", type: "address", value: ACCOUNT },
        { name: "amount", type: expect.stringMatching(/^uint/), value: 13_413n },
      ]),
    });
  });
});

describe("textOf", () => {
  it("writes every digit, in structs too", () => {
    expect(textOf(2n ** 100n)).toBe("1267650600228229401496703205376");
    expect(textOf({ most: 2n ** 100n, ids: [1n] })).toBe(
      '{ "most": "1267650600228229401496703205376", "ids": [ "1" ] }',
    );
  });
});
