import {
  type Abi,
  type Address,
  BaseError,
  type ContractFunctionArgs,
  type ContractFunctionName,
  erc20Abi,
  zeroAddress,
} from "viem";
import { getBalance, readContract } from "viem/actions";
import type { ProtocolClient } from "../client.ts";
import { DEAL_STATUSES } from "../deal-status.ts";
import { firstOpenPeriod } from "../periods.ts";
import { commitmentOf } from "../proofs/meta.ts";
import { subjectOfAllocation } from "./backing-model.ts";
import { subjectOfBounty } from "./bounties-model.ts";
import { AUDITED, type AuditedContract, forAll } from "./chain.ts";
import { subjectOfChannel } from "./channels-model.ts";
import { type Deal, subjectOf } from "./deal.ts";
import type { Figure, Findings } from "./difference.ts";
import { feeViewsOf } from "./fee-checks.ts";
import type { ProtocolModel } from "./model.ts";
import { capacityOf, subjectOfStake } from "./stake-model.ts";

/** One view and the figures that must come out of it. */
interface Question {
  subject: string;
  contract: string;
  call: string;
  read(): Promise<Record<string, readonly [expected: Figure, found: Figure]>>;
}

/**
 * Compares what the replay came to with the contracts' own views as of a block.
 * @param span.from What was over before it is left out: it was compared when it happened.
 */
export async function compareContracts(
  client: ProtocolClient,
  model: ProtocolModel,
  findings: Findings,
  span: {
    from: bigint;
    to: bigint;
    at: number;
    signal?: AbortSignal | undefined;
    onProgress?: (done: number, all: number) => void;
  },
): Promise<void> {
  const questions = questionsOf(client, model, span);
  try {
    await questions[0]?.read();
  } catch (cause) {
    span.signal?.throwIfAborted();
    const why = cause instanceof BaseError ? cause.shortMessage : String(cause);
    const reason = `The node answers no views of block ${span.to}, for want of an archive maybe: ${why}`;
    return findings.unknown({ subject: "the contracts' views", reason });
  }
  let done = 0;
  const answers = await forAll(
    questions,
    async ({ read }) => {
      const figures = await read();
      span.onProgress?.(++done, questions.length);
      return figures;
    },
    span.signal,
  );
  // In the order of the questions, not of the answers: the first difference is the same one each time.
  for (const [i, { subject, contract, call }] of questions.entries()) {
    const found = { subject, place: { kind: "contract", contract, call }, block: span.to } as const;
    for (const [figure, [expected, told]] of Object.entries(answers[i] ?? {}))
      findings.compare(found, figure, expected, told);
  }
}

