import type { Address, Hex, TypedDataDomain } from "viem";
import { getAddress, isAddress, isHex, recoverTypedDataAddress, size } from "viem";
import { asSentence, type Sentence } from "./error-sentences.ts";

/**
 * What a deal's session key signs so that a provider takes the bytes of one piece. Presented as `Authorization: Bearer <token>`.
 * The provider, the market and the chain are part of it, so that it opens nothing else.
 */
export type UploadGrant = {
  /** `DealMarket` that made the deal. */
  market: Address;
  dealId: bigint;
  provider: Address;
  /** Merkle root of the piece. */
  root: Hex;
  /** Exact length of the piece's CAR. Bytes. */
  sizeBytes: bigint;
  /** Unix seconds in the time of the chain, from which the provider refuses it. */
  expiresAt: bigint;
};

/** EIP-712 type of an upload grant. */
export const UPLOAD_TYPES = {
  Upload: [
    { name: "market", type: "address" },
    { name: "dealId", type: "uint256" },
    { name: "provider", type: "address" },
    { name: "root", type: "bytes32" },
    { name: "sizeBytes", type: "uint256" },
    { name: "expiresAt", type: "uint256" },
  ],
} as const;

/** EIP-712 domain of upload grants. No contract checks them, so there is no verifying contract. */
export function uploadDomain(chainId: number) {
  return { name: "4EVER Upload", version: "1", chainId } as const satisfies TypedDataDomain;
}

/** Typed data of a grant, ready for `signTypedData`. */
export function uploadTypedData(chainId: number, grant: UploadGrant) {
  return { domain: uploadDomain(chainId), types: UPLOAD_TYPES, primaryType: "Upload", message: grant } as const;
}

/** Anything that signs EIP-712 data: a viem local account, or a wallet wrapped in one function. */
export type UploadSigner = {
  signTypedData(data: ReturnType<typeof uploadTypedData>): Promise<Hex>;
};

/** Signs a grant with the deal's session key, and returns the bearer token. */
export async function signUpload(signer: UploadSigner, chainId: number, grant: UploadGrant): Promise<string> {
  return encodeUploadToken(grant, await signer.signTypedData(uploadTypedData(chainId, grant)));
}

/** The token is malformed; nothing is known of who made it. */
export class UploadTokenMalformed extends Error {
  override readonly name = "UploadTokenMalformed";
}

/** Bearer token of a signed grant: base64url of JSON with decimal strings. */
export function encodeUploadToken(grant: UploadGrant, signature: Hex): string {
  const { market, dealId, provider, root, sizeBytes, expiresAt } = grant;
  const json = JSON.stringify({
    market,
    dealId: dealId.toString(),
    provider,
    root,
    sizeBytes: sizeBytes.toString(),
    expiresAt: expiresAt.toString(),
    signature,
  });
  return btoa(json).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const MAX_TOKEN_CHARACTERS = 2_048;

/** Reads a bearer token without checking who signed it. Throws `UploadTokenMalformed`. */
export function decodeUploadToken(token: string): { grant: UploadGrant; signature: Hex } {
  if (token.length > MAX_TOKEN_CHARACTERS) throw new UploadTokenMalformed("the token is too long");
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(atob(token.replaceAll("-", "+").replaceAll("_", "/")));
  } catch (cause) {
    throw new UploadTokenMalformed("the token is not base64url of JSON", { cause });
  }
  if (typeof fields !== "object" || fields === null) throw new UploadTokenMalformed("the token is not an object");

  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== "string") throw new UploadTokenMalformed(`${name} is missing`);
    return value;
  };
  const uint = (name: string): bigint => {
    const value = text(name);
    if (!/^\d{1,78}$/.test(value)) throw new UploadTokenMalformed(`${name} is not a decimal number`);
    return BigInt(value);
  };
  const address = (name: string): Address => {
    const value = text(name);
    if (!isAddress(value, { strict: false })) throw new UploadTokenMalformed(`${name} is not an address`);
    return getAddress(value);
  };
  const hex = (name: string, bytes: number): Hex => {
    const value = text(name);
    if (!isHex(value) || size(value) !== bytes) throw new UploadTokenMalformed(`${name} is not ${bytes} bytes of hex`);
    return value.toLowerCase() as Hex;
  };
  return {
    grant: {
      market: address("market"),
      dealId: uint("dealId"),
      provider: address("provider"),
      root: hex("root", 32),
      sizeBytes: uint("sizeBytes"),
      expiresAt: uint("expiresAt"),
    },
    signature: hex("signature", 65),
  };
}

