import { DEAL_STATUSES } from "@4ever/sdk/deal-status";
import type { Address, Hex } from "viem";
import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
  timestamp,
  uniqueIndex,
} from "./orm.ts";

// Tables are unqualified: each keeper's connections carry its own schema in `search_path`, so that several share one cluster.
// Bytes that people look at (addresses, hashes, roots) are lower-case hex text; amounts are numeric; moments are chain time in seconds.

const uint = (name: string) => numeric(name, { precision: 78, scale: 0, mode: "bigint" });
const count = (name: string) => bigint(name, { mode: "number" });
const address = (name: string) => text(name).$type<Address>();
const hex = (name: string) => text(name).$type<Hex>();
const bytes = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => "bytea",
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
});
const ranges = customType<{ data: [from: number, to: number][]; driverData: string }>({
  dataType: () => "int8multirange",
  toDriver: (value) => `{${value.map(([from, to]) => `[${from},${to})`).join(",")}}`,
  fromDriver: (value) =>
    [...value.matchAll(/\[(\d+),(\d+)\)/g)].map(([, from, to]): [number, number] => [Number(from), Number(to)]),
});

/** The last block whose events are applied; one row. */
export const chainCursor = pgTable("chain_cursor", {
  id: smallint("id").primaryKey().default(1),
  chainId: count("chain_id").notNull(),
  genesisHash: hex("genesis_hash").notNull(),
  market: address("market").notNull(),
  blockNumber: count("block_number").notNull(),
  blockHash: hex("block_hash").notNull(),
  blockAt: count("block_at").notNull(),
  /** The same block when the channels are read up to it, too: a version that does not know them leaves it behind. */
  channelsHash: hex("channels_hash"),
});

/** The last blocks by hash, to find where a reorg branched off. */
export const chainBlocks = pgTable("chain_blocks", {
  number: count("number").primaryKey(),
  hash: hex("hash").notNull(),
  at: count("at").notNull(),
});

/** Rows as they were before a block changed them; filled by a trigger on each projected table. */
export const chainUndo = pgTable(
  "chain_undo",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    blockNumber: count("block_number").notNull(),
    tableName: text("table_name").notNull(),
    /** The row as it was; null when the block inserted it. */
    before: jsonb("before"),
    /** The row as it became; null when the block deleted it. */
    after: jsonb("after"),
  },
  (table) => [index("chain_undo_block").on(table.blockNumber)],
);

/** Deals of the market as its events tell them. Projected. */
export const deals = pgTable(
  "deals",
  {
    dealId: bigint("deal_id", { mode: "bigint" }).primaryKey(),
    dealKey: uint("deal_key").notNull(),
    status: text("status", { enum: DEAL_STATUSES }).notNull(),
    customer: address("customer").notNull(),
    provider: address("provider").notNull(),
    /** Key that signs uploads and later pieces. */
    signer: address("signer").notNull(),
    offerId: count("offer_id").notNull(),
    tokenId: count("token_id").notNull(),
    capacityBytes: bigint("capacity_bytes", { mode: "bigint" }).notNull(),
    termPeriods: count("term_periods").notNull(),
    /** Token base units per GiB and 30 periods. */
    unitPrice: uint("unit_price").notNull(),
    locked: uint("locked").notNull(),
    acceptBy: count("accept_by").notNull(),
    firstRoot: hex("first_root").notNull(),
    firstLeafCount: count("first_leaf_count").notNull(),
    firstCidDigest: hex("first_cid_digest").notNull(),
    setId: count("set_id"),
    fromPeriod: count("from_period"),
    termEndPeriod: count("term_end_period"),
    /** First period that is not paid any more. */
    endPeriod: count("end_period"),
    /** First period that is not settled yet. */
    settledPeriod: count("settled_period"),
    earned: uint("earned").notNull().default(sql`0`),
    liveBytes: bigint("live_bytes", { mode: "bigint" }).notNull().default(sql`0`),
    requestedBlock: count("requested_block").notNull(),
  },
  (table) => [index("deals_status").on(table.status, table.provider)],
);

/** Slots of proving sets: which piece lies where. Projected. */
export const pieces = pgTable(
  "pieces",
  {
    setId: count("set_id").notNull(),
    slot: count("slot").notNull(),
    dealId: bigint("deal_id", { mode: "bigint" }).notNull(),
    root: hex("root").notNull(),
    cidDigest: hex("cid_digest").notNull(),
    meta: uint("meta").notNull(),
    start: bigint("start", { mode: "bigint" }).notNull(),
    length: count("length").notNull(),
    leafCount: count("leaf_count").notNull(),
    addedIn: count("added_in").notNull(),
    /** Last period of which the piece is part of the proof; 0 while it stays. */
    removedIn: count("removed_in").notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.setId, table.slot] }),
    index("pieces_deal").on(table.dealId),
    index("pieces_cid").on(table.cidDigest),
    index("pieces_root").on(table.root),
    index("pieces_line").on(table.setId, table.start),
  ],
);

