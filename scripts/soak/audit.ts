// What must be true when all is quiet again. Each check adds what is broken to the books, in a sentence; none stops at the first.
import { type Address, erc20Abi, getAddress } from "viem";
import { getDeal } from "../../sdk/src/deals.ts";
import { dealMarketAbi, dealPaymentsAbi, ledgerAbi, possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { createSubgraph, type Query } from "../../sdk/src/subgraph/client.ts";
import { dealIdOf as dealEntityId } from "../../sdk/src/subgraph/ids.ts";
import { getToken } from "../../sdk/src/tokens.ts";
import type { Acknowledged, Books } from "./books.ts";
import { type DealLife, type History, isLiveIn, type PieceLife, readHistory } from "./history.ts";
import type { SoakNetwork } from "./network.ts";
import { NotQuiet, until } from "./quiet.ts";

const GIB_MONTHS = 1_073_741_824n * 30n;
const ANSWER_SECONDS = 90;
const RUNNING = [2, 3]; // active, ending
/** A loaded machine may miss one; never three. */
const PERIODS_TO_PROVE = 3;

export type Audit = {
  history: History;
  uploads: { readable: number; proven: number; excused: Record<string, number> };
  accounts: number;
  deals: number;
  inLedger: bigint;
};

/** Looks at everything at one block, then waits until a later period is closed. */
export async function audit(network: SoakNetwork, books: Books, signal: AbortSignal): Promise<Audit> {
  const { client, deployment } = network;
  const ledger = { address: deployment.contracts.Ledger, abi: ledgerAbi } as const;
  const token = await getToken(client, { deployment });
  const feeRecipient = await client.readContract({ ...ledger, functionName: "FEE_RECIPIENT" });
  await awaitAnswers(network, books, signal);
  const history = await readHistory(network, token.tokenId, feeRecipient);
  const inLedger = await checkBalances(network, books, history, token);
  await checkDeals(network, books, history);
  checkOnce(books, history);
  await checkIndex(network, books, history, signal);
  const uploads = await checkUploads(network, books, history, signal);
  return { history, uploads, accounts: history.balances.size, deals: history.deals.size, inLedger };
}

/** Gives providers the time to answer requests whose bytes they took last, and to put those under proof. What is late is found afterwards. */
async function awaitAnswers({ client, deployment }: SoakNetwork, books: Books, signal: AbortSignal): Promise<void> {
  const firsts = books.acknowledged.filter(({ isFirst }) => isFirst);
  await until("answers", ANSWER_SECONDS, signal, async () => {
    for (const { dealId } of firsts) {
      const deal = await getDeal(client, { deployment, dealId }).catch(() => undefined); // the chain may have lost it
      if (deal?.status === "requested" || (deal?.status === "active" && deal.nonce === 0 && deal.liveBytes === 0n))
        return undefined;
    }
    return true;
  }).catch((error: unknown) => {
    if (!(error instanceof NotQuiet)) throw error;
  });
}

/** Tokens in the contract = balances + locks, and each of them is what the events add up to. */
async function checkBalances(
  { client, deployment }: SoakNetwork,
  books: Books,
  history: History,
  token: { address: Address; tokenId: number },
): Promise<bigint> {
  const promise = "money adds up to the last unit";
  const { Ledger } = deployment.contracts;
  const blockNumber = history.block.number;
  const ledger = { address: Ledger, abi: ledgerAbi, blockNumber } as const;
  let sum = 0n;
  for (const [account, expected] of history.balances) {
    const args = [account, token.tokenId] as const;
    const balance = await client.readContract({ ...ledger, functionName: "balanceOf", args });
    sum += balance;
    if (balance !== expected)
      books.breakPromise(promise, `${account} has ${balance}, its events add up to ${expected}`);
  }
  for (const lock of history.locks.values()) {
    const { operator, lockId } = lock;
    const { left } = await client.readContract({ ...ledger, functionName: "lockOf", args: [operator, lockId] });
    const expected = lock.in - lock.paid - lock.fee - lock.refunded;
    if (lock.tokenId === token.tokenId) sum += left;
    if (left !== expected)
      books.breakPromise(promise, `the lock ${lockId} has ${left}, its events add up to ${expected}`);
  }
  const held = await client.readContract({
    address: token.address,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [Ledger],
    blockNumber,
  });
  if (held !== sum) books.breakPromise(promise, `the ledger holds ${held}, balances and locks are ${sum}`);
  return held;
}

/** What a deal must have earned up to a period, from pieces and proofs alone, in one pass over the periods. */
export function earnedBy(
  deal: Pick<DealLife, "dealKey" | "unitPrice" | "setId">,
  history: Pick<History, "pieces" | "proven">,
  toPeriod: number,
): bigint {
  const pieces = history.pieces.filter(({ dealKey }) => dealKey === deal.dealKey);
  const proven = history.proven.get(deal.setId ?? -1) ?? new Set<number>();
  let bytePeriods = 0n;
  for (const period of proven) {
    if (period >= toPeriod) continue;
    for (const piece of pieces) if (isLiveIn(piece, period)) bytePeriods += piece.bytes;
  }
  return (bytePeriods * deal.unitPrice) / GIB_MONTHS;
}

async function checkDeals({ client, deployment }: SoakNetwork, books: Books, history: History): Promise<void> {
  const promise = "a deal earns for what was proven, and nothing else";
  const payments = { address: deployment.contracts.DealPayments, abi: dealPaymentsAbi } as const;
  for (const deal of history.deals.values()) {
    if (deal.setId === undefined) continue;
    const options = { args: [deal.dealKey], blockNumber: history.block.number } as const;
    const stream = await client.readContract({ ...payments, functionName: "streamOf", ...options });
    const lock = history.locks.get(deal.dealKey);
    const until = Math.min(stream.settledPeriod, stream.endPeriod);
    const expected = earnedBy(deal, history, until);
    const name = `deal ${deal.dealId}`;
    if (stream.earned !== expected)
      books.breakPromise(promise, `${name} earned ${stream.earned} up to period ${until}; its proofs give ${expected}`);
    if (!stream.closed || !lock) continue;
    const fee = (stream.earned * BigInt(stream.feeBps)) / 10_000n;
    if (lock.paid !== stream.earned - fee || lock.fee !== fee || lock.refunded !== lock.in - stream.earned) {
      const seen = `${lock.paid} paid, ${lock.fee} fee, ${lock.refunded} back of ${lock.in}`;
      books.breakPromise(promise, `${name} earned ${stream.earned} and closed with ${seen}`);
    }
  }
}

/** No proof, piece or content counts twice. */
export function checkOnce(
  books: Pick<Books, "breakPromise">,
  history: Pick<History, "proofs" | "pieces" | "deals" | "settlements">,
): void {
  const promise = "nothing is paid twice";
  const twice = <T>(items: readonly T[], keyOf: (item: T) => string) => {
    const seen = new Set<string>();
    return items.filter((item) => seen.size === seen.add(keyOf(item)).size);
  };
  for (const { setId, period } of twice(history.proofs, (proof) => `${proof.setId}:${proof.period}`))
    books.breakPromise(promise, `set ${setId} was proven twice for period ${period}`);
  const live = history.pieces.filter(({ removedIn }) => removedIn === undefined);
  for (const { dealKey, root } of twice(live, (piece) => `${piece.dealKey}:${piece.root}`))
    books.breakPromise(promise, `the piece ${root} is under proof twice for the deal ${dealKey}`);
  for (const { dealId, customer } of twice([...history.deals.values()], (deal) => deal.firstRoot))
    books.breakPromise(promise, `${customer} paid twice for the content of deal ${dealId}`);
  for (const { dealKey, settledPeriod } of twice(history.settlements, (one) => `${one.dealKey}:${one.settledPeriod}`))
    books.breakPromise(promise, `the deal ${dealKey} was settled twice up to period ${settledPeriod}`);
}

const DEALS: Query<{ block: number; after: string }, { deals: IndexedDeal[] }> = {
  document: `
  query Soak($block: Int!, $after: Bytes!) {
    deals(first: 500, where: { id_gt: $after }, orderBy: id, block: { number: $block }) {
      id
      settledPeriod
      earned
      paid
      fee
      refunded
      locked
      liveBytes
      lock { left }
    }
  }`,
};
const BALANCES: Query<
  { block: number; token: string },
  { balances: { account: { id: string }; available: string }[] }
> = {
  document: `
  query Soak($block: Int!, $token: Bytes!) {
    balances(first: 1000, where: { token: $token }, block: { number: $block }) {
      account { id }
      available
    }
  }`,
};

type IndexedDeal = Record<"id" | "earned" | "paid" | "fee" | "refunded" | "locked" | "liveBytes", string> & {
  settledPeriod: number | null;
  lock: { left: string };
};

/** The index says the same as the contracts, at the same block. */
async function checkIndex(
  { subgraphUrl, client, deployment }: SoakNetwork,
  books: Books,
  history: History,
  signal: AbortSignal,
): Promise<void> {
  const promise = "the index says what the contracts say";
  const index = createSubgraph(subgraphUrl);
  const block = Number(history.block.number);
  const found: IndexedDeal[] = [];
  for (let after = "0x"; ; ) {
    let why = "";
    const page = await until("the index at the audited block", 300, signal, () =>
      index.ask(DEALS, { block, after }, signal).catch((error: unknown) => {
        why = String(error);
        return ignoreBehind(error);
      }),
    ).catch((error: unknown) => {
      throw error instanceof NotQuiet ? new NotQuiet(`${error.message} (${why})`) : error;
    });
    found.push(...page.deals);
    const last = page.deals.at(-1);
    if (!last || page.deals.length < 500) break;
    after = last.id;
  }
  const indexed = new Map(found.map((deal) => [deal.id, deal]));
  if (indexed.size !== history.deals.size)
    books.breakPromise(promise, `the index has ${indexed.size} deals, the chain ${history.deals.size}`);
  const payments = { address: deployment.contracts.DealPayments, abi: dealPaymentsAbi } as const;
  for (const { dealKey, dealId, setId } of history.deals.values()) {
    const deal = indexed.get(dealEntityId(dealKey));
    const lock = history.locks.get(dealKey);
    if (!deal || !lock) {
      books.breakPromise(promise, `the index has no deal ${dealId}`);
      continue;
    }
    const stream = await client.readContract({
      ...payments,
      functionName: "streamOf",
      args: [dealKey],
      blockNumber: history.block.number,
    });
    const expected = {
      locked: lock.in,
      paid: lock.paid,
      fee: lock.fee,
      refunded: lock.refunded,
      ...(setId !== undefined && { earned: stream.earned, liveBytes: stream.liveBytes }),
    };
    for (const [field, value] of Object.entries(expected)) {
      const said = deal[field as keyof typeof expected];
      if (BigInt(said) !== value)
        books.breakPromise(promise, `deal ${dealId}: ${field} is ${said} in the index, ${value} on the chain`);
    }
  }
  const token = await getToken(client, { deployment });
  const tokenEntity = `0x${token.tokenId.toString(16).padStart(8, "0")}`;
  const { balances } = await index.ask(BALANCES, { block, token: tokenEntity }, signal);
  const available = new Map(balances.map((one) => [getAddress(one.account.id), BigInt(one.available)]));
  for (const [account, balance] of history.balances)
    if ((available.get(account) ?? 0n) !== balance)
      books.breakPromise(promise, `${account} has ${available.get(account)} in the index, ${balance} on the chain`);
}

/** Not there yet, or reorganised meanwhile, is how graph-node answers for a block that it has not seen: it is asked again. */
function ignoreBehind(error: unknown): undefined {
  if (/has only indexed up to|reorganized|no block with that|cannot be reached|does not answer/i.test(String(error)))
    return undefined;
  throw error;
}

/** Whether a deal of an acknowledged upload is still there, and what has become of it. */
async function fateOf({ client, deployment }: SoakNetwork, history: History, { dealId, firstRoot }: Acknowledged) {
  const deal = [...history.deals.values()].find((one) => one.dealId === dealId);
  if (deal?.firstRoot !== firstRoot) return { excuse: "the request went with the chain's last seconds" };
  const { DealMarket, DealPayments } = deployment.contracts;
  const market = { address: DealMarket, abi: dealMarketAbi } as const;
  const { status } = await client.readContract({ ...market, functionName: "dealOf", args: [dealId] });
  const payments = { address: DealPayments, abi: dealPaymentsAbi } as const;
  const stream = await client.readContract({ ...payments, functionName: "streamOf", args: [deal.dealKey] });
  const names = ["none", "requested", "active", "ending", "finished", "declined", "cancelled", "expired"];
  return { deal, stream, status, statusName: names[status] ?? `${status}` };
}

/** Every acknowledged byte of a running deal is readable, and proven in a period that closes after now. */
async function checkUploads(
  network: SoakNetwork,
  books: Books,
  history: History,
  signal: AbortSignal,
): Promise<Audit["uploads"]> {
  const promise = "every acknowledged byte is readable and proven";
  const { client, deployment } = network;
  const { periodSeconds, originAt } = deployment.parameters;
  const excused: Record<string, number> = {};
  const excuse = (why: string) => {
    excused[why] = (excused[why] ?? 0) + 1;
  };
  const currentPeriod = async () =>
    Math.floor((Number((await client.getBlock()).timestamp) - originAt) / periodSeconds);
  const due: { entry: Acknowledged; piece: PieceLife; endPeriod: number }[] = [];
  let readable = 0;
  for (const entry of books.acknowledged) {
    const { seller, dealId, content, isFirst, isSigned } = entry;
    const fate = await fateOf(network, history, entry);
    if ("excuse" in fate) {
      excuse(fate.excuse ?? "");
      continue;
    }
    const { deal, stream, status, statusName } = fate;
    if (!RUNNING.includes(status)) {
      if (status === 1)
        books.breakPromise(promise, `deal ${dealId} of ${seller.name} was never answered, though its bytes were taken`);
      excuse(`the deal is ${statusName}`);
      continue;
    }
    if ((await currentPeriod()) >= stream.endPeriod) {
      excuse("the deal is over");
      continue;
    }
    const piece = history.pieces.find(({ dealKey, root }) => dealKey === deal.dealKey && root === content.root);
    if (!piece && !isFirst) {
      if (!isSigned) {
        excuse("later piece, held; its signature was never handed over");
        continue;
      }
      const refusal = (await entry.status()).error?.message;
      if (refusal === undefined)
        books.breakPromise(
          promise,
          `the signed piece ${content.root} of deal ${dealId} is neither under proof nor refused`,
        );
      else if (refusal.startsWith("ProofsSlot"))
        books.breakPromise(
          promise,
          `the signed piece ${content.root} was refused for the keeper's own choice: ${refusal}`,
        );
      else excuse(`later piece, refused by the contract: ${refusal}`);
      continue;
    }
    if (!piece) {
      books.breakPromise(promise, `the first piece of deal ${dealId} at ${seller.name} is not under proof`);
      continue;
    }
    if (await isReadable(entry, signal)) readable++;
    else
      books.breakPromise(
        promise,
        `${seller.name} does not serve the bytes of deal ${dealId}, ${content.cid}, as they were`,
      );
    due.push({ entry, piece, endPeriod: stream.endPeriod });
  }
  const proven = await checkProven(network, books, due, await currentPeriod(), signal, excuse);
  return { readable, proven, excused };
}

async function checkProven(
  network: SoakNetwork,
  books: Books,
  due: readonly { entry: Acknowledged; piece: PieceLife; endPeriod: number }[],
  from: number,
  signal: AbortSignal,
  excuse: (why: string) => void,
): Promise<number> {
  const { client, deployment } = network;
  const { periodSeconds, originAt } = deployment.parameters;
  const proofs = { address: deployment.contracts.PossessionProofs, abi: possessionProofsAbi } as const;
  const waiting = new Set(due);
  let proven = 0;
  for (let period = from + 1; period <= from + PERIODS_TO_PROVE && waiting.size > 0; period++) {
    const closesAt = originAt + (period + 2) * periodSeconds;
    await until(`the end of period ${period + 1}`, 60 + 4 * periodSeconds, signal, async () =>
      Number((await client.getBlock()).timestamp) >= closesAt ? true : undefined,
    );
    for (const one of waiting) {
      const { piece, endPeriod } = one;
      if (period >= endPeriod) {
        excuse("the deal ended before the next proof");
        waiting.delete(one);
      } else if (
        isLiveIn(piece, period) &&
        (await client.readContract({
          ...proofs,
          functionName: "isProven",
          args: [BigInt(piece.setId), BigInt(period)],
        }))
      ) {
        proven++;
        waiting.delete(one);
      }
    }
  }
  for (const { entry, piece } of waiting)
    books.breakPromise(
      "every acknowledged byte is readable and proven",
      `deal ${entry.dealId} of set ${piece.setId} went without a proof for ${PERIODS_TO_PROVE} quiet periods`,
    );
  return proven;
}

/** The whole CAR, as whoever checks hashes reads it. */
async function isReadable({ seller, content }: Acknowledged, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`${seller.url}/ipfs/${content.cid}?format=car`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
  });
  if (!response.ok) return false;
  return Buffer.compare(Buffer.from(await response.arrayBuffer()), content.car) === 0;
}
