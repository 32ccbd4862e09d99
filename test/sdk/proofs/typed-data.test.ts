import {
  concat,
  encodeAbiParameters,
  type Hex,
  hashTypedData,
  keccak256,
  parseAbiParameters,
  recoverTypedDataAddress,
  stringToHex,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { hashFirstPiece, type Piece, piecesTypedData } from "../../../sdk/src/proofs/typed-data.ts";

const PIECES: Piece[] = [1, 2].map((i) => ({
  root: `0x${`${i}a`.repeat(32)}` as Hex,
  leafCount: i * 1_000_003,
  cidDigest: `0x${`${i}c`.repeat(32)}` as Hex,
}));
const REQUEST = {
  chainId: 31_337,
  proofs: "0x00000000000000000000000000000000000000a1",
  market: "0x00000000000000000000000000000000000000b2",
  dealId: 12n,
  nonce: 3n,
} as const;
const PIECE_TYPE = "Piece(bytes32 root,uint40 leafCount,bytes32 cidDigest)";
const PIECES_TYPE = `Pieces(address market,uint256 dealId,Piece[] pieces,uint256 nonce)${PIECE_TYPE}`;
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const hashOf = (text: string) => keccak256(stringToHex(text));

describe("piecesTypedData", () => {
  it("hashes as EIP-712 says, spelled out by hand", () => {
    const words = parseAbiParameters("bytes32, bytes32, uint40, bytes32");
    const hashes = PIECES.map(({ root, leafCount, cidDigest }) =>
      keccak256(encodeAbiParameters(words, [hashOf(PIECE_TYPE), root, leafCount, cidDigest])),
    );
    const struct = keccak256(
      encodeAbiParameters(parseAbiParameters("bytes32, address, uint256, bytes32, uint256"), [
        hashOf(PIECES_TYPE),
        REQUEST.market,
        REQUEST.dealId,
        keccak256(concat(hashes)),
        REQUEST.nonce,
      ]),
    );
    const domain = keccak256(
      encodeAbiParameters(parseAbiParameters("bytes32, bytes32, bytes32, uint256, address"), [
        hashOf(DOMAIN_TYPE),
        hashOf("PossessionProofs"),
        hashOf("1"),
        31_337n,
        REQUEST.proofs,
      ]),
    );
    const expected = keccak256(concat(["0x1901", domain, struct]));
    expect(hashTypedData(piecesTypedData({ ...REQUEST, pieces: PIECES }))).toBe(expected);
  });

  it("is what an account signs", async () => {
    const account = mnemonicToAccount("test test test test test test test test test test test junk");
    const data = piecesTypedData({ ...REQUEST, pieces: PIECES });
    const signature = await account.signTypedData(data);
    expect(await recoverTypedDataAddress({ ...data, signature })).toBe(account.address);
  });
});

describe("hashFirstPiece", () => {
  it("is keccak256 of the three words", () => {
    const { root, leafCount, cidDigest } = PIECES[0] as Piece;
    const word: Hex = `0x${leafCount.toString(16).padStart(64, "0")}`;
    expect(hashFirstPiece(PIECES[0] as Piece)).toBe(keccak256(concat([root, word, cidDigest])));
  });
});