/** Proving sets of the market's deals. Projected. */
export const sets = pgTable("sets", {
  setId: count("set_id").primaryKey(),
  provider: address("provider").notNull(),
  operator: address("operator").notNull(),
  lastProvenPeriod: count("last_proven_period"),
  lastMissedPeriod: count("last_missed_period"),
  strikes: integer("strikes").notNull().default(0),
});

/** Seeds of periods. Projected. */
export const rounds = pgTable("rounds", {
  period: count("period").primaryKey(),
  seed: hex("seed").notNull(),
  blockNumber: count("block_number").notNull(),
  dueAt: count("due_at").notNull(),
});

/** Proven periods of sets. Projected. */
export const proofs = pgTable(
  "proofs",
  { setId: count("set_id").notNull(), period: count("period").notNull() },
  (table) => [primaryKey({ columns: [table.setId, table.period] })],
);

/** Channels that pay this keeper's provider, as they were opened. Goes back with its block. */
export const channels = pgTable("channels", {
  channelId: bigint("channel_id", { mode: "bigint" }).primaryKey(),
  blockNumber: count("block_number").notNull(),
  payer: address("payer").notNull(),
  payout: address("payout").notNull(),
  serviceId: hex("service_id").notNull(),
  tokenId: count("token_id").notNull(),
  sessionKey: address("session_key").notNull(),
  /** Token base units. */
  locked: uint("locked").notNull(),
  expiresAt: count("expires_at").notNull(),
  feeBps: integer("fee_bps").notNull(),
});

/** What happened to them since; a channel is what its opening and these say together. Each goes back with its block. */
export const channelChanges = pgTable(
  "channel_changes",
  {
    blockNumber: count("block_number").notNull(),
    logIndex: integer("log_index").notNull(),
    channelId: bigint("channel_id", { mode: "bigint" }).notNull(),
    locked: uint("locked"),
    expiresAt: count("expires_at"),
    redeemed: uint("redeemed"),
    closesAt: count("closes_at"),
    isClosed: boolean("is_closed"),
  },
  (table) => [
    primaryKey({ columns: [table.blockNumber, table.logIndex] }),
    index("channel_changes_channel").on(table.channelId),
  ],
);

/**
 * The highest voucher that came, of each cap at which one did: when a reorg takes a top-up back, the one from before it is still good. By what is signed
 * and who signed, so that a channel of the same number on another fork has its own.
 */
export const vouchers = pgTable(
  "vouchers",
  {
    channelId: bigint("channel_id", { mode: "bigint" }).notNull(),
    serviceId: hex("service_id").notNull(),
    sessionKey: address("session_key").notNull(),
    /** The channel's cap when it came. Token base units. */
    locked: uint("locked").notNull(),
    cumulative: uint("cumulative").notNull(),
    usageRoot: hex("usage_root").notNull(),
    r: hex("r").notNull(),
    vs: hex("vs").notNull(),
    receivedAt: timestamp("received_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.channelId, table.serviceId, table.sessionKey, table.locked] })],
);

/** Deals and channels whose fees were all recorded when they had paid so much. Goes back with its block. */
export const recordedFees = pgTable(
  "recorded_fees",
  {
    source: text("source", { enum: ["deal", "channel"] }).notNull(),
    /** Deal key or channel id. */
    id: uint("id").notNull(),
    /** What had been earned or redeemed. Token base units, gross. */
    paid: uint("paid").notNull(),
    isFinal: boolean("is_final").notNull(),
    blockNumber: count("block_number").notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.id] })],
);

/** Rewards that could be claimed when the chain was last asked. */
export const dueRewards = pgTable(
  "due_rewards",
  {
    epoch: bigint("epoch", { mode: "bigint" }).notNull(),
    tokenId: count("token_id").notNull(),
    /** EVER base units. */
    amount: uint("amount").notNull(),
    /** The epoch that ran then. */
    runningEpoch: bigint("running_epoch", { mode: "bigint" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.tokenId] })],
);

const UPLOAD_STATES = ["receiving", "verifying", "refused", "held"] as const;

/** Pieces on their way in, and what became of them; one row per deal and root. */
export const uploads = pgTable(
  "uploads",
  {
    dealId: bigint("deal_id", { mode: "bigint" }).notNull(),
    root: hex("root").notNull(),
    state: text("state", { enum: UPLOAD_STATES }).notNull(),
    sizeBytes: count("size_bytes").notNull(),
    received: ranges("received").notNull().default(sql`'{}'::int8multirange`),
    error: jsonb("error").$type<{ code: string; message: string; hint: string }>(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.dealId, table.root] })],
);

