// Clients that lie, cheat or take for ever. Whatever they send, a keeper may refuse it or wait for more; it must never say that it holds it.
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import type { PieceState } from "../../sdk/src/uploads.ts";
import { type Actor, patience, tokenFor } from "./accounts.ts";
import type { Books } from "./books.ts";
import { type Content, makeContent } from "./contents.ts";
import { kindOf } from "./customers.ts";
import type { Seller, SoakNetwork } from "./network.ts";
import type { Random } from "./random.ts";

const REST_MS = 500;
const SLOW_BYTES_PER_SECOND = 1_024;
/** A slow one gives up after this; its connection breaks off in the middle of a part. */
const SLOW_MS = 15_000;

type Liar = { network: SoakNetwork; actor: Actor; random: Random; books: Books; signal: AbortSignal };
type Claim = { seller: Seller; dealId: bigint; content: Content };
type Answer = { status: number; state?: PieceState; code?: string };

const LIES = [
  "wrong bytes",
  "cut off",
  "another CAR",
  "changed token",
  "replayed token",
  "expired token",
  "part outside",
  "slow",
] as const;
type Lie = (typeof LIES)[number];

/** Lies until `signal` aborts. */
export async function liveAsLiar(liar: Liar): Promise<void> {
  const { random, books, signal } = liar;
  for (let i = 0; !signal.aborted; i++) {
    const lie = LIES[i % LIES.length] as Lie;
    try {
      books.count(`lie, ${lie}: ${await tell(liar, lie)}`);
    } catch (error) {
      if (!signal.aborted) books.count(`lie, ${lie}: failed (${kindOf(error)})`);
    }
    await delay(random.below(REST_MS), undefined, { signal }).catch(() => undefined);
  }
}

async function tell(liar: Liar, lie: Lie): Promise<string> {
  const { network, actor, random, books, signal } = liar;
  const { deployment, sellers } = network;
  const seller = random.pick(sellers);
  const content = await makeContent(random, 60_000);
  const { root, leafCount, cidDigest } = content;
  const { dealId } = await requestDeal(actor.client, {
    deployment,
    offerId: seller.offer.offerId,
    capacityBytes: 2n ** 20n,
    termPeriods: 2,
    firstPiece: { root, leafCount, cidDigest },
    signal: patience(signal),
  });
  const answers = await send(liar, lie, { seller, dealId, content });
  const taken = answers.find(({ state }) => state === "held" || state === "added");
  if (taken) books.breakPromise("a lie is never acknowledged", `${seller.name} took "${lie}" for deal ${dealId}`);
  const crash = answers.find(({ status }) => status === 500);
  if (crash) books.count(`lie, ${lie}: answered with 500`);
  const last = answers.at(-1);
  return last ? (last.code ?? last.state ?? `${last.status}`) : "broken off";
}

async function send({ network, actor, random, signal }: Liar, lie: Lie, claim: Claim): Promise<Answer[]> {
  const { content, seller, dealId } = claim;
  const token = await tokenFor(network, actor, seller, dealId, content);
  const whole = { token, from: 0, body: content.car };
  switch (lie) {
    case "wrong bytes": {
      const at = random.below(content.car.length);
      const body = content.car.map((byte, i) => (i === at ? byte ^ 1 : byte));
      return [await put(claim, { ...whole, body }, signal), await finalise(claim, token, signal)];
    }
    case "cut off":
      await put(claim, { ...whole, stopAfter: Math.floor(content.car.length / 2) }, signal).catch(() => undefined);
      return [await finalise(claim, token, signal)];
    case "another CAR": {
      const other = await makeContent(random, 60_000);
      const body = new Uint8Array(content.car.length);
      body.set(other.car.subarray(0, body.length));
      return [await put(claim, { ...whole, body }, signal), await finalise(claim, token, signal)];
    }
    case "changed token": {
      const fields = JSON.parse(Buffer.from(token, "base64url").toString()) as Record<string, string>;
      const sizeBytes = `${content.car.length + 128}`;
      const changed = Buffer.from(JSON.stringify({ ...fields, sizeBytes })).toString("base64url");
      return [await put(claim, { ...whole, token: changed }, signal)];
    }
    case "replayed token": {
      const others = network.sellers.filter((other) => other !== seller);
      return [await put({ ...claim, seller: random.pick(others) }, whole, signal)];
    }
    case "expired token": {
      const expired = await tokenFor(network, actor, seller, dealId, content, { expiresAt: 1n });
      return [await put(claim, { ...whole, token: expired }, signal)];
    }
    case "part outside":
      return [await put(claim, { ...whole, from: content.car.length - 1 }, signal)];
    case "slow": {
      const slowly = put(claim, { ...whole, bytesPerSecond: SLOW_BYTES_PER_SECOND }, signal).catch(() => undefined);
      const answer = await slowly;
      return answer ? [answer] : [];
    }
  }
}

type Part = { token: string; from: number; body: Uint8Array; stopAfter?: number; bytesPerSecond?: number };

const pathOf = ({ dealId, content }: Claim, rest = "") => `/deals/${dealId}/pieces/${content.root}${rest}`;

/** Sends one part as no well-behaved client would. Rejects when the connection broke. */
function put(
  claim: Claim,
  { token, from, body, stopAfter, bytesPerSecond }: Part,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/octet-stream",
      "content-length": body.length,
    };
    const url = new URL(`${pathOf(claim)}?from=${from}`, claim.seller.url);
    const call = request(url, { method: "PUT", headers, signal: patience(signal, 2 * SLOW_MS) }, async (response) => {
      const text = Buffer.concat(await response.toArray().catch(() => [])).toString();
      resolve(answerOf(response.statusCode ?? 0, text));
    });
    call.on("error", reject);
    if (bytesPerSecond !== undefined) void trickle(call, body, bytesPerSecond);
    else if (stopAfter !== undefined) call.write(body.subarray(0, stopAfter), () => call.destroy());
    else call.end(body);
  });
}

async function trickle(call: ReturnType<typeof request>, body: Uint8Array, bytesPerSecond: number): Promise<void> {
  const deadline = performance.now() + SLOW_MS;
  for (let at = 0; at < body.length && !call.destroyed; at += bytesPerSecond) {
    if (performance.now() > deadline) return void call.destroy();
    call.write(body.subarray(at, at + bytesPerSecond));
    await delay(1_000);
  }
  call.end();
}

async function finalise(claim: Claim, token: string, signal: AbortSignal): Promise<Answer> {
  const url = new URL(pathOf(claim, "/finalise"), claim.seller.url);
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, signal: patience(signal) });
  return answerOf(response.status, await response.text());
}

function answerOf(status: number, text: string): Answer {
  try {
    const { state, error } = JSON.parse(text) as { state?: PieceState; error?: { code?: string } };
    return { status, ...(state && { state }), ...(error?.code && { code: error.code }) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { status };
  }
}
