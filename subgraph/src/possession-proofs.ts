import { BigInt, ethereum } from "@graphprotocol/graph-ts";
import {
  PeriodMissed,
  PeriodProven,
  PieceAdded,
  PieceRemoved,
  SetOpened,
  SetOperatorChanged,
} from "../generated/PossessionProofs/PossessionProofs";
import { Deal, MissedPeriod, Piece, Proof, ProvingSet, Round } from "../generated/schema";
import { cidOf } from "./cid";
import { createDealEvent } from "./deal";
import { bigEndian, dealIdOf, numberAt, pieceIdOf, positionOf, provingSetIdOf, roundIdOf, verdictIdOf } from "./ids";
import { loadNetwork, saveNetwork } from "./network";
import { LEAF_BYTES, ZERO, toInt } from "./numbers";
import { loadOrCreateProvider } from "./provider";

/** The packed word of a slot: start 7 bytes, length 5, leaves 5, addedIn 4, removedIn 4, deal id 7; lengths in leaves. */
class Meta {
  start: BigInt;
  length: BigInt;
  leaves: BigInt;
  addedIn: BigInt;

  constructor(word: BigInt) {
    const bytes = bigEndian(word, 32);
    this.start = numberAt(bytes, 0, 7);
    this.length = numberAt(bytes, 7, 5);
    this.leaves = numberAt(bytes, 12, 5);
    this.addedIn = numberAt(bytes, 17, 4);
  }
}

export function handleSetOpened(event: SetOpened): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.save();

  const set = new ProvingSet(provingSetIdOf(event.address, event.params.setId));
  set.setId = event.params.setId;
  set.verifier = event.address;
  set.provider = provider.id;
  set.operator = event.params.operator;
  set.market = event.params.market;
  set.totalLeaves = ZERO;
  set.livePieceCount = 0;
  set.liveBytes = ZERO;
  set.proofCount = 0;
  set.missedCount = 0;
  set.pieceCount = 0;
  set.openedAt = event.block.timestamp;
  set.transactionHash = event.transaction.hash;
  set.position = positionOf(event);
  set.save();
}

export function handleSetOperatorChanged(event: SetOperatorChanged): void {
  const set = ProvingSet.load(provingSetIdOf(event.address, event.params.setId))!;
  set.operator = event.params.operator;
  set.save();
}

export function handlePieceAdded(event: PieceAdded): void {
  const set = ProvingSet.load(provingSetIdOf(event.address, event.params.setId))!;
  const meta = new Meta(event.params.meta);
  const end = meta.start.plus(meta.length);
  if (end.gt(set.totalLeaves)) set.totalLeaves = end;
  set.save();
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;

  const piece = new Piece(pieceIdOf(set.id, event.params.slot, meta.addedIn));
  piece.provingSet = set.id;
  piece.provider = set.provider;
  piece.deal = deal.id;
  piece.slot = event.params.slot;
  piece.root = event.params.root;
  piece.cid = cidOf(event.params.cidDigest);
  piece.cidDigest = event.params.cidDigest;
  piece.startLeaf = meta.start;
  piece.leafCount = meta.leaves;
  piece.sizeBytes = meta.leaves.times(LEAF_BYTES);
  piece.meta = event.params.meta;
  piece.addedIn = toInt(meta.addedIn);
  piece.addedAt = event.block.timestamp;
  piece.transactionHash = event.transaction.hash;
  piece.position = positionOf(event);
  piece.save();

  deal.pieceCount += 1;
  deal.save();
  set.pieceCount += 1;
  countLive(event, set, 1, piece.sizeBytes);

  const record = createDealEvent(event, deal.id, "PIECE_ADDED");
  record.bytes = piece.sizeBytes;
  record.piece = piece.id;
  record.save();
}

export function handlePieceRemoved(event: PieceRemoved): void {
  const set = ProvingSet.load(provingSetIdOf(event.address, event.params.setId))!;
  const meta = new Meta(event.params.meta);
  const piece = Piece.load(pieceIdOf(set.id, event.params.slot, meta.addedIn));
  if (!piece) return;
  piece.removedIn = toInt(event.params.period);
  piece.removedAt = event.block.timestamp;
  piece.removalTransactionHash = event.transaction.hash;
  piece.save();
  countLive(event, set, -1, piece.sizeBytes.neg());

  const record = createDealEvent(event, piece.deal, "PIECE_REMOVED");
  record.bytes = piece.sizeBytes;
  record.period = toInt(event.params.period);
  record.piece = piece.id;
  record.save();
}

export function handlePeriodProven(event: PeriodProven): void {
  const set = ProvingSet.load(provingSetIdOf(event.address, event.params.setId))!;
  set.proofCount += 1;
  set.lastProvenPeriod = toInt(event.params.period);
  set.save();

  const proof = new Proof(verdictIdOf(set.id, event.params.period));
  proof.provingSet = set.id;
  proof.provider = set.provider;
  proof.period = toInt(event.params.period);
  proof.totalLeaves = event.params.total;
  proof.blockNumber = event.block.number;
  proof.timestamp = event.block.timestamp;
  proof.transactionHash = event.transaction.hash;
  proof.position = positionOf(event);
  proof.save();
  countVerdict(event, set, event.params.period, 1, 0);
}

export function handlePeriodMissed(event: PeriodMissed): void {
  const set = ProvingSet.load(provingSetIdOf(event.address, event.params.setId))!;
  set.missedCount += 1;
  set.lastMissedPeriod = toInt(event.params.period);
  set.save();

  const missed = new MissedPeriod(verdictIdOf(set.id, event.params.period));
  missed.provingSet = set.id;
  missed.provider = set.provider;
  missed.period = toInt(event.params.period);
  missed.strikes = toInt(event.params.strikes);
  missed.reportedBy = event.params.by;
  missed.blockNumber = event.block.number;
  missed.timestamp = event.block.timestamp;
  missed.transactionHash = event.transaction.hash;
  missed.position = positionOf(event);
  missed.save();
  countVerdict(event, set, event.params.period, 0, 1);
}

/** Counts pieces that came or went, with their bytes; both negative when they went. */
function countLive(event: ethereum.Event, set: ProvingSet, pieces: i32, bytes: BigInt): void {
  const wasEmpty = set.livePieceCount == 0;
  set.livePieceCount += pieces;
  const isEmpty = set.livePieceCount == 0;
  set.liveBytes = set.liveBytes.plus(bytes);
  set.save();
  const provider = loadOrCreateProvider(set.provider);
  provider.liveBytes = provider.liveBytes.plus(bytes);
  provider.save();
  const network = loadNetwork();
  network.livePieceCount += pieces;
  network.liveBytes = network.liveBytes.plus(bytes);
  if (wasEmpty != isEmpty) network.provingSetCount += isEmpty ? -1 : 1;
  saveNetwork(event, network);
}

/**
 * Counts a set's verdict on a period with its provider, its round and the network. Anybody may open a set for a market of their own and
 * prove it: such sets never held a piece of a known deal, and would only adorn the totals.
 */
function countVerdict(event: ethereum.Event, set: ProvingSet, period: BigInt, proofs: i32, misses: i32): void {
  if (set.pieceCount == 0) return;
  const provider = loadOrCreateProvider(set.provider);
  provider.proofCount += proofs;
  provider.missedCount += misses;
  provider.save();
  const network = loadNetwork();
  network.proofCount += proofs;
  network.missedCount += misses;
  saveNetwork(event, network);
  const round = Round.load(roundIdOf(period));
  if (!round) return;
  round.proofCount += proofs;
  round.missedCount += misses;
  round.save();
}