/** CARs that were checked and are kept, by Merkle root. */
export const heldPieces = pgTable(
  "held_pieces",
  {
    root: hex("root").primaryKey(),
    cidDigest: hex("cid_digest").notNull(),
    leafCount: count("leaf_count").notNull(),
    sizeBytes: count("size_bytes").notNull(),
    heldAt: timestamp("held_at", { withTimezone: true }).notNull().defaultNow(),
    /** Block since which no deal and no proof needs the piece; null while one does. */
    unneededSince: count("unneeded_since"),
  },
  (table) => [index("held_pieces_cid").on(table.cidDigest)],
);

/** Which kept CARs hold a block, by the SHA2-256 digest of its multihash; the CAR's own index tells where. */
export const carBlocks = pgTable(
  "car_blocks",
  { digest: bytes("digest").notNull(), root: hex("root").notNull() },
  (table) => [primaryKey({ columns: [table.digest, table.root] }), index("car_blocks_root").on(table.root)],
);

/** Pieces that the session key asked to add to a running deal, under one signature. */
export const additions = pgTable(
  "additions",
  {
    dealId: bigint("deal_id", { mode: "bigint" }).notNull(),
    nonce: count("nonce").notNull(),
    pieces: jsonb("pieces").$type<{ root: Hex; leafCount: number; cidDigest: Hex }[]>().notNull(),
    signature: hex("signature").notNull(),
    state: text("state", { enum: ["pending", "added", "refused"] })
      .notNull()
      .default("pending"),
    error: text("error"),
  },
  (table) => [primaryKey({ columns: [table.dealId, table.nonce] })],
);

const OUTBOX_STATUSES = ["queued", "sent", "mined", "reverted", "refused", "late"] as const;
export type OutboxStatus = (typeof OUTBOX_STATUSES)[number];

/** Transactions that duties asked for; the key makes each happen once. */
export const outbox = pgTable(
  "outbox",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    key: text("key").notNull(),
    signer: address("signer").notNull(),
    to: address("to_address").notNull(),
    data: hex("data").notNull(),
    label: text("label").notNull(),
    /** Smaller goes first. */
    priority: smallint("priority").notNull(),
    /** Unix seconds in chain time after which sending makes no sense. */
    notAfter: count("not_after"),
    status: text("status", { enum: OUTBOX_STATUSES }).notNull(),
    nonce: count("nonce"),
    gas: count("gas"),
    /** Hash of the attempt that was mined. */
    hash: hex("hash"),
    blockNumber: count("block_number"),
    gasUsed: count("gas_used"),
    /** Why it was refused or reverted. */
    error: text("error"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("outbox_key").on(table.key),
    // Two transactions never share a nonce while both could be mined.
    uniqueIndex("outbox_nonce")
      .on(table.signer, table.nonce)
      .where(sql`${table.status} in ('sent', 'mined', 'reverted')`),
    index("outbox_open").on(table.status, table.priority),
  ],
);

/** Signed bytes of each try with one nonce; a later try pays more. Written before anything is sent. */
export const outboxAttempts = pgTable(
  "outbox_attempts",
  {
    outboxId: count("outbox_id").notNull(),
    hash: hex("hash").notNull(),
    raw: hex("raw").notNull(),
    maxFeePerGas: uint("max_fee_per_gas").notNull(),
    maxPriorityFeePerGas: uint("max_priority_fee_per_gas").notNull(),
    /** Height of the chain when it was signed. */
    signedAtBlock: count("signed_at_block").notNull(),
  },
  (table) => [primaryKey({ columns: [table.outboxId, table.hash] })],
);

/** Accounts that send from this database. Nonces below `sinceNonce` were used before, by whatever. */
export const senders = pgTable("senders", {
  account: address("account").primaryKey(),
  sinceNonce: count("since_nonce").notNull(),
  /** When an operator took over an account that others had used. Unix seconds in chain time; null when nobody had. */
  adoptedAt: count("adopted_at"),
});

/** Nonces that this database signed, and those that it saw used by somebody else. */
export const nonces = pgTable(
  "nonces",
  {
    account: address("account").notNull(),
    nonce: count("nonce").notNull(),
    isForeign: boolean("is_foreign").notNull(),
    /** For people: what a foreign one did. */
    what: text("what"),
  },
  (table) => [primaryKey({ columns: [table.account, table.nonce] })],
);

/** Processes of this keeper that run, or ran lately. */
export const processes = pgTable("processes", {
  id: text("id").primaryKey(),
  /** Where the others reach it. */
  url: text("url").notNull(),
  isLeading: boolean("is_leading").notNull().default(false),
  /** What keeps it from its work, in words. */
  problem: text("problem"),
  startedAt: timestamp("started_at", { withTimezone: true }).notNull().defaultNow(),
  seenAt: timestamp("seen_at", { withTimezone: true }).notNull().defaultNow(),
});

/** The one place where the held pieces are; one row. */
export const volume = pgTable("volume", {
  id: smallint("id").primaryKey().default(1),
  name: text("name").notNull(),
});
