import { describe, expect, it } from "vitest";
import { digestToCid } from "../../../sdk/src/pieces/cid.ts";
import { digestOfCid, parseSearch } from "../../../sdk/src/subgraph/search.ts";

const ADDRESS = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";
const HASH = `0x${"ab".repeat(32)}` as const;
const V1 = "bafybeidh3ejkyip4od6xblbvxjmphlhdd6jbnpbdwpjayxuunyisd55vha";

describe("parseSearch", () => {
  it.each(["hello", "0x12", `${ADDRESS}00`, "bafy123", "-5", "deal five", "1.5"])(
    "takes %j for nothing it knows",
    (text) => {
      expect(parseSearch(text)).toEqual({ kind: "unknown", text });
    },
  );

  it.each(["", "   "])("takes %j for no question", (text) => {
    expect(parseSearch(text)).toBeUndefined();
  });

  it.each([ADDRESS, ADDRESS.slice(2), ` ${ADDRESS.toUpperCase().replace("0X", "0x")} `])(
    "knows the address %j",
    (text) => {
      expect(parseSearch(text)).toEqual({ kind: "address", address: ADDRESS.toLowerCase() });
    },
  );

  it.each([HASH, HASH.slice(2), HASH.toUpperCase().replace("0X", "0x")])("knows the hash %j", (text) => {
    expect(parseSearch(text)).toEqual({ kind: "hash", hash: HASH });
  });

  it("knows the id of a proving set", () => {
    const id = `${ADDRESS.toLowerCase()}00000001`;
    expect(parseSearch(id)).toEqual({ kind: "set", id });
  });

  it.each<[string, object]>([
    ["5", { number: 5n }],
    ["#5", { number: 5n }],
    ["deal 5", { number: 5n, of: "deal" }],
    ["Deal #5", { number: 5n, of: "deal" }],
    ["set 3", { number: 3n, of: "set" }],
    ["period 120", { number: 120n, of: "round" }],
    ["round 120", { number: 120n, of: "round" }],
  ])("reads %j as a number", (text, expected) => {
    expect(parseSearch(text)).toEqual({ kind: "number", ...expected });
  });

  it("reads a deal's key as the hash that the index keeps the deal under", () => {
    const key = (BigInt(ADDRESS) << 96n) | 5n;
    expect(parseSearch(key.toString())).toEqual({
      kind: "hash",
      hash: `${ADDRESS.toLowerCase()}000000000000000000000005`,
    });
  });

  it.each([V1, `ipfs://${V1}`, `/ipfs/${V1}/`])("knows the CID in %j", (text) => {
    expect(parseSearch(text)).toMatchObject({ kind: "cid", digest: digestOfCid(V1) });
  });

  it("knows a CID of version 0 as the content of its version 1", () => {
    const v0 = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
    const sought = parseSearch(v0);
    if (sought?.kind !== "cid") throw new Error("not a CID");
    expect(digestToCid(sought.digest).toV0().toString()).toBe(v0);
  });
});
