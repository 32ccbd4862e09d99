// The main job of the network, told once from the stake to the refund, with every figure checked.
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWalletClient, http, keccak256, parseEther, parseUnits, stringToHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import { end, finish } from "../../sdk/src/deal-ends.ts";
import { type Deal, getDeal } from "../../sdk/src/deals.ts";
import type { Deployment } from "../../sdk/src/deployments.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import type { Offer } from "../../sdk/src/offers.ts";
import { cidToDigest } from "../../sdk/src/pieces/cid.ts";
import { buildPieceFromDirectory } from "../../sdk/src/pieces/node.ts";
import { createSubgraph, type Query } from "../../sdk/src/subgraph/client.ts";
import { getBalance, getToken, type TokenInfo } from "../../sdk/src/tokens.ts";
import { formatBytes, formatEver, formatMoney } from "../../sdk/src/units.ts";
import { keeperInfoOf, uploadPiece } from "../../sdk/src/upload-client.ts";
import { signUpload } from "../../sdk/src/uploads.ts";
import { becomeProvider, inviteByLocalIssuer } from "../become-provider.ts";
import { type KeeperSeat, keeperUrl, type RunningKeeper, startKeeper } from "../stack/keepers.ts";
import type { ProcessTable } from "../stack/processes.ts";
import { type ChainWatch, createChainWatch } from "./chain-watch.ts";
import { type Expected, expectedOf } from "./money.ts";
import { compareSite } from "./read-back.ts";
import { assertEqual, Mismatch, type Recorder } from "./steps.ts";

/** A running network. */
export interface Network {
  /** For the keeper's files. */
  folder: string;
  rpcUrl: string;
  subgraphUrl: string;
  databaseUrl: string;
  deploymentFile: string;
  deployment: Deployment;
  processes: ProcessTable;
  /** A free port. */
  port: number;
}

/** What the demo tells machines. Money in token base units. */
export interface Outcome {
  cid: string;
  dealId: bigint;
  url: string;
  earned: bigint;
  returned: bigint;
  provenPeriods: number;
  missedPeriods: number;
}

/** The demo's own provider, its keeper's key and its customer, beside those of `npm start`. */
const OWNER = localAccount(LOCAL_ACCOUNTS.firstFree + 8);
const OPERATOR = localAccount(LOCAL_ACCOUNTS.firstFree + 9);
const CUSTOMER = LOCAL_ACCOUNTS.firstFree + 7;
const GROUP = 1_000;
const HOSTING = keccak256(stringToHex("hosting"));
const STAKE = parseEther("100");
const GIB = 2n ** 30n;
const TERM_PERIODS = 30;
const PROVEN_WANTED = 3;
const UPLOAD_SECONDS = 3_600n;