function questionsOf(
  client: ProtocolClient,
  model: ProtocolModel,
  { from, to: blockNumber, at }: { from: bigint; to: bigint; at: number },
): Question[] {
  const { deployment, ledger, backing, sets, payments, channels } = model;
  const { contracts, parameters } = deployment;
  const closedPeriods = firstOpenPeriod(parameters, at);
  /** Reads a view of an audited contract as of the block. */
  const ask = <name extends AuditedContract, call extends ContractFunctionName<(typeof AUDITED)[name], "view">>(
    contract: name,
    functionName: call,
    args: ContractFunctionArgs<(typeof AUDITED)[name], "view", call>,
  ) =>
    readContract(client, {
      address: contracts[contract] as Address, // one that a model knows events of
      abi: AUDITED[contract] as Abi,
      functionName,
      args: args as readonly unknown[],
      blockNumber,
    });
  const questions: Question[] = [];
  const question = (contract: string, call: string, subject: string, read: Question["read"]) =>
    questions.push({ contract, call, subject, read });

  question("DealMarket", "dealCount", "deal market", async () => ({
    "number of deals": [model.market.count, (await ask("DealMarket", "dealCount", [])) as bigint],
  }));
  question("StakeVault", "totalStake", "stake vault", async () => ({
    "stake of all providers": [backing.stake.total, (await ask("StakeVault", "totalStake", [])) as bigint],
  }));
  question("EverToken", "balanceOf", "stake vault", async () => {
    const held = await heldIn(client, contracts.EverToken, contracts.StakeVault, blockNumber);
    return { "EVER held, at least all stake": [true, held >= backing.stake.total] };
  });
  for (const [tokenId, token] of ledger.tokens) {
    const owed = ledger.owedIn(tokenId);
    if (owed === 0n) continue;
    question("token", "balanceOf", `ledger in token ${tokenId}`, async () => {
      const held = await heldIn(client, token, contracts.Ledger, blockNumber);
      return { "tokens held, at least balances and locks": [true, held >= owed] };
    });
  }
  const { bounties, total: promised } = model.bounties;
  for (const bounty of bounties.values())
    question("ExitBounties", "bountyOf", subjectOfBounty(bounty), async () => {
      const args = [bounty.provider, bounty.account] as const;
      const found = (await ask("ExitBounties", "bountyOf", args)) as Record<string, Figure>;
      return { bounty: [bounty.amountWei, found.amountWei], tranche: [bounty.tranche, found.tranche] };
    });
  const { ExitBounties: address } = contracts;
  if (address && promised > 0n)
    question("ExitBounties", "balance", "bounties for exits", async () => {
      const held = await getBalance(client, { address, blockNumber });
      return { "coin held, at least all bounties": [true, held >= promised] };
    });
  for (const { subject, contract, call, args, figures } of feeViewsOf(model, { from, at }))
    question(contract, call, subject, async () => figures(await ask(contract, call as never, args as never)));
  for (const { account, tokenId, available } of ledger.balances.values())
    question("Ledger", "balanceOf", `account ${account} in token ${tokenId}`, async () => ({
      balance: [available, (await ask("Ledger", "balanceOf", [account, tokenId])) as bigint],
    }));
  for (const { operator, lockId, payer, payee, left, expiresAt } of ledger.locks.values()) {
    if (isOver(payments.deals.get(lockId), from)) continue;
    question("Ledger", "lockOf", `lock of ${subjectOf(deployment, lockId)}`, async () => {
      const found = (await ask("Ledger", "lockOf", [operator, lockId])) as Record<string, Figure>;
      return {
        payer: [payer, found.payer],
        payee: [payee, found.payee],
        "amount left": [left, found.left],
        expiry: [expiresAt, found.expiresAt],
      };
    });
  }
  for (const channel of channels.channels.values()) {
    const { channelId, isClosed, touchedAt } = channel;
    if (isClosed && touchedAt < from) continue;
    question("UsageChannels", "channelOf", subjectOfChannel(channelId), async () => {
      const found = (await ask("UsageChannels", "channelOf", [channelId])) as Record<string, Figure>;
      return {
        payer: [channel.payer, found.payer],
        payee: [channel.payee, found.payee],
        "payout account": [channel.payout, found.payout],
        "session key": [isClosed ? zeroAddress : channel.sessionKey, found.sessionKey],
        cap: [channel.locked, found.locked],
        redeemed: [channel.redeemed, found.redeemed],
        expiry: [channel.expiresAt, found.expiresAt],
        "end of the window": [channel.closesAt ?? 0, found.closesAt],
        "protocol fee": [channel.feeBps, found.feeBps],
      };
    });
  }
  for (const deal of payments.deals.values()) {
    if (isOver(deal, from)) continue;
    const { dealKey, stream, market } = deal;
    const subject = subjectOf(deployment, dealKey);
    question("DealPayments", "streamOf", subject, async () => {
      const found = (await ask("DealPayments", "streamOf", [dealKey])) as Record<string, Figure>;
      return {
        "proving set": [deal.setId, found.setId],
        capacity: [deal.capacityBytes, found.capacityBytes],
        "live bytes": [deal.liveBytes, found.liveBytes],
        "unit price": [deal.unitPrice, found.unitPrice],
        "protocol fee": [deal.feeBps, found.feeBps],
        signer: [deal.signer, found.signer],
        closed: [deal.isClosed, found.closed],
        ...(stream && {
          "first period that is not paid": [stream.endPeriod, found.endPeriod],
          "first period that is not settled": [stream.settledPeriod, found.settledPeriod],
          earned: [stream.earned, found.earned],
          "released, not held back": [stream.released, found.released],
          "fee paid out": [stream.feeSwept, found.feeSwept],
        }),
      };
    });
    if (stream)
      question("DealPayments", "earnedOf", subject, async () => {
        const expected = payments.earnedOf(deal, closedPeriods);
        const [earned, released] = (await ask("DealPayments", "earnedOf", [dealKey])) as [bigint, bigint];
        return { "earned as of now": [expected.earned, earned], "released as of now": [expected.released, released] };
      });
    if (market)
      question("DealMarket", "dealOf", subject, async () => {
        const found = (await ask("DealMarket", "dealOf", [market.dealId])) as Record<string, Figure>;
        return {
          status: [DEAL_STATUSES.indexOf(market.status), found.status],
          customer: [deal.payer, found.customer],
          provider: [deal.payee, found.provider],
          offer: [market.offerId, found.offerId],
          "reserved stake": [market.stakeReserved, found.stakeReserved],
        };
      });
  }
  for (const stake of backing.stake.stakes.values()) {
    const { provider, active, allocated, thawing, delegated, delegatedThawing, cases, pools } = stake;
    question("StakeVault", "stakeOf", subjectOfStake(stake), async () => {
      const found = (await ask("StakeVault", "stakeOf", [provider])) as Record<string, Figure>;
      return {
        "active stake": [active, found.active],
        "allocated stake": [allocated, found.allocated],
        capacity: [capacityOf(stake), found.capacity],
        "thawing stake": [thawing, found.thawing],
        "delegated stake": [delegated, found.delegated],
        "thawing delegated stake": [delegatedThawing, found.delegatedThawing],
        "stake that cases hold back": [[...cases.values()].reduce((sum, amount) => sum + amount, 0n), found.frozen],
      };
    });
    for (const { delegator, shares, epoch } of stake.positions.values())
      question("StakeVault", "delegationOf", `${subjectOfStake(stake)}, delegator ${delegator}`, async () => {
        const found = (await ask("StakeVault", "delegationOf", [provider, delegator])) as readonly Figure[];
        return {
          shares: [epoch === pools.delegated.epoch ? shares : 0n, found[0]],
          epoch: [pools.delegated.epoch, found[2]],
        };
      });
  }
  for (const allocation of backing.allocations.values())
    question("StakeVault", "allocationOf", subjectOfAllocation(allocation), async () => {
      const args = [allocation.provider, allocation.serviceId] as const;
      const found = (await ask("StakeVault", "allocationOf", args)) as Record<string, Figure>;
      return { amount: [allocation.amount, found.amount], reserved: [allocation.reserved, found.reserved] };
    });
  for (const { offerId, provider, unitPrice, capacityBytes, freeBytes, isActive } of backing.offers.values())
    question("ProviderRegistry", "offerOf", `offer ${offerId}`, async () => {
      const found = (await ask("ProviderRegistry", "offerOf", [BigInt(offerId)])) as Record<string, Figure>;
      return {
        provider: [provider, found.provider],
        "unit price": [unitPrice, found.unitPrice],
        capacity: [capacityBytes, found.capacityBytes],
        "free bytes": [freeBytes, found.freeBytes],
        active: [isActive, found.active],
      };
    });
  for (const set of sets.sets.values()) {
    const { setId } = set;
    const id = BigInt(setId);
    question("PossessionProofs", "setOf", `set ${setId}`, async () => {
      const found = (await ask("PossessionProofs", "setOf", [id])) as Record<string, Figure>;
      return {
        provider: [set.provider, found.provider],
        market: [set.market, found.market],
        operator: [set.operator, found.operator],
        "leaves of the line": [set.total, found.total],
        slots: [set.slots.size, found.slots],
        strikes: [set.strikes, found.strikes],
        "last strike": [set.lastStrikePeriod, found.lastStrikePeriod],
      };
    });
    if (set.proven.size > 0)
      question("PossessionProofs", "provenPeriods", `set ${setId}`, async () => ({
        "periods proven in all": [
          set.proven.size,
          (await ask("PossessionProofs", "provenPeriods", [id, 0n, BigInt(set.lastProven) + 1n])) as bigint,
        ],
      }));
    for (const slot of set.slots.values())
      question("PossessionProofs", "slotOf", `slot ${slot.slot} of set ${setId}`, async () => ({
        "commitment to root and meta": [
          commitmentOf(slot),
          (await ask("PossessionProofs", "slotOf", [id, BigInt(slot.slot)])) as string,
        ],
      }));
  }
  for (const { period, seed, dueAt, block } of sets.rounds.values()) {
    if (block < from) continue;
    question("RandomBeacon", "roundOf", `round of period ${period}`, async () => {
      const found = (await ask("RandomBeacon", "roundOf", [BigInt(period)])) as [string, number];
      return { seed: [seed, found[0]], "deadline of the proofs": [dueAt, found[1]] };
    });
    for (const set of sets.sets.values()) {
      if (sets.piecesAt(set, period) === 0) continue;
      question("PossessionProofs", "isProven", `period ${period} of set ${set.setId}`, async () => ({
        proven: [
          set.proven.has(period),
          (await ask("PossessionProofs", "isProven", [BigInt(set.setId), BigInt(period)])) as boolean,
        ],
      }));
    }
  }
  return questions;
}

/** Over before the span: nothing of it can have changed since. */
export function isOver(deal: Deal | undefined, from: bigint): boolean {
  const { status = "active", touchedAt = from } = deal?.market ?? {};
  return touchedAt < from && deal?.isClosed === true && status !== "active" && status !== "ending";
}

function heldIn(client: ProtocolClient, token: Address, holder: Address, blockNumber: bigint): Promise<bigint> {
  return readContract(client, {
    address: token,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [holder],
    blockNumber,
  });
}
