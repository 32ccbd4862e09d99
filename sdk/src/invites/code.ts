// An invitation as text: a code in base64url of fixed fields, then the proof. It has no network in it: the issuer's signature has.
import { bytesToHex, bytesToNumber, concatBytes, getAddress, hexToBytes, numberToBytes } from "viem";
import type { Deployment } from "../deployments.ts";
import { type Invite, inviteDomainOf, inviteMalformed, isSent, requireSigned } from "./invite.ts";

/** First byte: whether the invitation has a key, and whether its issuer signed it or sent its batch. */
const KINDS = { named: 1, keyed: 2, sentNamed: 3, sentKeyed: 4 } as const;
const KEY_BYTES = 32;
const NODE_BYTES = 32;
const SIGNATURE_BYTES = 65;
/** Kind, issuer, nonce, expiry, count, index and invitee. */
const FIXED_BYTES = 1 + 20 + 8 + 5 + 4 + 4 + 20;
/** A batch of 2^32. */
const MAX_PROOF = 32;
/** Longest text that is looked at. */
const MAX_TEXT = 4_096;
const FRAGMENT = "invite";

function kindOf(isBatchSent: boolean, isKeyed: boolean): number {
  if (isBatchSent) return isKeyed ? KINDS.sentKeyed : KINDS.sentNamed;
  return isKeyed ? KINDS.keyed : KINDS.named;
}

/** An invitation in one line of letters and digits. Whoever has that of an open invitation can use it. */
export function encodeInvite({ key, ...invite }: Invite): string {
  const bytes = concatBytes([
    Uint8Array.of(kindOf(isSent(invite), key !== undefined)),
    hexToBytes(invite.issuer),
    numberToBytes(invite.nonce, { size: 8 }),
    numberToBytes(invite.expiresAt, { size: 5 }),
    numberToBytes(invite.count, { size: 4 }),
    numberToBytes(invite.index, { size: 4 }),
    hexToBytes(invite.invitee),
    hexToBytes(invite.signature),
    hexToBytes(key ?? "0x"),
    ...invite.proof.map((node) => hexToBytes(node)),
  ]);
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Where a dashboard takes an invitation. It stands behind `#`, which browsers do not send to servers. */
export function inviteLink(dashboard: string, code: string): string {
  return new URL(`/provide/#${FRAGMENT}=${code}`, dashboard).href;
}

/** The code in a link, or in a text that is one; undefined when there is none. */
export function inviteCodeIn(text: string): string | undefined {
  const trimmed = text.trim();
  const hash = trimmed.indexOf("#");
  const code = hash < 0 ? trimmed : new URLSearchParams(trimmed.slice(hash + 1)).get(FRAGMENT);
  return code || undefined;
}

/** Reads a code or a link, without asking who signed it. Throws `ProtocolError` for what is none. */
export function parseInvite(text: string): Invite {
  const code = inviteCodeIn(text);
  if (!code || code.length > MAX_TEXT || !/^[\w-]+$/.test(code)) throw inviteMalformed("This is not an invitation.");
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw inviteMalformed("This is not an invitation.", cause);
  }
  const [kind] = bytes;
  if (!Object.values<number | undefined>(KINDS).includes(kind)) throw inviteMalformed("This is not an invitation.");
  const keyBytes = kind === KINDS.keyed || kind === KINDS.sentKeyed ? KEY_BYTES : 0;
  const signatureBytes = kind === KINDS.named || kind === KINDS.keyed ? SIGNATURE_BYTES : 0;
  const nodes = (bytes.length - FIXED_BYTES - signatureBytes - keyBytes) / NODE_BYTES;
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > MAX_PROOF)
    throw inviteMalformed("The invitation is incomplete.");

  let at = 1;
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const issuer = getAddress(bytesToHex(take(20)));
  const nonce = BigInt(bytesToHex(take(8)));
  const [expiresAt, count, index] = [take(5), take(4), take(4)].map((field) => bytesToNumber(field));
  const invitee = getAddress(bytesToHex(take(20)));
  const signature = bytesToHex(take(signatureBytes));
  const key = keyBytes > 0 ? { key: bytesToHex(take(keyBytes)) } : {};
  const proof = Array.from({ length: nodes }, () => bytesToHex(take(NODE_BYTES)));
  return {
    issuer,
    nonce,
    expiresAt: expiresAt ?? 0,
    count: count ?? 0,
    index: index ?? 0,
    invitee,
    proof,
    signature,
    ...key,
  };
}

/**
 * Reads a code or a link that somebody pasted. Throws `ProtocolError`; whether it is still good, and whether an issuer that signs nothing
 * has sent its batch, the registry knows.
 */
export async function decodeInvite(deployment: Deployment, text: string): Promise<Invite> {
  const invite = parseInvite(text);
  if (!isSent(invite)) await requireSigned(inviteDomainOf(deployment), invite);
  return invite;
}
