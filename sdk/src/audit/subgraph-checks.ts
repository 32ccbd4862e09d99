import { setTimeout as delay } from "node:timers/promises";
import type { Hash, Hex } from "viem";
import { type Query, type Subgraph, SubgraphError } from "../subgraph/client.ts";
import {
  allocationIdOf,
  balanceIdOf,
  channelIdOf,
  dealIdOf,
  exitBountyIdOf,
  lockIdOf,
  offerIdOf,
  provingSetIdOf,
  roundIdOf,
  tokenIdOf,
  verdictIdOf,
} from "../subgraph/ids.ts";
import { getIndexedBlock } from "../subgraph/queries.ts";
import { subjectOfAllocation } from "./backing-model.ts";
import { subjectOfBounty } from "./bounties-model.ts";
import { subjectOfChannel } from "./channels-model.ts";
import { subjectOf } from "./deal.ts";
import { type Figure, type Findings, keyOf } from "./difference.ts";
import { feeEntitiesOf } from "./fee-checks.ts";
import type { ProtocolModel } from "./model.ts";
import { capacityOf, subjectOfStake } from "./stake-model.ts";

/** What must be in the index: an entity with its figures. */
export interface Expected {
  subject: string;
  figures: Record<string, Figure>;
}

/** A kind of entity, and all that there must be of it, by id. */
interface Kind {
  /** As the schema calls one and several. */
  entity: string;
  plural: string;
  /** Which ones are compared; all when absent. */
  where?: string;
  expected: Map<Hex, Expected>;
}

const PAGE = 1_000;
/** How long an index that is behind is waited for. */
const WAIT_MS = 30_000;
const POLL_MS = 200;

/**
 * Compares what the replay came to with the index as of a block, which is asked for by its hash: another branch is no answer.
 * An index that is behind or does not answer is unknown, not wrong.
 */
export async function compareSubgraph(
  subgraph: Subgraph,
  model: ProtocolModel,
  findings: Findings,
  span: {
    from: bigint;
    to: bigint;
    toHash: Hash;
    signal?: AbortSignal | undefined;
    onProgress: (done: number, all: number) => void;
  },
): Promise<void> {
  const { to, toHash, signal, onProgress } = span;
  try {
    const obstacle = await obstacleTo(subgraph, span);
    if (obstacle !== undefined) return findings.unknown({ subject: "the index", reason: obstacle });
    const kinds = kindsOf(model, span.from);
    for (const [done, kind] of kinds.entries()) {
      onProgress(done, kinds.length);
      await compareKind(subgraph, kind, findings, { to, toHash, signal });
    }
  } catch (cause) {
    if (!(cause instanceof SubgraphError)) throw cause;
    findings.unknown({ subject: "the index", reason: cause.message });
  }
}

