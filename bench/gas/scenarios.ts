import { keccak256, maxUint128, maxUint256, parseEther, stringToHex, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ROLES } from "../../contracts/ignition/modules/Protocol.ts";
import { PRODUCTION } from "../../contracts/ignition/profiles.ts";
import { signVoucher } from "../../sdk/src/channels/vouchers.ts";
import { encodeHandover } from "../../sdk/src/deal-actions.ts";
import { admissionOf } from "../../sdk/src/invites/invite.ts";
import { issue } from "../../sdk/src/invites/issuing.ts";
import { batchOf } from "../../test/helpers/invites.ts";
import { signPermit } from "../../test/helpers/permit.ts";
import { type OpenablePiece, uniformPiece } from "../../test/helpers/proofs.ts";
import { exits } from "./exits.ts";
import { governance } from "./governance.ts";
import {
  ENDPOINT,
  GIB,
  HOSTING,
  OFFER_BYTES,
  OFFER_ID,
  REGION,
  SET,
  type Stage,
  TERM_PERIODS,
  TOKEN,
  UNIT_PRICE,
} from "./stage.ts";

const GIB_LEAVES = 2 ** 23;
const MIB_LEAVES = 2 ** 13;
const FAR_AWAY = 2n ** 40n - 1n;
const DOLLARS = 10n ** 6n;

/** What one story measured, by operation. Gas of whole transactions; of `piece/batch20` and `redeem/batch…` the share of one. */
export type Measured = Record<string, number>;

/** A story that begins on a stage of its own. */
export type Scenario = (stage: Stage) => Promise<Measured>;

const gibPiece = (name: string) => uniformPiece(GIB_LEAVES, name);
const mibPiece = (name: string) => uniformPiece(MIB_LEAVES, name);
const many = (count: number, make: (i: number) => OpenablePiece) => Array.from({ length: count }, (_, i) => make(i));

/** Deposits and withdrawals of a customer; others have money in the ledger. */
const money: Scenario = async ({ contracts: { ledger, usd }, furnish, gasOf, newcomer, by }) => {
  await furnish();
  const account = newcomer.account.address;
  await usd.write.approve([ledger.address, maxUint256], by.newcomer);
  const deposit = () => gasOf(ledger.write.deposit([account, TOKEN, 100n * DOLLARS], by.newcomer));
  return {
    "deposit/first": await deposit(),
    "deposit/again": await deposit(),
    withdraw: await gasOf(ledger.write.withdraw([account, TOKEN, 50n * DOLLARS], by.newcomer)),
  };
};

/** 200 providers enter by invitation; two by links out of batches of a thousand, one signed and one sent. Then the issuer takes invitations back. */
const registration: Scenario = async (stage) => {
  const { contracts, connection, operator, customer, gasOf, invite, inviter, inviteDomain, inviteTerms, newcomer, by } =
    stage;
  const { registry, invites } = contracts;
  const measured: Measured = {};
  for (let number = 1; number <= 200; number++) {
    const address = `0x${(0x1000n + BigInt(number)).toString(16).padStart(40, "0")}` as const;
    await connection.networkHelpers.setBalance(address, parseEther("1"));
    await connection.networkHelpers.impersonateAccount(address);
    const args = [operator.account.address, number, ENDPOINT, `Provider ${number}`, await invite(address)] as const;
    const gas = await gasOf(registry.write.register(args, { account: address }));
    if (number === 1 || number === 200) measured[`register/${number}`] = gas;
  }
  const thousand = Array<"anybody">(1_000).fill("anybody");
  const [link] = await batchOf(inviter, inviteDomain, inviteTerms(), thousand);
  if (!link) throw new Error("nothing was issued");
  const admission = await admissionOf(inviteDomain, link, newcomer.account.address);
  measured["register/batch1000"] = await gasOf(
    registry.write.register([operator.account.address, 201, ENDPOINT, "Provider 201", admission], by.newcomer),
  );
  const byInviter = { account: inviter.account };
  const terms = { issuer: inviter.account.address, ...inviteTerms() };
  const [sent] = await issue(terms, thousand, async ({ nonce, expiresAt, count, root }) => {
    measured["invite/issueBatch"] = await gasOf(invites.write.issueBatch([nonce, expiresAt, count, root], byInviter));
    return "0x";
  });
  if (!sent) throw new Error("nothing was issued");
  const byLink = await admissionOf(inviteDomain, sent, customer.account.address);
  measured["register/sent1000"] = await gasOf(
    registry.write.register([operator.account.address, 202, ENDPOINT, "Provider 202", byLink], by.customer),
  );
  measured["invite/revoke1"] = await gasOf(invites.write.revoke([link.nonce + 2n, [1]], byInviter));
  measured["invite/revokeBatch"] = await gasOf(invites.write.revokeBatch([link.nonce + 3n], byInviter));
  return measured;
};

