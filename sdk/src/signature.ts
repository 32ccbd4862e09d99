// The words of an ECDSA signature, as contracts take them. viem's parser of it brings the whole curve along, which no browser needs for that.
import { concat, type Hex, hexToNumber, size, slice, toHex } from "viem";

/** The three parts of a signature. `yParity` 0 or 1. */
export interface SignatureWords {
  r: Hex;
  s: Hex;
  yParity: 0 | 1;
}

/** Takes a signature of 65 bytes apart. Undefined when it is none: a contract's own kind of signature, for example. */
export function signatureWords(signature: Hex): SignatureWords | undefined {
  if (size(signature) !== 65) return undefined;
  const v = hexToNumber(slice(signature, 64));
  const yParity = v < 27 ? v : v - 27; // wallets give 27 and 28, some devices 0 and 1
  if (yParity !== 0 && yParity !== 1) return undefined;
  return { r: slice(signature, 0, 32), s: slice(signature, 32, 64), yParity };
}

/** Order of the group of secp256k1. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY = 2n ** 255n;

/** A signature in its one short form (EIP-2098): `vs` is s in the lower half, with the parity as its highest bit. */
export interface CompactSignature {
  r: Hex;
  vs: Hex;
}

/**
 * Shortens a signature of 65 bytes. Its mirror image, with s in the upper half, is turned back: contracts refuse that form, which some
 * signing devices give. Undefined when it is no signature of 65 bytes, or its s is no number of the group.
 */
export function compactSignature(signature: Hex): CompactSignature | undefined {
  const words = signatureWords(signature);
  if (!words) return undefined;
  const s = BigInt(words.s);
  if (s === 0n || s >= N) return undefined;
  const isMirrored = s > N / 2n;
  const isOdd = (words.yParity === 1) !== isMirrored;
  return { r: words.r, vs: toHex((isMirrored ? N - s : s) + (isOdd ? PARITY : 0n), { size: 32 }) };
}

/** The 65 bytes of a short signature. Undefined when s is in the upper half, as contracts see it. */
export function expandedSignature({ r, vs }: CompactSignature): Hex | undefined {
  const s = BigInt(vs) % PARITY;
  if (s > N / 2n) return undefined;
  return concat([r, toHex(s, { size: 32 }), BigInt(vs) < PARITY ? "0x1b" : "0x1c"]);
}