/** Hosts `path` and follows it to the last refund. Throws `StepFailed` at the first thing that does not hold. */
export async function tellStory(network: Network, path: string, recorder: Recorder): Promise<Outcome> {
  const watch = createChainWatch(network.rpcUrl, network.deployment);
  const scratch = await mkdtemp(join(tmpdir(), "4ever-demo-"));
  let keeper: RunningKeeper | undefined;
  try {
    const provided = await provide(network, watch, recorder);
    keeper = provided.keeper;
    const hosted = await host(network, watch, recorder, { ...provided, path, scratch });
    await proveAndMiss(watch, recorder, { keeper, setId: hosted.deal.setId, fromPeriod: hosted.fromPeriod });
    const expected = await endAndSettle(network, watch, recorder, hosted);
    const { earned, returned, provenPeriods, missedPeriods } = expected;
    const { cid, dealId, url } = hosted;
    return { cid, dealId, url, earned, returned, provenPeriods, missedPeriods };
  } finally {
    await keeper?.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Provided {
  keeper: RunningKeeper;
  endpoint: string;
  offer: Offer;
  token: TokenInfo;
}

async function provide(network: Network, watch: ChainWatch, recorder: Recorder): Promise<Provided> {
  const { deployment, rpcUrl, processes, port } = network;
  const seat: KeeperSeat = {
    name: "demo-provider",
    role: "provider",
    account: OPERATOR,
    provider: OWNER.address,
    port,
  };
  const endpoint = keeperUrl(seat);
  const token = await getToken(watch.client, { deployment });
  const offer = await recorder.run("stake", async (add) => {
    const { offer, steps } = await becomeProvider(rpcUrl, deployment, {
      account: OWNER,
      operator: OPERATOR.address,
      group: GROUP,
      name: "Demo provider",
      endpoint,
      invite: () => inviteByLocalIssuer(rpcUrl, deployment, OWNER.address),
      stakeAmount: STAKE,
      offer: {
        serviceId: HOSTING,
        tokenId: token.tokenId,
        unitPrice: parseUnits("3", token.decimals),
        capacityBytes: 32n * GIB,
        minTermPeriods: 1,
        region: "demo",
      },
    });
    add(...steps.map(({ gas }) => ({ gasUsed: gas })));
    const price = formatMoney(offer.unitPrice, token);
    return [`${formatEver(STAKE)} staked, offer ${offer.offerId} at ${price} per GiB and 30 periods`, offer];
  });
  const keeper = await recorder.run("keeper", async () => {
    const started = await startKeeper(processes, seat, network);
    return [`process ${started.pid} answers at ${endpoint}`, started];
  });
  return { keeper, endpoint, offer, token };
}

interface Hosted {
  deal: Deal;
  dealId: bigint;
  cid: string;
  url: string;
  locked: bigint;
  fromPeriod: number;
  liveBytes: bigint;
  token: TokenInfo;
  /** The customer's ledger balance before it asked. */
  balanceAfter: bigint;
  requestedAt: bigint;
}

async function host(
  network: Network,
  watch: ChainWatch,
  recorder: Recorder,
  { endpoint, offer, token, path, scratch }: Provided & { path: string; scratch: string },
): Promise<Hosted> {
  const { deployment, rpcUrl } = network;
  const customer = createWalletClient({
    account: localAccount(CUSTOMER),
    transport: http(rpcUrl),
    pollingInterval: 100,
  });
  const session = privateKeyToAccount(generatePrivateKey());
  const carPath = join(scratch, "content.car");

  const piece = await recorder.run("pack", async () => {
    const built = await buildPieceFromDirectory(path, carPath);
    return [`${formatBytes(built.sizeBytes)}, ${built.cid}`, built];
  });
  const firstPiece = { root: piece.root, leafCount: piece.leafCount, cidDigest: cidToDigest(piece.cid) };
  const liveBytes = BigInt(piece.leafCount) * 128n;

  const paid = await recorder.run("pay", async (add) => {
    const { available, wallet } = await getBalance(customer, { deployment, account: customer.account.address, token });
    if (available + wallet < parseUnits("100", token.decimals))
      add((await claimFaucet(customer, { deployment })).receipt);
    const sent = await requestDeal(customer, {
      deployment,
      offerId: offer.offerId,
      capacityBytes: liveBytes,
      termPeriods: TERM_PERIODS,
      sessionKey: session.address,
      firstPiece,
    });
    add(sent.receipt);
    const after = await getBalance(customer, { deployment, account: customer.account.address, token });
    const seen = `deal ${sent.dealId}: ${formatMoney(sent.locked, token)} locked by one signature and one transaction`;
    return [seen, { ...sent, balanceAfter: after.available, requestedAt: sent.receipt.blockNumber }];
  });
  const { dealId, dealKey, locked } = paid;

  await recorder.run("upload", async () => {
    const { size } = await stat(carPath);
    const block = await watch.client.getBlock();
    const token = await signUpload(session, deployment.chainId, {
      market: deployment.contracts.DealMarket,
      dealId,
      provider: offer.provider,
      root: piece.root,
      sizeBytes: BigInt(size),
      expiresAt: block.timestamp + UPLOAD_SECONDS,
    });
    const file = await open(carPath);
    const read = async (from: number, to: number) => {
      const bytes = new Uint8Array(to - from);
      await file.read(bytes, 0, bytes.length, from);
      return bytes;
    };
    const status = await uploadPiece({ endpoint, dealId, root: piece.root, token, sizeBytes: size, read }).finally(() =>
      file.close(),
    );
    return [`${formatBytes(size)} at the provider, ${status.state}`, status];
  });

  const accepted = await recorder.run("accept", async (add) => {
    const receipt = await watch.until("The first piece on chain", 60, () => watch.firstPieceReceipt(dealKey));
    add(receipt);
    const rate = watch.firstRateOf(receipt);
    if (!rate) throw new Mismatch("The piece was added without a rate.");
    assertEqual("Live bytes", rate.liveBytes, liveBytes);
    const deal = await getDeal(watch.client, { deployment, dealId });
    assertEqual("The deal's status", deal.status, "active");
    return [
      `${formatEver(deal.stakeReserved)} of stake reserved; under proof from period ${rate.fromPeriod}`,
      { deal, ...rate },
    ];
  });

  const { contentUrl } = await keeperInfoOf(endpoint);
  const url = contentUrl.replace("{cid}", piece.cid);
  await recorder.run("read back", async () => {
    const { files, bytes } = await compareSite(path, new URL(url));
    return [`${files} files, ${formatBytes(bytes)}, equal to the last byte`, bytes];
  });
  const { balanceAfter, requestedAt } = paid;
  return { ...accepted, dealId, cid: piece.cid, url, locked, token, balanceAfter, requestedAt };
}

/** Waits for three proofs, then stops the keeper's process through the whole window of the next one. */
async function proveAndMiss(
  watch: ChainWatch,
  recorder: Recorder,
  { keeper, setId, fromPeriod }: { keeper: RunningKeeper; setId: number; fromPeriod: number },
): Promise<void> {
  const last = fromPeriod + PROVEN_WANTED - 1;
  for (let period = fromPeriod; period <= last; period++) {
    await recorder.run(`prove ${period - fromPeriod + 1}`, async (add) => {
      await watch.enter(period + 1);
      const gasUsed = await watch.until(`A proof of period ${period}`, 60, async () => {
        const proofs = await watch.provenPeriods(setId);
        return proofs.get(period);
      });
      add({ gasUsed });
      return [`period ${period} proven by set ${setId}`, undefined];
    });
  }
  await recorder.run("miss", async () => {
    const missed = last + 1;
    process.kill(keeper.pid, "SIGSTOP");
    try {
      await watch.enter(missed + 2);
    } finally {
      process.kill(keeper.pid, "SIGCONT");
    }
    if ((await watch.provenPeriods(setId)).has(missed)) throw new Mismatch(`Period ${missed} was proven all the same.`);
    const reported = await watch.until(`A strike for period ${missed}`, 60, async () =>
      (await watch.missedPeriods(setId)).includes(missed) ? missed : undefined,
    );
    return [`keeper stopped on purpose; the watcher reported period ${reported}`, undefined];
  });
}

async function endAndSettle(
  network: Network,
  watch: ChainWatch,
  recorder: Recorder,
  hosted: Hosted,
): Promise<Expected> {
  const { deployment, rpcUrl } = network;
  const { dealId, deal, locked, fromPeriod, liveBytes, token } = hosted;
  const customer = createWalletClient({
    account: localAccount(CUSTOMER),
    transport: http(rpcUrl),
    pollingInterval: 100,
  });

  const endPeriod = await recorder.run("end", async (add) => {
    add((await end(customer, { deployment, dealId })).receipt);
    const ending = await getDeal(watch.client, { deployment, dealId });
    return [`the customer ends it; period ${ending.endPeriod} is not paid any more`, ending.endPeriod];
  });
  await recorder.run("settle", async (add) => {
    await watch.enter(endPeriod + 1);
    const isClosed = async () => (await getDeal(watch.client, { deployment, dealId })).closed;
    const seen = await watch
      .until("The end of the deal", 20, async () => ((await isClosed()) ? "the keepers settled it" : undefined))
      .catch(async () => {
        add((await finish(customer, { deployment, dealId })).receipt);
        return "finished by the customer, as anybody may";
      });
    const { settling } = await watch.payments(deal.dealKey);
    add(...settling.map((gasUsed) => ({ gasUsed })));
    return [`${settling.length} settlements; ${seen}`, undefined];
  });

  return recorder.run("audit", async () => {
    const proven = new Set((await watch.provenPeriods(deal.setId)).keys());
    const { unitPrice, feeBps } = deal;
    const expected = expectedOf({
      unitPrice,
      feeBps: BigInt(feeBps),
      locked,
      fromPeriod,
      endPeriod,
      liveBytes,
      provenPeriods: proven,
    });
    if (expected.provenPeriods < PROVEN_WANTED)
      throw new Mismatch(`Only ${expected.provenPeriods} periods were proven.`);
    if (expected.missedPeriods < 1) throw new Mismatch("No period went unpaid.");
    await checkContracts(watch, hosted, expected, deployment);
    await checkSubgraph(watch, network, hosted, expected);
    const seen = [
      `${expected.provenPeriods} periods proven, ${expected.missedPeriods} unpaid:`,
      `${formatMoney(expected.paid, token)} to the provider,`,
      `${formatMoney(expected.fee, token)} fee, ${formatMoney(expected.returned, token)} back;`,
      "ledger and subgraph agree",
    ];
    return [seen.join(" "), expected];
  });
}

/** The ledger's own events and balances against what was worked out by hand. */
async function checkContracts(
  watch: ChainWatch,
  { deal, dealId, token, balanceAfter, requestedAt }: Hosted,
  expected: Expected,
  deployment: Deployment,
): Promise<void> {
  const { paid, fee, refunded } = await watch.payments(deal.dealKey);
  assertEqual("Paid to the provider", paid, expected.paid);
  assertEqual("Paid as fee", fee, expected.fee);
  assertEqual("Returned to the customer", refunded, expected.returned);
  const now = await getDeal(watch.client, { deployment, dealId });
  assertEqual("Still locked", now.left, 0n);
  assertEqual("Earned by the contract's count", now.earned, expected.earned);
  const { available } = await getBalance(watch.client, { deployment, account: deal.customer, token });
  // Deals that were left behind by a story that was broken off may have come back to the same account.
  const returned = await watch.refundsTo(deal.customer, requestedAt);
  assertEqual("The customer's balance", available, balanceAfter + returned);
}

const DEAL: Query<{ id: string; block: number }, { deal: IndexedDeal | null }> = {
  document: `
  query Demo($id: ID!, $block: Int!) {
    deal(id: $id, block: { number_gte: $block }) {
      status
      cid
      earned
      paid
      fee
      refunded
      provenPeriods
    }
  }`,
};

interface IndexedDeal {
  status: string;
  cid: string;
  earned: string;
  paid: string;
  fee: string;
  refunded: string;
  provenPeriods: number;
}

/** The index against the same figures. */
async function checkSubgraph(
  watch: ChainWatch,
  { subgraphUrl }: Network,
  { deal, cid }: Hosted,
  expected: Expected,
): Promise<void> {
  const index = createSubgraph(subgraphUrl);
  const id = `0x${deal.dealKey.toString(16).padStart(64, "0")}`;
  const block = Number(await watch.client.getBlockNumber());
  const indexed = await watch.until("The index at the chain's head", 30, async () => {
    try {
      const found = await index.ask(DEAL, { id, block });
      return found.deal ?? undefined;
    } catch (cause) {
      // Not there yet is how graph-node answers for a block that it has not seen.
      if (String(cause).includes("has only indexed up to")) return undefined;
      throw cause;
    }
  });
  assertEqual("The index: CID", indexed.cid, cid);
  assertEqual("The index: earned", BigInt(indexed.earned), expected.earned);
  assertEqual("The index: paid", BigInt(indexed.paid), expected.paid);
  assertEqual("The index: fee", BigInt(indexed.fee), expected.fee);
  assertEqual("The index: returned", BigInt(indexed.refunded), expected.returned);
  assertEqual("The index: proven periods", indexed.provenPeriods, expected.provenPeriods);
}