/**
 * A provider that has staked before adds to it and takes some out, and a delegator of it does the same. The first change in a step of
 * all votes, a day in production, begins a new total, further ones only correct it; both are measured, the latter under the plain name.
 */
const staking: Scenario = async (stage) => {
  const { contracts, furnish, provider, customer, gasOf, by } = stage;
  const { vault, ever } = contracts;
  await furnish();
  const amount = parseEther("100");
  const account = provider.account.address;
  await ever.write.approve([vault.address, parseEther("10000")], by.customer);
  const delegate = () => gasOf(vault.write.delegate([account, amount], by.customer));
  const measured: Measured = {
    "stake/first-of-day": await gasOf(vault.write.stake([amount], by.provider)),
    stake: await gasOf(vault.write.stake([amount], by.provider)),
  };
  await ever.write.approve([vault.address, 0n], by.provider);
  const permit = await signPermit(provider, ever, { spender: vault.address, value: amount, deadline: FAR_AWAY });
  measured["stake-permit"] = await gasOf(vault.write.stakeWithPermit([amount, permit], by.provider));
  measured["thaw/first"] = await gasOf(vault.write.thaw([amount], by.provider));
  measured.thaw = await gasOf(vault.write.thaw([amount], by.provider));
  measured["delegate/first"] = await delegate();
  measured.delegate = await delegate();
  const [held] = await vault.read.delegationOf([account, customer.account.address]);
  const undelegate = () => gasOf(vault.write.undelegate([account, held / 4n], by.customer));
  measured["undelegate/first"] = await undelegate();
  measured.undelegate = await undelegate();
  await ever.write.approve([vault.address, amount], by.provider);
  measured.reward = await gasOf(vault.write.reward([account, amount], by.provider));
  return measured;
};

/** A slash that takes own and delegated stake, active and thawing, of a provider with so many delegators. */
const slashing =
  (delegators: number): Scenario =>
  async ({ contracts: { vault, ever, manager, timelock }, connection, furnish, provider, newcomer, gasOf, by }) => {
    await furnish();
    const { networkHelpers } = connection;
    const account = provider.account.address;
    const amount = parseEther("1");
    for (let number = 1; number <= delegators; number++) {
      const delegator = `0x${(0x100000n + BigInt(number)).toString(16).padStart(40, "0")}` as const;
      await networkHelpers.setBalance(delegator, parseEther("1"));
      await networkHelpers.impersonateAccount(delegator);
      await ever.write.transfer([delegator, amount], by.newcomer);
      await ever.write.approve([vault.address, amount], { account: delegator });
      await vault.write.delegate([account, amount], { account: delegator });
      if (number === delegators) await vault.write.undelegate([account, amount / 2n], { account: delegator });
    }
    await vault.write.thaw([parseEther("1000")], by.provider);
    await networkHelpers.setBalance(timelock.address, parseEther("1"));
    await networkHelpers.impersonateAccount(timelock.address);
    const slasher = newcomer.account.address;
    await manager.write.grantRole([ROLES.SLASHER, slasher, 0], { account: timelock.address });
    const { active, thawing, delegated } = await vault.read.stakeOf([account]);
    const wanted = active + thawing + delegated / 2n;
    const fault = keccak256(stringToHex("fault"));
    await vault.write.freeze([account, fault, wanted], by.newcomer);
    return {
      [delegators === 1 ? "slash/1" : `slash/${delegators}-delegators`]: await gasOf(
        vault.write.slash([account, HOSTING, wanted, fault, slasher], by.newcomer),
      ),
    };
  };

