import {
  createCipheriv,
  createDecipheriv,
  pbkdf2,
  randomBytes,
  randomUUID,
  scrypt,
  timingSafeEqual,
} from "node:crypto";
import { promisify } from "node:util";
import { type Hex, hexToBytes, keccak256, type LocalAccount, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { z } from "zod";

const derive = promisify<string | Buffer, Buffer, number, object, Buffer>(scrypt);
const derivePbkdf2 = promisify(pbkdf2);

const hexText = z.string().regex(/^([0-9a-f]{2})+$/i);
const schema = z.object({
  version: z.literal(3),
  crypto: z.object({
    cipher: z.literal("aes-128-ctr"),
    ciphertext: hexText,
    cipherparams: z.object({ iv: hexText }),
    kdf: z.enum(["scrypt", "pbkdf2"]),
    kdfparams: z.looseObject({ dklen: z.literal(32), salt: hexText }),
    mac: hexText,
  }),
});
const scryptParams = z.object({ n: z.int().max(2 ** 20), r: z.int().max(64), p: z.int().max(64) });
const pbkdf2Params = z.object({ c: z.int().max(10_000_000), prf: z.literal("hmac-sha256") });

/** The keystore cannot be opened. */
export class KeystoreError extends Error {
  override readonly name = "KeystoreError";
}

/**
 * Encrypts a private key as Web3 Secret Storage, version 3.
 * @param cost scrypt's N; 2^17 as other wallets have it. Tests take less.
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
export async function encryptKeystore(privateKey: Hex, password: string, cost = 2 ** 17): Promise<string> {
  const [salt, iv] = [randomBytes(32), randomBytes(16)];
  const key = await derive(password, salt, 32, scryptOptions({ n: cost, r: 8, p: 1 }));
  const cipher = createCipheriv("aes-128-ctr", key.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(hexToBytes(privateKey)), cipher.final()]);
  const account = privateKeyToAccount(privateKey);
  const keystore = {
    version: 3,
    id: randomUUID(),
    address: account.address.slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      ciphertext: ciphertext.toString("hex"),
      cipherparams: { iv: iv.toString("hex") },
      kdf: "scrypt",
      kdfparams: { dklen: 32, n: cost, r: 8, p: 1, salt: salt.toString("hex") },
      mac: macOf(key, ciphertext).toString("hex"),
    },
  };
  return `${JSON.stringify(keystore, null, 2)}\n`;
}

/** Opens a keystore of version 3, ours or another wallet's. Throws `KeystoreError`. */
export async function decryptKeystore(text: string, password: string): Promise<LocalAccount> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new KeystoreError("the keystore is not JSON", { cause });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new KeystoreError(`the keystore is not of version 3: ${z.prettifyError(parsed.error)}`);
  const { crypto } = parsed.data;
  const key = await keyOf(crypto.kdf, crypto.kdfparams, password);
  const ciphertext = Buffer.from(crypto.ciphertext, "hex");
  const mac = Buffer.from(crypto.mac, "hex");
  const expected = macOf(key, ciphertext);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
    throw new KeystoreError("the password is wrong");
  const decipher = createDecipheriv("aes-128-ctr", key.subarray(0, 16), Buffer.from(crypto.cipherparams.iv, "hex"));
  return privateKeyToAccount(toHex(Buffer.concat([decipher.update(ciphertext), decipher.final()])));
}

async function keyOf(kdf: "scrypt" | "pbkdf2", params: { salt: string }, password: string): Promise<Buffer> {
  const salt = Buffer.from(params.salt, "hex");
  try {
    if (kdf === "scrypt") return await derive(password, salt, 32, scryptOptions(scryptParams.parse(params)));
    return await derivePbkdf2(password, salt, pbkdf2Params.parse(params).c, 32, "sha256");
  } catch (cause) {
    throw new KeystoreError("the keystore's key derivation has parameters that are not supported", { cause });
  }
}

function scryptOptions({ n, r, p }: { n: number; r: number; p: number }) {
  return { N: n, r, p, maxmem: 256 * n * r };
}

function macOf(key: Buffer, ciphertext: Buffer): Buffer {
  return Buffer.from(hexToBytes(keccak256(Buffer.concat([key.subarray(16, 32), ciphertext]))));
}