/** Account that signed a grant. Throws `UploadTokenMalformed` when the signature is of nobody. */
export async function recoverUploader(chainId: number, grant: UploadGrant, signature: Hex): Promise<Address> {
  try {
    return await recoverTypedDataAddress({ ...uploadTypedData(chainId, grant), signature });
  } catch (cause) {
    throw new UploadTokenMalformed("the signature is of nobody", { cause });
  }
}

/**
 * How far a piece is at the provider: `absent` nothing came yet, `receiving` parts are missing, `verifying` all parts are there,
 * `refused` the bytes are not what was declared (a new upload starts over), `held` checked and kept, `added` under proof on chain.
 */
export type PieceState = "absent" | "receiving" | "verifying" | "refused" | "held" | "added";

/** Answer of `GET` on a piece. Byte ranges are [from, to), in rising order, without overlap. */
export type UploadStatus = {
  dealId: string;
  root: Hex;
  state: PieceState;
  /** Declared length. Bytes. */
  sizeBytes: number;
  received: [from: number, to: number][];
  /** Why the bytes were refused (`state` is `refused`), or why pieces that are held could not be put under proof (`held`). */
  error?: UploadProblem;
};

/** What went wrong, for machines (`code`), for people (`message`), and what to do about it (`hint`). */
export type UploadProblem = { code: UploadErrorCode; message: string; hint: string };

/** Codes of every refusal of a provider's ingest. */
export type UploadErrorCode =
  | "token_missing"
  | "token_malformed"
  | "token_foreign"
  | "token_expired"
  | "deal_unknown"
  | "deal_foreign"
  | "deal_over"
  | "piece_unexpected"
  | "size_mismatch"
  | "size_exceeds_capacity"
  | "size_exceeds_disk"
  | "part_out_of_range"
  | "part_too_large"
  | "part_length_unknown"
  | "part_truncated"
  | "part_busy"
  | "upload_incomplete"
  | "upload_closed"
  | "car_invalid"
  | "car_blocks_missing"
  | "root_mismatch"
  | "leaf_count_mismatch"
  | "cid_mismatch"
  | "pieces_invalid"
  | "pieces_signature_foreign"
  | "pieces_nonce_used"
  | "pieces_refused"
  | "rate_limited"
  | "standby"
  | "internal";

/** A provider refused an upload, with its reason. */
export class UploadRefused extends Error {
  override readonly name = "UploadRefused";
  readonly status: number;
  readonly code: UploadErrorCode;
  readonly hint: string;

  constructor(status: number, { code, message, hint }: UploadProblem) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** What a provider's refusal says to a person: its reasons are fragments for logs. */
export function refusalSentence({ message, hint }: UploadRefused): Sentence {
  return { message: `The provider refused: ${asSentence(message)}`, hint: asSentence(hint) };
}

/** Largest part that a provider takes in one `PUT`. Bytes. */
export const MAX_PART_BYTES = 64 * 2 ** 20;

/** Answer of `GET /` at a provider's endpoint: who answers, and where its content is read. */
export type KeeperInfo = {
  chainId: number;
  market: Address;
  provider: Address;
  operator: Address;
  /** Where hosted content is read; `{cid}` stands for a CIDv1 in base32. */
  contentUrl: string;
  maxPartBytes: number;
};
