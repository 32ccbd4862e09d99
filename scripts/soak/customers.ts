// Ten customers who go on with their business while everything breaks: each does one thing after the other with the SDK, as the dashboard
// and the command do, and does it again when it failed.
import { setTimeout as delay } from "node:timers/promises";
import { parseUnits } from "viem";
import { renew, requestDeal } from "../../sdk/src/deal-actions.ts";
import { end } from "../../sdk/src/deal-ends.ts";
import { signPieces } from "../../sdk/src/deal-pieces.ts";
import { findRequest, getDeal } from "../../sdk/src/deals.ts";
import { deposit, withdraw } from "../../sdk/src/ledger.ts";
import { hashFirstPiece } from "../../sdk/src/proofs/typed-data.ts";
import { getBalance, getToken } from "../../sdk/src/tokens.ts";
import { submitPieces, uploadPiece, uploadStatus } from "../../sdk/src/upload-client.ts";
import { UploadRefused } from "../../sdk/src/uploads.ts";
import { type Actor, patience, tokenFor } from "./accounts.ts";
import type { Books } from "./books.ts";
import { type Content, makeContent } from "./contents.ts";
import type { Seller, SoakNetwork } from "./network.ts";
import type { Random } from "./random.ts";

const CAPACITY_BYTES = 2n * 2n ** 20n;
const MOST_DEALS = 3;
const UPLOAD_TRIES = 8;
const REST_MS = 1_500;
const UPLOAD_MS = 60_000;
/** Refusals that an honest customer must never get: the bytes were checked, and were what it had declared. */
const CHECKED = /^(car_invalid|car_blocks_missing|root_mismatch|leaf_count_mismatch|cid_mismatch|token_malformed)$/;

type Owned = { dealId: bigint; seller: Seller; first: Content; nonce: number };

type Customer = {
  network: SoakNetwork;
  actor: Actor;
  random: Random;
  books: Books;
  signal: AbortSignal;
  deals: Owned[];
};

/** Lives until `signal` aborts. Rejects for what is no failure of the network but a fault here. */
export async function liveAsCustomer(base: Omit<Customer, "deals">): Promise<void> {
  const customer: Customer = { ...base, deals: [] };
  const { random, signal } = customer;
  while (!signal.aborted) {
    await doSomething(customer);
    await delay(random.below(REST_MS), undefined, { signal }).catch(() => undefined);
  }
}

async function doSomething(customer: Customer): Promise<void> {
  const { deals, random } = customer;
  const owned = deals.length > 0 ? random.pick(deals) : undefined;
  const chance = random.below(100);
  if (!owned || (deals.length < MOST_DEALS && chance < 45)) return await tried(customer, "deploy", deploy);
  if (chance < 70) return await tried(customer, "add a piece", (one) => addPiece(one, owned));
  if (chance < 80) return await tried(customer, "renew", (one) => extend(one, owned));
  if (chance < 88) return await tried(customer, "end", (one) => finishDeal(one, owned));
  return await tried(customer, "move money", moveMoney);
}

/** Counts how it went. What fails is what chaos does; a customer tries something else. */
async function tried(customer: Customer, what: string, work: (customer: Customer) => Promise<string>): Promise<void> {
  const { books, signal } = customer;
  try {
    books.count(`${what}: ${await work(customer)}`);
  } catch (error) {
    if (signal.aborted) return;
    books.count(`${what}: failed (${kindOf(error)})`);
  }
}

/** A failure in a word or two, for counting. */
export function kindOf(error: unknown): string {
  if (error instanceof UploadRefused) return error.code;
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "ProtocolError" && "code" in error) return String(error.code);
  if (error.name === "TypeError" || error.name === "HttpRequestError") return "no connection";
  return error.name;
}

/** Asks for a deal for new content, uploads it, and leaves the rest to the provider. */
async function deploy(customer: Customer): Promise<string> {
  const { network, actor, random, signal, deals } = customer;
  const { deployment, sellers } = network;
  const seller = random.pick(sellers);
  const first = await makeContent(random);
  const { root, leafCount, cidDigest } = first;
  const firstPiece = { root, leafCount, cidDigest };
  const termPeriods = 8 + random.below(40);
  const dealId = await requestDeal(actor.client, {
    deployment,
    offerId: seller.offer.offerId,
    capacityBytes: CAPACITY_BYTES,
    termPeriods,
    firstPiece,
    signal: patience(signal),
  }).then(
    (sent) => sent.dealId,
    async (error: unknown) => {
      signal.throwIfAborted();
      // It may have been mined all the same: nobody pays twice without having looked.
      const { timestamp } = await network.client.getBlock();
      const request = { deployment, customer: actor.account.address, firstPieceHash: hashFirstPiece(firstPiece) };
      const found = await findRequest(actor.client, { ...request, nowAt: Number(timestamp) });
      if (found === undefined) throw error;
      return found;
    },
  );
  const owned = { dealId, seller, first, nonce: 0 };
  const outcome = await upload(customer, owned, first, true);
  if (outcome === "acknowledged") deals.push(owned);
  return outcome;
}

