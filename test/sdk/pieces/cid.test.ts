import { CID } from "multiformats/cid";
import { describe, expect, it } from "vitest";
import { cidToDigest, digestToCid } from "../../../sdk/src/pieces/index.ts";

const DIRECTORY = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"; // the empty UnixFS directory
const DIGEST = "0x59948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef";

describe("cidToDigest", () => {
  it("refuses text that is no CID, version 0, other codecs and other hashes", () => {
    const { multihash } = CID.parse(DIRECTORY);
    const wrong = [
      "",
      "not a cid",
      "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
      "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
      CID.createV1(0x71, multihash),
      CID.createV1(0x70, { ...multihash, code: 0x1e }),
    ];
    for (const cid of wrong) {
      expect(() => cidToDigest(cid)).toThrow(expect.objectContaining({ name: "CidUnsupported" }));
    }
  });

  it("gives the digest of a dag-pb CIDv1, from text in any base and from a CID", () => {
    expect(cidToDigest(DIRECTORY)).toBe(DIGEST);
    expect(cidToDigest(CID.parse(DIRECTORY))).toBe(DIGEST);
  });
});

describe("digestToCid", () => {
  it("refuses what is not 32 bytes", () => {
    for (const digest of ["0x", "0x12", `${DIGEST}00`, `0x${"g".repeat(64)}`] as const) {
      expect(() => digestToCid(digest as `0x${string}`)).toThrow(expect.objectContaining({ name: "CidUnsupported" }));
    }
  });

  it("is the way back", () => {
    expect(digestToCid(DIGEST).toString()).toBe(DIRECTORY);
    expect(digestToCid(DIGEST.toUpperCase().replace("0X", "0x") as `0x${string}`).toString()).toBe(DIRECTORY);
  });
});
