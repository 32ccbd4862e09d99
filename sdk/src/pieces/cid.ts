import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import type { Hex } from "viem";
import { PieceError } from "./errors.ts";

/** Multicodec codes. @see https://github.com/multiformats/multicodec/blob/master/table.csv */
export const DAG_PB = 0x70;
export const RAW = 0x55;
export const SHA2_256 = 0x12;

/**
 * The `bytes32` under which a piece's CID is on chain: the sha2-256 digest of its root block.
 * Throws `CidUnsupported` for anything but a CIDv1 with dag-pb and sha2-256.
 */
export function cidToDigest(cid: CID | string): Hex {
  return `0x${bytesToHex(parseRootCid(cid).multihash.digest)}`;
}

/** The dag-pb CIDv1 for a digest that is on chain. Throws `CidUnsupported` for anything but 32 bytes. */
export function digestToCid(digest: Hex): CID {
  if (!/^0x[0-9a-f]{64}$/i.test(digest)) {
    throw new PieceError("CidUnsupported", { cid: digest, problem: "a digest has 32 bytes in hexadecimal" });
  }
  return CID.createV1(DAG_PB, createDigest(SHA2_256, hexToBytes(digest.slice(2))));
}

/** A piece's root from text or CID. Throws `CidUnsupported` for anything but a CIDv1 with dag-pb and sha2-256. */
export function parseRootCid(cid: CID | string): CID {
  const parsed = typeof cid === "string" ? parse(cid) : cid;
  const problem = cidProblem(parsed, [DAG_PB]);
  if (problem !== undefined) throw new PieceError("CidUnsupported", { cid: parsed.toString(), problem });
  return parsed;
}

/** Why a CID does not fit into a piece, or undefined when it does. */
export function cidProblem(cid: CID, codecs: readonly number[] = [DAG_PB, RAW]): string | undefined {
  if (cid.version !== 1) return "it is a CIDv0";
  if (!codecs.includes(cid.code)) return `codec 0x${cid.code.toString(16)}`;
  if (cid.multihash.code !== SHA2_256) return `hash function 0x${cid.multihash.code.toString(16)}`;
  if (cid.multihash.size !== 32) return `a digest of ${cid.multihash.size} bytes`;
  return undefined;
}

function parse(text: string): CID {
  try {
    return CID.parse(text);
  } catch (cause) {
    throw new PieceError(
      "CidUnsupported",
      { cid: text, problem: "it is no CID in base32, base36 or base58" },
      { cause },
    );
  }
}