/** Deals with money in the ledger, and with one signature in one transaction. */
const deals: Scenario = async (stage) => {
  const { contracts, furnish, openDeal, request, accept, requestOf, gasOf, newcomer, by } = stage;
  const { ledger, usd, market, payments } = contracts;
  await furnish();
  await openDeal(gibPiece("an earlier deal"));

  /** A customer without money in the ledger and without any approval. */
  async function requestByPermit(name: string): Promise<number> {
    const [locked] = await market.read.quote([OFFER_ID, GIB, TERM_PERIODS]);
    const signed = { spender: ledger.address, value: locked, deadline: FAR_AWAY };
    const permit = { amount: locked, ...(await signPermit(newcomer, usd, signed)) };
    const handover = { operator: payments.address, agent: market.address, tokenId: TOKEN, most: locked };
    const data = encodeHandover("request", [requestOf(gibPiece(name), GIB)]);
    return await gasOf(ledger.write.depositAndCall([permit, handover, data], by.newcomer));
  }

  /** A customer with money in the ledger, through the ledger, without any lasting approval being used. */
  async function requestThroughLedger(name: string): Promise<number> {
    const [most] = await market.read.quote([OFFER_ID, GIB, TERM_PERIODS]);
    const handover = { operator: payments.address, agent: market.address, tokenId: TOKEN, most };
    const data = encodeHandover("request", [requestOf(gibPiece(name), GIB)]);
    return await gasOf(ledger.write.approveAndCall([handover, data], by.customer));
  }

  const measured: Measured = {
    "deal/request": await request(gibPiece("requested")),
    "deal/accept": await accept(),
    "deal/request-handover": await requestThroughLedger("handed over"),
    "deal/request-permit/first": await requestByPermit("first ever"),
  };
  measured["deal/request-permit"] = await requestByPermit("again");
  return measured;
};

/**
 * Pieces enter and leave a running deal. The first change in a period begins a new rate, further ones only correct it; both are
 * measured, and the latter, as a keeper or an uploader does them, under the plain name.
 */
const pieces: Scenario = async (stage) => {
  const { contracts, furnish, openDeal, add, enter, slots, gasOf, by } = stage;
  const removeAt = async (number: number, remover: typeof by.operator) => {
    const known = (await slots())[number];
    if (!known) throw new Error(`slot ${number} is missing`);
    const { slot, root, meta } = known;
    return await gasOf(contracts.proofs.write.removePiece([SET, BigInt(slot), root, meta], remover));
  };
  await furnish();
  await openDeal(mibPiece("first"));
  const measured: Measured = { "piece/add": await add([mibPiece("second")]) };
  await enter(2n);
  measured["piece/add/first-of-period"] = await add([mibPiece("third")]);
  measured["piece/batch20"] = Math.ceil((await add(many(20, (i) => mibPiece(`batch/${i}`)))) / 20);
  measured["piece/remove"] = await removeAt(2, by.operator);
  measured["piece/remove/by-customer"] = await removeAt(3, by.customer);
  await enter(3n);
  measured["piece/remove/first-of-period"] = await removeAt(1, by.operator);
  return measured;
};

/** A set with one piece of 1 GiB: the second proof, since the first one of a word of 224 periods begins a slot. */
const oneGib: Scenario = async ({ furnish, openDeal, enter, record, prove }) => {
  await furnish();
  const piece = gibPiece("one");
  await openDeal(piece);
  let [recorded, proven] = [0, 0];
  for (const period of [2n, 3n]) {
    await enter(period + 1n);
    recorded = await record(period);
    proven = await prove(period, [piece]);
  }
  return { "beacon/record": recorded, "prove/1GiB/k5": proven };
};

/** A provider's day: one proof over 100 deals of one piece of 1 GiB each. */
const providerDay: Scenario = async ({ furnish, openDeal, enter, record, prove }) => {
  await furnish();
  const all = many(100, (i) => gibPiece(`deal/${i}`));
  for (const piece of all) await openDeal(piece);
  let proven = 0;
  for (const period of [2n, 3n]) {
    await enter(period + 1n);
    await record(period);
    proven = await prove(period, all);
  }
  return { "provider-day/100-deals": proven };
};

