import { BaseError, type Hash } from "viem";
import { getBlock, getBlockNumber } from "viem/actions";
import { assertChain, explained, type ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { firstOpenPeriod } from "../periods.ts";
import { decodeMeta } from "../proofs/meta.ts";
import type { Subgraph } from "../subgraph/client.ts";
import { UnitError } from "../units.ts";
import { type AuditEvent, hashOf, Reorganised, readTransactions } from "./chain.ts";
import { type ContentCounts, type ContentPiece, type ContentSource, checkContent } from "./content.ts";
import { compareContracts } from "./contract-checks.ts";
import { type Difference, Findings, FirstDifference, type Place, type Unknown } from "./difference.ts";
import { type FeeTerms, readFeeTerms } from "./fee-terms.ts";
import { ProtocolModel } from "./model.ts";
import { type Opening, ProofChecks } from "./proof-checks.ts";
import { compareSubgraph } from "./subgraph-checks.ts";
import { VoucherChecks } from "./voucher-checks.ts";

/** What is audited, and with what it is compared. */
export interface AuditOptions {
  deployment: Deployment;
  /** First block that is reported on; the deployment's when absent. What came before is replayed all the same. */
  from?: bigint;
  /** Last block; the latest when absent. */
  to?: bigint;
  /** The index to compare with. */
  subgraph?: Subgraph | undefined;
  /** Where the bytes of pieces are. */
  content?: ContentSource | undefined;
  /** Goes on after a difference, and lists them all. */
  all?: boolean;
  onProgress?: (progress: AuditProgress) => void;
  signal?: AbortSignal | undefined;
}

/** How far an audit is. */
export type AuditProgress =
  | { part: "events"; block: bigint; to: bigint; deals: number; proofs: number }
  | { part: "contracts" | "subgraph" | "content"; done: number; all: number }
  | { part: "reorganised"; block: bigint };

/** What an audit came to. */
export interface AuditReport {
  from: bigint;
  to: bigint;
  /** Hash of the last block: what was audited is this chain, no other. */
  toHash: Hash;
  /** `unknown` when nothing differs, and something could not be found out. */
  outcome: "agree" | "differ" | "unknown";
  differences: Difference[];
  unknowns: Unknown[];
  /** Figures that agreed, by where they were found. */
  agreed: Readonly<Record<Place["kind"], number>>;
  counts: AuditCounts;
}

/** How much was looked at. */
export interface AuditCounts {
  /** Events that were replayed, from the deployment on. */
  events: number;
  transactions: number;
  deals: number;
  /** Rounds and proofs of the span whose headers and bytes were checked. */
  rounds: number;
  proofs: number;
  /** Redemptions of the span whose signatures were checked. */
  vouchers: number;
  /** Lots that were sold, and rewards that were claimed, in the span. */
  lotsSold: number;
  rewards: number;
  /** Bounties for exits that were earned in the span. */
  bounties: number;
  /** Verdicts on the sets' periods that closed in the span and had a seed and pieces. */
  provenPeriods: number;
  missedPeriods: number;
  /** Missed periods that nobody reported: unpaid, but no strike. */
  unreportedPeriods: number;
  content: ContentCounts;
}

const ATTEMPTS = 3;

/**
 * Re-computes every payment and every verdict from the chain's events, the calls and the content, and compares them with the events'
 * own figures, the contracts' views and the index. Stops at the first difference unless told otherwise.
 * Throws `UnitError` for a span that is none, `ProtocolError` for another chain or a node that does not answer, and the signal's reason.
 */
export async function audit(client: ProtocolClient, options: AuditOptions): Promise<AuditReport> {
  await explained({}, () => assertChain(client, options.deployment));
  for (let attempt = 1; ; attempt++) {
    try {
      return await explained({}, () => auditOnce(client, options));
    } catch (cause) {
      if (!(cause instanceof Reorganised) || attempt === ATTEMPTS) throw cause;
      options.onProgress?.({ part: "reorganised", block: cause.block });
    }
  }
}

async function auditOnce(client: ProtocolClient, options: AuditOptions): Promise<AuditReport> {
  const { deployment, signal, onProgress } = options;
  const start = BigInt(deployment.startBlock);
  const head = await getBlockNumber(client, { cacheTime: 0 });
  const { to = head } = options;
  if (to > head) throw new UnitError(`Block ${to} is not there yet: the chain's last is ${head}.`);
  if (options.from !== undefined && options.from > to)
    throw new UnitError(`Block ${options.from} is after block ${to}.`);
  const from = options.from !== undefined && options.from > start ? options.from : start;
  const { hash: toHash, timestamp } = await getBlock(client, { blockNumber: to });
  const findings = new Findings(options.all ?? false);
  const model = new ProtocolModel(deployment, await feeTermsAt(client, { deployment, to, signal }, findings));
  const counts: AuditCounts = {
    events: 0,
    transactions: 0,
    deals: 0,
    rounds: 0,
    proofs: 0,
    vouchers: 0,
    lotsSold: 0,
    rewards: 0,
    bounties: 0,
    provenPeriods: 0,
    missedPeriods: 0,
    unreportedPeriods: 0,
    content: { pieces: 0, bytes: 0n, leaves: 0 },
  };
  const openings = new Map<string, Opening[]>();
  const at = Number(timestamp);
  try {
    for await (const range of readTransactions(client, deployment, { from: start, to, signal })) {
      const inSpan = range.transactions.filter(({ blockNumber }) => blockNumber >= from);
      const checks = await ProofChecks.load(client, { deployment, sets: model.sets, findings }, inSpan, signal);
      const vouchers = await VoucherChecks.load(client, { deployment, findings }, inSpan, signal);
      for (const transaction of range.transactions) {
        const isInSpan = transaction.blockNumber >= from;
        counts.transactions++;
        counts.events += transaction.events.length;
        const redeemed: (AuditEvent & { eventName: "VoucherRedeemed" })[] = [];
        model.replay(transaction, findings, (event) => {
          if (!isInSpan) return;
          if (event.eventName === "RoundRecorded") counts.rounds++;
          if (event.eventName === "PeriodProven") counts.proofs++;
          if (event.eventName === "VoucherRedeemed") redeemed.push(event);
          if (event.eventName === "LotSold") counts.lotsSold++;
          if (event.eventName === "RewardClaimed") counts.rewards++;
          if (event.eventName === "BountyPaid") counts.bounties++;
          for (const opening of checks.check(transaction, event)) {
            if (!options.content) continue;
            const known = openings.get(opening.root);
            if (known) known.push(opening);
            else openings.set(opening.root, [opening]);
          }
        });
        for (const event of redeemed) {
          counts.vouchers++;
          const channel = model.channels.channels.get(event.args.channelId);
          if (channel) await vouchers.check(transaction, event, channel);
        }
      }
      counts.deals = Number(model.market.count);
      onProgress?.({ part: "events", block: range.to, to, deals: counts.deals, proofs: counts.proofs });
    }
    countVerdicts(model, { from, at }, counts);
    if ((await hashOf(client, to)) !== toHash) throw new Reorganised(to);
    const tell = (part: "contracts" | "subgraph" | "content") => (done: number, all: number) =>
      onProgress?.({ part, done, all });
    await compareContracts(client, model, findings, { from, to, at, signal, onProgress: tell("contracts") });
    if ((await hashOf(client, to)) !== toHash) throw new Reorganised(to);
    if (options.subgraph) {
      const span = { from, to, toHash, signal, onProgress: tell("subgraph") };
      await compareSubgraph(options.subgraph, model, findings, span);
    }
    if (options.content) await compareContent(options.content, { model, findings, openings, to }, options, counts);
  } catch (cause) {
    if (!(cause instanceof FirstDifference)) throw cause;
  }
  const { differences, unknowns, agreed } = findings;
  const outcome = differences.length > 0 ? "differ" : unknowns.length > 0 ? "unknown" : "agree";
  return { from, to, toHash, outcome, differences, unknowns, agreed, counts };
}

/** A node that answers no views can tell no constants: then fees and rewards are unknown. */
async function feeTermsAt(
  client: ProtocolClient,
  { deployment, to, signal }: Pick<AuditOptions, "deployment" | "signal"> & { to: bigint },
  findings: Findings,
): Promise<FeeTerms | undefined> {
  try {
    return await readFeeTerms(client, deployment, to);
  } catch (cause) {
    signal?.throwIfAborted();
    const why = cause instanceof BaseError ? cause.shortMessage : String(cause);
    const reason = `The node tells no constants of the auctions as of block ${to}, for want of an archive maybe: ${why}`;
    findings.unknown({ subject: "fees and rewards", reason });
    return undefined;
  }
}

/** Verdicts on what closed by the end of the span, of the rounds that were recorded in it. */
function countVerdicts(model: ProtocolModel, { from, at }: { from: bigint; at: number }, counts: AuditCounts): void {
  const closed = firstOpenPeriod(model.deployment.parameters, at);
  for (const set of model.sets.sets.values()) {
    for (const { period, block } of model.sets.rounds.values()) {
      if (period >= closed || block < from || model.sets.piecesAt(set, period) === 0) continue;
      if (set.proven.has(period)) counts.provenPeriods++;
      else counts.missedPeriods++;
      if (!set.proven.has(period) && !set.missed.has(period)) counts.unreportedPeriods++;
    }
  }
}

interface Compared {
  model: ProtocolModel;
  findings: Findings;
  /** What proofs of the span opened, by the root of the piece. */
  openings: ReadonlyMap<string, Opening[]>;
  to: bigint;
}

/** The pieces that were there at the end, and those that proofs of the span opened. */
async function compareContent(
  source: ContentSource,
  { model, findings, openings, to }: Compared,
  { signal, onProgress }: AuditOptions,
  counts: AuditCounts,
): Promise<void> {
  const pieces = new Map<string, ContentPiece>();
  for (const { slots } of model.sets.sets.values()) {
    for (const { root, meta, cidDigest } of slots.values()) {
      const { leafCount, removedIn } = decodeMeta(meta);
      if (removedIn === 0) pieces.set(root, { root, cidDigest, leafCount });
    }
  }
  for (const [root, [opening]] of openings) if (opening) pieces.set(root, opening);
  let done = 0;
  for (const piece of pieces.values()) {
    onProgress?.({ part: "content", done: done++, all: pieces.size });
    await checkContent(piece, openings.get(piece.root) ?? [], { source, findings, block: to, signal }, counts.content);
  }
}
