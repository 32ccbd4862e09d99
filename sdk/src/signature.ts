// The words of an ECDSA signature, as contracts take them. viem's parser of it brings the whole curve along, which no browser needs for that.
import { type Hex, hexToNumber, size, slice } from "viem";

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
