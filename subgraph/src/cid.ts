import { Bytes } from "@graphprotocol/graph-ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
/** CIDv1, dag-pb, SHA2-256, 32 bytes of digest. */
const PREFIX = Bytes.fromHexString("0x01701220");

/** CIDv1 of a dag-pb node in base32, as gateways show it. @see https://github.com/multiformats/cid */
export function cidOf(digest: Bytes): string {
  const bytes = PREFIX.concat(digest);
  let text = "b";
  let bits: u32 = 0;
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    bits = (bits << 8) | bytes[i];
    count += 8;
    while (count >= 5) {
      count -= 5;
      text += ALPHABET.charAt((bits >> count) & 31);
    }
  }
  if (count > 0) text += ALPHABET.charAt((bits << (5 - count)) & 31);
  return text;
}
