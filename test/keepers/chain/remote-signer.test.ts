import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Hex,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  serializeSignature,
  serializeTransaction,
} from "viem";
import { privateKeyToAccount, sign } from "viem/accounts";
import { afterEach, describe, expect, it } from "vitest";
import { createRemoteSigner } from "../../../keepers/src/chain/remote-signer.ts";

const KEY: Hex = `0x${"4e".repeat(32)}`;
const OTHER: Hex = `0x${"5f".repeat(32)}`;
const { address, publicKey } = privateKeyToAccount(KEY);
const CALL = {
  type: "eip1559",
  chainId: 31_337,
  to: `0x${"11".repeat(20)}`,
  data: "0x1234",
  nonce: 7,
  gas: 100_000n,
  maxFeePerGas: 3n,
  maxPriorityFeePerGas: 1n,
} as const;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void | Promise<void>;

/**
 * A signer as Web3Signer's API for `eth1` describes it: keys as bare hex of 64 bytes, signatures as text `r || s || v` with v of 27 or 28
 * over the Keccak-256 hash of `data`. `answers` makes some of its paths misbehave.
 */
async function startSigner(answers: { sign?: Answer; keys?: Answer } = {}) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    asked.push(`${request.method} ${request.url}`);
    const text = (answer: string, status = 200) =>
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(answer);
    if (request.url === "/upcheck") return void text("OK");
    if (request.url === "/api/v1/eth1/publicKeys") {
      if (answers.keys) return void (await answers.keys(request, response, body));
      const keys = [privateKeyToAccount(OTHER).publicKey, publicKey].map((key) => `0x${key.slice(4)}`);
      return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(keys));
    }
    if (request.url !== `/api/v1/eth1/sign/0x${publicKey.slice(4)}`) return void text("", 404);
    if (answers.sign) return void (await answers.sign(request, response, body));
    text(await signatureOf((JSON.parse(body) as { data: Hex }).data, KEY));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, signer: await createRemoteSigner({ url, address, timeoutMs: 1_000 }) };
}

async function signatureOf(data: Hex, privateKey: Hex): Promise<Hex> {
  return serializeSignature(await sign({ hash: keccak256(data), privateKey }));
}

const dataOf = (body: string) => (JSON.parse(body) as { data: Hex }).data;

describe("a remote signer", () => {
  it.each<[string, { sign?: Answer; keys?: Answer }, RegExp]>([
    [
      "has other keys only",
      { keys: (_, to) => void to.end(JSON.stringify([`0x${"ab".repeat(64)}`])) },
      /has no key of/,
    ],
    ["tells its keys as no JSON", { keys: (_, to) => void to.end("<html>") }, /something else than JSON/],
    [
      "signs with another key",
      { sign: async (_, to, body) => void to.end(await signatureOf(dataOf(body), OTHER)) },
      /is not one of/,
    ],
    [
      "signs another transaction",
      {
        sign: async (_, to) =>
          void to.end(await signatureOf(serializeTransaction({ ...CALL, to: `0x${"66".repeat(20)}` }), KEY)),
      },
      /is not one of/,
    ],
    ["answers with no signature", { sign: (_, to) => void to.end("0x1234") }, /no signature of 65 bytes/],
    ["answers without end", { sign: (_, to) => void to.write("a".repeat(100_000)) }, /more than 1024 bytes/],
    ["never answers", { sign: () => undefined }, /no answer in 1000 ms/],
    ["refuses", { sign: (_, to) => void to.writeHead(403).end("not on the list") }, /answered 403.*not on the list/],
    ["fails", { sign: (_, to) => void to.writeHead(500).end() }, /answered 500/],
    ["breaks off", { sign: (_, to) => void to.destroy() }, /does not answer/],
  ])("that %s signs nothing", async (_, answers, message) => {
    const { signer } = await startSigner(answers);
    const failed = signer.signTransaction(CALL);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ name: "SignerFailed" });
  });

  it("answers with the upper half of the curve, which nodes refuse, signs nothing", async () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const { signer } = await startSigner({
      sign: async (_, response, body) => {
        const { r, s, v } = await sign({ hash: keccak256(dataOf(body)), privateKey: KEY });
        const upper = (order - BigInt(s)).toString(16).padStart(64, "0");
        response.end(`${r}${upper}${v === 27n ? "1c" : "1b"}`);
      },
    });
    await expect(signer.signTransaction(CALL)).rejects.toThrow("is not one of");
  });

  it("that is not there is said to be unreachable", async () => {
    const signer = await createRemoteSigner({ url: "http://127.0.0.1:1", address, timeoutMs: 1_000 });
    await expect(signer.signTransaction(CALL)).rejects.toMatchObject({ name: "SignerFailed", kind: "unreachable" });
  });

  it("signs exactly the transaction it is given, with the key that is the account's", async () => {
    const { signer, asked } = await startSigner();
    const signed = await signer.signTransaction(CALL);
    expect(await recoverTransactionAddress({ serializedTransaction: signed as `0x02${string}` })).toBe(address);
    expect(parseTransaction(signed)).toMatchObject(CALL);
    expect(await privateKeyToAccount(KEY).signTransaction(CALL)).toBe(signed);
    await signer.signTransaction({ ...CALL, nonce: 8 });
    expect(asked.filter((line) => line.startsWith("GET"))).toHaveLength(1); // the keys are asked for once
  });

  it("is found to be well when it is", async () => {
    const { signer, asked } = await startSigner();
    await signer.probe();
    expect(asked[0]).toBe("GET /upcheck");
  });
});