async function obstacleTo(
  subgraph: Subgraph,
  { to, signal }: { to: bigint; signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  const until = performance.now() + WAIT_MS;
  for (;;) {
    const indexed = await getIndexedBlock(subgraph, signal);
    if (indexed?.hasFailed) return "It has failed.";
    if (indexed && BigInt(indexed.number) >= to) return undefined;
    if (performance.now() > until) return `It is at block ${indexed?.number ?? "none"}, before block ${to}.`;
    await delay(POLL_MS, undefined, signal ? { signal } : {});
  }
}

type Entity = { id: Hex } & Record<string, Figure>;

async function compareKind(
  subgraph: Subgraph,
  { entity, plural, where, expected }: Kind,
  findings: Findings,
  { to, toHash, signal }: { to: bigint; toHash: Hash; signal?: AbortSignal | undefined },
): Promise<void> {
  const fields = [...new Set([...expected.values()].flatMap(({ figures }) => Object.keys(figures)))];
  const filter = ["id_gt: $after", where].filter(Boolean).join(", ");
  const query: Query<{ block: Hash; after: Hex }, Record<string, Entity[]>> = {
    document: `query Audit($block: Bytes!, $after: ID!) {
      ${plural}(block: { hash: $block }, first: ${PAGE}, orderBy: id, where: { ${filter} }) { id ${fields.join(" ")} }
    }`,
  };
  const seen = new Set<Hex>();
  for (let after: Hex = "0x"; ; ) {
    const entities = (await subgraph.ask(query, { block: toHash, after }, signal))[plural] ?? [];
    for (const found of entities) {
      seen.add(found.id);
      const wanted = expected.get(found.id);
      const subject = wanted?.subject ?? `${entity} ${found.id}`;
      const at = (field: string) =>
        ({ subject, place: { kind: "subgraph", entity, id: found.id, field }, block: to }) as const;
      if (!wanted) findings.compare(at("id"), "entity", "none", found.id);
      else
        for (const [field, figure] of Object.entries(wanted.figures))
          findings.compare(at(field), field, figure, found[field]);
    }
    if (entities.length < PAGE) break;
    after = entities.at(-1)?.id ?? after;
  }
  for (const [id, { subject }] of expected) {
    if (seen.has(id)) continue;
    const place = { kind: "subgraph", entity, id, field: "id" } as const;
    findings.compare({ subject, place, block: to }, "entity", id, "none");
  }
}

function kindsOf(model: ProtocolModel, from: bigint): Kind[] {
  const { deployment, ledger, backing, sets, payments, channels } = model;
  const { PossessionProofs, DealMarket } = deployment.contracts;
  const kinds: Kind[] = [];
  const add = (entity: string, entries: Iterable<[Hex, Expected]>, where?: string, plural = `${lowered(entity)}s`) =>
    kinds.push({ entity, plural, expected: new Map(entries), ...(where && { where }) });

  const locked = new Map<string, bigint>();
  const inToken = new Map<number, { locked: bigint; paid: bigint; fees: bigint; refunded: bigint }>();
  for (const tokenId of ledger.tokens.keys()) inToken.set(tokenId, { locked: 0n, paid: 0n, fees: 0n, refunded: 0n });
  for (const { payer, tokenId, left, paid, fees, refunded } of ledger.locks.values()) {
    const key = `${keyOf(payer)}:${tokenId}`;
    locked.set(key, (locked.get(key) ?? 0n) + left);
    const sum = inToken.get(tokenId);
    if (!sum) continue;
    sum.locked += left;
    sum.paid += paid;
    sum.fees += fees;
    sum.refunded += refunded;
  }
  add(
    "Token",
    [...inToken].map(([tokenId, figures]) => [tokenIdOf(tokenId), { subject: `token ${tokenId}`, figures }]),
  );
  add(
    "Balance",
    [...ledger.balances].map(([key, { account, tokenId, available }]) => [
      balanceIdOf(account, tokenId),
      { subject: `account ${account} in token ${tokenId}`, figures: { available, locked: locked.get(key) ?? 0n } },
    ]),
  );
  add(
    "Lock",
    [...ledger.locks.values()].map(({ operator, lockId, left, locked, paid, fees, refunded, expiresAt }) => [
      lockIdOf(operator, lockId),
      {
        subject: `lock of ${subjectOf(deployment, lockId)}`,
        figures: { left, locked, paid, fees, refunded, expiresAt },
      },
    ]),
  );
  add(
    "Channel",
    [...channels.channels.values()].map(({ channelId, locked, redeemed, expiresAt, closesAt, feeBps, sessionKey }) => [
      channelIdOf(channelId),
      {
        subject: subjectOfChannel(channelId),
        figures: { locked, redeemed, expiresAt, closesAt, feeBps, sessionKey },
      },
    ]),
  );
  const ours = [...payments.deals.values()].filter(({ dealKey }) => dealKey >> 96n === BigInt(DealMarket));
  add(
    "Deal",
    ours.map((deal) => {
      const { dealKey, market, stream, capacityBytes, liveBytes, unitPrice, feeBps, provenPeriods, signer } = deal;
      const lock = ledger.lockOf(dealKey);
      return [
        dealIdOf(dealKey),
        {
          subject: subjectOf(deployment, dealKey),
          figures: {
            status: market?.status.toUpperCase(),
            termPeriods: market?.termPeriods,
            acceptBy: market?.acceptBy,
            stakeReserved: market?.stakeReserved,
            fromPeriod: market?.fromPeriod || null,
            termEndPeriod: market?.termEndPeriod || null,
            endPeriod: stream?.endPeriod ?? null,
            settledPeriod: stream?.settledPeriod ?? null,
            earned: stream?.earned ?? 0n,
            released: stream?.released ?? 0n,
            capacityBytes,
            liveBytes,
            unitPrice,
            feeBps,
            provenPeriods,
            sessionKey: signer,
            locked: lock?.locked,
            paid: lock?.paid,
            fee: lock?.fees,
            refunded: lock?.refunded,
          },
        },
      ];
    }),
  );
  for (const { entity, plural, expected } of feeEntitiesOf(model)) add(entity, expected, undefined, plural);
  add(
    "Offer",
    [...backing.offers.values()].map(({ offerId, unitPrice, capacityBytes, freeBytes, isActive }) => [
      offerIdOf(offerId),
      { subject: `offer ${offerId}`, figures: { unitPrice, capacityBytes, freeBytes, active: isActive } },
    ]),
  );
  add(
    "Allocation",
    [...backing.allocations.values()].map((allocation) => [
      allocationIdOf(allocation.provider, allocation.serviceId),
      {
        subject: subjectOfAllocation(allocation),
        figures: { amount: allocation.amount, reserved: allocation.reserved },
      },
    ]),
  );
  add(
    "ProvingSet",
    [...sets.sets.values()].map(({ setId, total, proven, missed, lastProven, operator }) => [
      provingSetIdOf(PossessionProofs, setId),
      {
        subject: `set ${setId}`,
        figures: {
          totalLeaves: total,
          proofCount: proven.size,
          missedCount: missed.size,
          lastProvenPeriod: proven.size === 0 ? null : lastProven,
          operator,
        },
      },
    ]),
  );
  const stakes = [...backing.stake.stakes.values()].map((stake): [Hex, Expected] => [
    keyOf(stake.provider) as Hex,
    {
      subject: subjectOfStake(stake),
      figures: {
        activeStake: stake.active,
        allocatedStake: stake.allocated,
        capacityStake: capacityOf(stake),
        thawingStake: stake.thawing,
        delegatedStake: stake.delegated,
        delegatedThawingStake: stake.delegatedThawing,
        poolIndex: stake.pools.delegated.index,
        poolEpoch: stake.pools.delegated.epoch,
      },
    },
  ]);
  // Providers without stake have nothing that is compared.
  add("Provider", stakes, "stakeDeposits_: { amount_gt: 0 }");
  add(
    "ExitBounty",
    [...model.bounties.bounties.values()].map((bounty) => [
      exitBountyIdOf(bounty.provider, bounty.account),
      { subject: subjectOfBounty(bounty), figures: { amountWei: bounty.amountWei } },
    ]),
    undefined,
    "exitBounties",
  );
  const since = `blockNumber_gte: "${from}"`;
  add(
    "Round",
    [...sets.rounds.values()]
      .filter(({ block }) => block >= from)
      .map(({ period, seed, seedBlock, dueAt }) => [
        roundIdOf(period),
        { subject: `round of period ${period}`, figures: { period, seed, seedBlock, dueAt } },
      ]),
    since,
  );
  const verdicts = (select: "proven" | "missed") =>
    [...sets.sets.values()].flatMap((set) =>
      [...set[select]]
        .filter(([, block]) => block >= from)
        .map(([period]): [Hex, Expected] => [
          verdictIdOf(provingSetIdOf(PossessionProofs, set.setId), period),
          { subject: `period ${period} of set ${set.setId}`, figures: { period } },
        ]),
    );
  add("Proof", verdicts("proven"), since);
  add("MissedPeriod", verdicts("missed"), since);
  return kinds;
}

function lowered(entity: string): string {
  return entity.charAt(0).toLowerCase() + entity.slice(1);
}