/** 10,000 pieces of 1 MiB in one set: another one, and a proof over all. */
const manyPieces: Scenario = async ({ furnish, openDeal, add, enter, record, prove, slots }) => {
  await furnish();
  const all = many(10_000, (i) => mibPiece(`many/${i}`));
  const [first, ...others] = all;
  if (!first) throw new Error("there is no piece");
  await openDeal(first, 10n * GIB);
  const perBatch = 200;
  for (let i = 0; i < others.length; i += perBatch) await add(others.slice(i, i + perBatch));
  const more = mibPiece("one more");
  const added = await add([more]);
  const known = await slots();
  let proven = 0;
  for (const period of [2n, 3n]) {
    await enter(period + 1n);
    await record(period);
    proven = await prove(period, [...all, more], known);
  }
  return { "piece/add/10000": added, "prove/10000x1MiB": proven };
};

/** Periods that are proven before anything changes: more than what is held back, so that a settlement really pays. */
const PROVEN_BEFORE = 40n;

/**
 * A settlement after so many changes of price and capacity, one in each period, every other one of which goes unproven. It reaches the
 * last three periods with a change, so that three rates are still open: the most that there can be.
 */
const settlementAfter =
  (changes: number): Scenario =>
  async (stage) => {
    const { contracts, furnish, openDeal, enter, record, prove, gasOf, dealKeyOf, by } = stage;
    const { market, payments, registry } = contracts;
    await furnish();
    const piece = gibPiece("settled");
    const dealId = await openDeal(piece, 2n * GIB);
    const dealKey = await dealKeyOf(dealId);
    let running = 1n;
    const pass = async (isProven: boolean) => {
      running += 1n;
      await enter(running);
      await record(running - 1n);
      if (isProven && running > 2n) await prove(running - 1n, [piece]);
    };
    for (let i = 0n; i < PROVEN_BEFORE; i++) await pass(true);
    await payments.write.settle([dealKey]);
    for (let i = 0; i < Math.max(changes, 3); i++) {
      if (i < changes) {
        const [price, capacityBytes] = i % 2 === 0 ? [UNIT_PRICE - 1n, GIB] : [UNIT_PRICE, 2n * GIB];
        await registry.write.updateOffer([OFFER_ID, price, OFFER_BYTES, 1, REGION], by.provider);
        await market.write.changeCapacity([dealId, capacityBytes, price], by.customer);
      }
      await pass(changes === 0 || i % 2 === 0);
    }
    await pass(true);
    await pass(true);
    return { [`settle/${changes}`]: await gasOf(payments.write.settle([dealKey])) };
  };

/** Vouchers of a channel each, in a batch. */
const BATCHES = [10, 50];

/**
 * Channels of one customer to one provider, opened as the first and as a later one of the pair. `redeem/first` is the provider's first
 * money in the ledger; in a batch each voucher is of a channel of its own, and none is that channel's first.
 */
const usageChannels: Scenario = async ({ contracts, connection, furnish, provider, gasOf, by }) => {
  const { channels, ledger } = contracts;
  await furnish();
  await ledger.write.approveOperator([channels.address, channels.address, TOKEN, maxUint128, FAR_AWAY], by.customer);
  const sessionKey = privateKeyToAccount(keccak256(stringToHex("session key")));
  const payee = provider.account.address;
  const opening = {
    payee,
    serviceId: HOSTING,
    tokenId: TOKEN,
    amount: 10n * DOLLARS,
    expiresAt: Number(FAR_AWAY),
    sessionKey: sessionKey.address,
    keyOwner: zeroAddress,
    keyProof: "0x",
  } as const;
  const open = () => gasOf(channels.write.open([opening], by.customer));
  const client = await connection.viem.getPublicClient();
  const chainId = await client.getChainId();
  const sign = (channelId: bigint, cumulative: bigint) =>
    signVoucher(
      sessionKey,
      { chainId, channels: channels.address, channelId, payee, serviceId: HOSTING },
      { cumulative, usageRoot: keccak256(stringToHex(`${channelId}/${cumulative}`)) },
    );
  const redeem = async (cumulative: bigint) => gasOf(channels.write.redeem([await sign(1n, cumulative)], by.operator));

  const measured: Measured = { "channel/open/first": await open(), "channel/open": await open() };
  measured["redeem/first"] = await redeem(DOLLARS);
  measured["redeem/1"] = await redeem(2n * DOLLARS);
  for (let i = 3; i <= Math.max(...BATCHES); i++) await open();
  let cumulative = 3n * DOLLARS;
  const batch = async (count: number) => {
    cumulative += DOLLARS;
    const vouchers = await Promise.all(Array.from({ length: count }, (_, i) => sign(BigInt(i + 1), cumulative)));
    return await gasOf(channels.write.redeemMany([vouchers], by.operator));
  };
  await batch(Math.max(...BATCHES));
  for (const count of BATCHES) measured[`redeem/batch${count}`] = Math.ceil((await batch(count)) / count);
  return measured;
};