/** Uploads, and again after what passes, going on where it ended. */
async function upload(customer: Customer, owned: Owned, content: Content, isFirst: boolean): Promise<string> {
  const { network, actor, books, signal } = customer;
  const { seller, dealId } = owned;
  for (let attempt = 1; ; attempt++) {
    try {
      const status = await uploadPiece({
        endpoint: seller.url,
        dealId,
        root: content.root,
        token: await tokenFor(network, actor, seller, dealId, content),
        sizeBytes: content.car.length,
        partBytes: 64 * 1024,
        read: (from, to) => content.car.slice(from, to),
        signal: patience(signal, UPLOAD_MS),
      });
      if (status.state !== "held" && status.state !== "added") return status.state; // still being checked
      const ask = async () =>
        uploadStatus({
          endpoint: seller.url,
          dealId,
          root: content.root,
          token: await tokenFor(network, actor, seller, dealId, content),
        });
      const entry = {
        customer: actor.name,
        seller,
        dealId,
        content,
        firstRoot: owned.first.root,
        isFirst,
        isSigned: false,
        status: ask,
      };
      books.acknowledged.push(entry);
      return "acknowledged";
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UploadRefused && CHECKED.test(error.code)) {
        const what = `${seller.name} refused honest bytes of deal ${dealId} with ${error.code}: ${error.message}`;
        books.breakPromise("what is right is taken", what);
        throw error;
      }
      const isFinal =
        error instanceof UploadRefused &&
        error.status < 500 &&
        !/^(part_busy|part_truncated|rate_limited|deal_unknown|upload_incomplete)$/.test(error.code);
      if (isFinal || attempt >= UPLOAD_TRIES) throw error;
      books.count(`upload tried again (${kindOf(error)})`);
      await delay(1_000, undefined, { signal });
    }
  }
}

async function addPiece(customer: Customer, owned: Owned): Promise<string> {
  const { network, actor, random, books, signal } = customer;
  const { deployment } = network;
  const { dealId, seller } = owned;
  const deal = await getDeal(actor.client, { deployment, dealId });
  if (!isStill(customer, owned, deal)) return "the deal is gone";
  if (deal.status !== "active" || deal.liveBytes === 0n) return "not active yet";
  const content = await makeContent(random, 100_000);
  const outcome = await upload(customer, owned, content, false);
  if (outcome !== "acknowledged") return outcome;
  const entry = books.acknowledged.findLast((one) => one.content === content);
  owned.nonce = Math.max(owned.nonce, deal.nonce) + 1;
  const { root, leafCount, cidDigest } = content;
  const pieces = [{ root, leafCount, cidDigest }];
  const signature = await signPieces(actor.account, { deployment, dealId, pieces, nonce: owned.nonce });
  const token = await tokenFor(network, actor, seller, dealId, content);
  const target = { endpoint: seller.url, dealId, token, signal: patience(signal) };
  await submitPieces(target, { pieces, nonce: owned.nonce, signature });
  if (entry) entry.isSigned = true;
  return "acknowledged";
}

type DealNow = Awaited<ReturnType<typeof getDeal>>;

/** A chain that lost its end may have given the number to somebody else. */
function isStill({ actor, deals }: Customer, owned: Owned, deal: DealNow): boolean {
  const { customer, firstPieceHash, status } = deal;
  const isMine = customer === actor.account.address && firstPieceHash === hashFirstPiece(owned.first);
  const isOver = !["requested", "active", "ending"].includes(status);
  if (!isMine || isOver) deals.splice(deals.indexOf(owned), 1);
  return isMine && !isOver;
}

async function extend(customer: Customer, owned: Owned): Promise<string> {
  const { network, actor, random, signal } = customer;
  const options = { deployment: network.deployment, dealId: owned.dealId };
  const deal = await getDeal(actor.client, options);
  if (!isStill(customer, owned, deal)) return "the deal is gone";
  if (deal.status !== "active") return "not active yet";
  await renew(actor.client, { ...options, addedPeriods: 1 + random.below(10), signal: patience(signal) });
  return "done";
}

async function finishDeal(customer: Customer, owned: Owned): Promise<string> {
  const { network, actor, signal } = customer;
  const options = { deployment: network.deployment, dealId: owned.dealId };
  const deal = await getDeal(actor.client, options);
  if (!isStill(customer, owned, deal)) return "the deal is gone";
  if (deal.status !== "active") return "not active yet";
  await end(actor.client, { ...options, signal: patience(signal) });
  return "done";
}

async function moveMoney({ network, actor, random, signal }: Customer): Promise<string> {
  const { deployment } = network;
  const token = await getToken(actor.client, { deployment });
  const balance = await getBalance(actor.client, { deployment, account: actor.account.address, token });
  const amount = parseUnits(`${1 + random.below(50)}`, token.decimals) + BigInt(random.below(1_000));
  const options = { deployment, token, amount, signal: patience(signal) };
  if (balance.available >= amount && random.below(2) === 0) {
    await withdraw(actor.client, options);
    return "withdrawn";
  }
  await deposit(actor.client, options);
  return "deposited";
}
