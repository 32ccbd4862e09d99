import { readFile } from "node:fs/promises";
import { type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import {
  type Address,
  bytesToHex,
  type Hex,
  isHex,
  keccak256,
  type LocalAccount,
  parseSignature,
  recoverAddress,
  serializeTransaction,
  size,
  stringToHex,
} from "viem";
import { publicKeyToAddress, toAccount } from "viem/accounts";

/** Where a key is kept by somebody else. Files are PEM. */
export type RemoteSignerOptions = {
  /** Of a Web3Signer in its mode `eth1`, or of what speaks its HTTP API. */
  url: string;
  /** The account that signs: every answer is checked against it. */
  address: Address;
  tls?: { caFile?: string | undefined; certFile?: string | undefined; keyFile?: string | undefined } | undefined;
  timeoutMs: number;
};

/** The remote signer did not sign, or not what it was asked for. `message` says what and what to do. */
export class SignerFailed extends Error {
  override readonly name = "SignerFailed";
  readonly kind: "unreachable" | "refused" | "wrong";
  constructor(kind: SignerFailed["kind"], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

const MOST_BYTES = { signature: 1_024, keys: 2 ** 20 };
/** Nodes refuse the upper half of `s` (EIP-2). */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * An account whose key a remote signer holds. What is to be signed is serialised here and sent as bytes; what comes back is a signature,
 * which is used only when it is this account's over those very bytes: a signer can refuse, but it can put nothing else on chain.
 * @see https://consensys.github.io/web3signer/ `GET /upcheck`, `GET /api/v1/eth1/publicKeys`, `POST /api/v1/eth1/sign/{identifier}`
 */
export async function createRemoteSigner(
  options: RemoteSignerOptions,
): Promise<LocalAccount & { probe(): Promise<void> }> {
  const { url, address } = options;
  const call = await createCaller(options);
  let identifier: string | undefined;

  async function findKey(): Promise<string> {
    const text = await call("GET", "/api/v1/eth1/publicKeys", undefined, MOST_BYTES.keys);
    let keys: unknown;
    try {
      keys = JSON.parse(text);
    } catch (cause) {
      throw new SignerFailed("wrong", `${url} answers the question for its keys with something else than JSON`, cause);
    }
    const found = Array.isArray(keys) ? keys.find((key) => addressOf(key) === address) : undefined;
    if (typeof found === "string") return found;
    const message = `${url} has no key of ${address}. Load it there, or set signer.address to the account of one it has.`;
    throw new SignerFailed("refused", message);
  }

  /** Signs the hash of some bytes. Throws `SignerFailed`. */
  async function sign(data: Hex): Promise<Hex> {
    identifier ??= await findKey();
    const path = `/api/v1/eth1/sign/${encodeURIComponent(identifier)}`;
    const signature = (await call("POST", path, { data }, MOST_BYTES.signature)).trim();
    if (!isHex(signature) || size(signature) !== 65) {
      throw new SignerFailed("wrong", `${url} answered with no signature of 65 bytes`);
    }
    const signer = await recoverAddress({ hash: keccak256(data), signature }).catch(() => undefined);
    if (signer !== address || BigInt(parseSignature(signature).s) > HALF_ORDER) {
      const message = `${url} answered with a signature that is not one of ${address} over what it was asked to sign`;
      throw new SignerFailed("wrong", `${message}. Nothing was sent; look at whom you are talking to.`);
    }
    return signature;
  }

  const account = toAccount({
    address,
    async signTransaction(transaction, { serializer = serializeTransaction } = {}) {
      const signature = parseSignature(await sign((await serializer(transaction)) as Hex));
      return await serializer(transaction, signature);
    },
    async signMessage({ message }) {
      const raw = typeof message === "string" ? stringToHex(message) : message.raw;
      const body = typeof raw === "string" ? raw : bytesToHex(raw);
      return await sign(`${stringToHex(`\x19Ethereum Signed Message:\n${size(body)}`)}${body.slice(2)}`);
    },
    signTypedData() {
      throw new Error("a keeper signs no typed data");
    },
  }) as LocalAccount;

  return Object.assign(account, {
    /** Asks whether it is up, has the key, and signs with it. Throws `SignerFailed`. */
    async probe(): Promise<void> {
      await call("GET", "/upcheck", undefined, MOST_BYTES.keys);
      identifier = await findKey();
      await account.signMessage({ message: "4ever-keeper asks whether this key signs" });
    },
  });
}

function addressOf(key: unknown): Address | undefined {
  if (typeof key !== "string") return undefined;
  const hex = key.replace(/^0x/, "").padStart(130, "04");
  return /^04[0-9a-f]{128}$/i.test(hex) ? publicKeyToAddress(`0x${hex}`) : undefined;
}

type Caller = (method: "GET" | "POST", path: string, body: unknown, mostBytes: number) => Promise<string>;

async function createCaller({ url, tls, timeoutMs }: RemoteSignerOptions): Promise<Caller> {
  const base = new URL(url.endsWith("/") ? url : `${url}/`);
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file));
  const [ca, cert, key] = await Promise.all([read(tls?.caFile), read(tls?.certFile), read(tls?.keyFile)]);
  const request = base.protocol === "https:" ? requestHttps : requestHttp;

  return (method, path, body, mostBytes) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions & Record<string, unknown> = {
      method,
      signal: AbortSignal.timeout(timeoutMs), // for all of it: an answer that drips in is none
      headers:
        payload === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) },
      ...{ ca, cert, key },
    };
    const answered = Promise.withResolvers<string>();
    const fail = (cause: Error) => {
      const why =
        cause.name === "AbortError" || cause.name === "TimeoutError"
          ? `no answer in ${timeoutMs} ms`
          : cause.message.split("\n")[0];
      answered.reject(
        cause instanceof SignerFailed
          ? cause
          : new SignerFailed(
              "unreachable",
              `the signer at ${url} does not answer (${why}). Check that it runs.`,
              cause,
            ),
      );
    };
    const sent = request(new URL(`.${path}`, base), options, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > mostBytes)
          response.destroy(new SignerFailed("wrong", `${url} answers with more than ${mostBytes} bytes`));
        else parts.push(part);
      });
      response.once("error", fail);
      response.once("end", () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) return answered.resolve(text);
        const kind = (response.statusCode ?? 500) < 500 ? "refused" : "unreachable";
        const said = text.trim().slice(0, 200);
        answered.reject(
          new SignerFailed(
            kind,
            `${url} answered ${response.statusCode} to ${path.split("/").at(-2)}${said && `: ${said}`}`,
          ),
        );
      });
    });
    sent.once("error", fail);
    sent.end(payload);
    return answered.promise;
  };
}