/** Seconds after which a lot that began at all EVER costs some 15 EVER: 26 half-lives of an hour. */
const CHEAP_SECONDS = 26 * 3_600;

/**
 * Fees of a running deal are collected into a first lot, which is sold; later ones into the next. A lot that opens at once, and another
 * collection while it waits. The customer buys.
 */
const fees: Scenario = async ({ contracts, connection, furnish, gasOf, by, customer }) => {
  const { router, ledger, ever } = contracts;
  await furnish();
  await ever.write.approve([router.address, maxUint256], by.customer);
  const pay = () => ledger.write.deposit([router.address, TOKEN, 100n * DOLLARS], by.customer);
  const collect = async () => {
    await pay();
    return await gasOf(router.write.collect([TOKEN], by.operator));
  };
  const buy = async () => {
    const { lotId } = await router.read.lotOf([TOKEN]);
    await connection.networkHelpers.time.increase(CHEAP_SECONDS);
    return await gasOf(router.write.buy([TOKEN, lotId, parseEther("1000"), customer.account.address], by.customer));
  };
  const first = { "fee/collect/first": await collect(), "fee/buy/first": await buy() };
  await collect();
  const waiting = await collect();
  return { ...first, "fee/collect": waiting, "fee/buy": await buy() };
};

/** Fees of one channel are recorded twice and sold, and their reward is claimed in the next epoch, for a provider without delegators. */
const rewards: Scenario = async ({ contracts, connection, furnish, gasOf, by, provider, customer }) => {
  const { channels, ledger, router, ever, rewards: pool } = contracts;
  const { viem, networkHelpers } = connection;
  await furnish();
  await ledger.write.approveOperator([channels.address, channels.address, TOKEN, maxUint128, FAR_AWAY], by.customer);
  await ever.write.approve([router.address, maxUint256], by.customer);
  const sessionKey = privateKeyToAccount(keccak256(stringToHex("session key")));
  const payee = provider.account.address;
  const opening = {
    payee,
    serviceId: HOSTING,
    tokenId: TOKEN,
    amount: 100n * DOLLARS,
    expiresAt: Number(FAR_AWAY),
    sessionKey: sessionKey.address,
    keyOwner: zeroAddress,
    keyProof: "0x",
  } as const;
  await channels.write.open([opening], by.customer);
  const client = await viem.getPublicClient();
  const terms = { chainId: await client.getChainId(), channels: channels.address, channelId: 1n, payee };
  const record = async (cumulative: bigint) => {
    const claim = { cumulative, usageRoot: keccak256(stringToHex(`${cumulative}`)) };
    const voucher = await signVoucher(sessionKey, { ...terms, serviceId: HOSTING }, claim);
    await channels.write.redeem([voucher], by.operator);
    await channels.write.sweepFee([1n], by.operator);
    return await gasOf(pool.write.recordChannel([1n], by.operator));
  };
  const recorded = { "reward/record/first": await record(50n * DOLLARS), "reward/record": await record(90n * DOLLARS) };
  await router.write.collect([TOKEN], by.operator);
  await networkHelpers.time.increase(CHEAP_SECONDS);
  await router.write.buy([TOKEN, 1n, parseEther("1000"), customer.account.address], by.customer);
  const epoch = await router.read.currentEpoch();
  await networkHelpers.time.increase(PRODUCTION.fees.epochSeconds);
  return { ...recorded, "reward/claim": await gasOf(pool.write.claim([payee, epoch, TOKEN], by.operator)) };
};

export const SCENARIOS: readonly Scenario[] = [
  money,
  registration,
  staking,
  slashing(1),
  slashing(1_000),
  deals,
  pieces,
  oneGib,
  providerDay,
  manyPieces,
  settlementAfter(0),
  settlementAfter(10),
  settlementAfter(100),
  usageChannels,
  fees,
  rewards,
  exits,
  governance,
];
