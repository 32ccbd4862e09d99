import { netOf } from "@4ever/sdk/units";
import type { SQL } from "drizzle-orm";
import type { Address, Hex } from "viem";
import type { ChainEvent } from "../chain/events.ts";
import type { KeptVoucher, PayingChannel, VoucherStore, WaitingVoucher } from "../domain/vouchers.ts";
import type { Database, Transaction } from "./database.ts";
import { and, eq, gt, sql } from "./orm.ts";
import { channelChanges, channels, vouchers } from "./schema.ts";

const lower = <T extends string>(text: T) => text.toLowerCase() as T;

/** Channels are long over, and nothing that a reorg could bring back is left to redeem. Seconds. */
const KEPT_SECONDS = 7 * 86_400;

/** Writes down what an event says of the channels that pay `payee`; other events, and other channels, change nothing. */
export async function applyChannelEvent(tx: Transaction, event: ChainEvent, payee: Address): Promise<void> {
  const blockNumber = Number(event.blockNumber);
  switch (event.eventName) {
    case "ChannelOpened": {
      const { channelId, payer, payout, serviceId, tokenId, sessionKey, amount, expiresAt, feeBps } = event.args;
      if (lower(event.args.payee) !== lower(payee)) return;
      await tx.insert(channels).values({
        channelId,
        blockNumber,
        payer: lower(payer),
        payout: lower(payout),
        serviceId: lower(serviceId),
        tokenId,
        sessionKey: lower(sessionKey),
        locked: amount,
        expiresAt,
        feeBps,
      });
      return;
    }
    case "ChannelToppedUp":
      return await change({ locked: event.args.locked, expiresAt: event.args.expiresAt }, event.args);
    case "VoucherRedeemed":
      return await change({ redeemed: event.args.cumulative }, event.args);
    case "ChannelClosing":
      return await change({ closesAt: event.args.closesAt }, event.args);
    case "ChannelClosed":
      return await change({ isClosed: true }, event.args);
  }

  async function change(row: Partial<typeof channelChanges.$inferInsert>, { channelId }: { channelId: bigint }) {
    const ours = await tx.select({ id: channels.channelId }).from(channels).where(eq(channels.channelId, channelId));
    if (ours.length === 0) return;
    await tx.insert(channelChanges).values({ blockNumber, logIndex: event.logIndex, channelId, ...row });
  }
}

/** Takes back what blocks after `blockNumber` said. What was signed stays. */
export async function rewindChannels(tx: Transaction, blockNumber: number): Promise<void> {
  await tx.delete(channelChanges).where(gt(channelChanges.blockNumber, blockNumber));
  await tx.delete(channels).where(gt(channels.blockNumber, blockNumber));
}

/** Channels as their opening and everything since say. */
const presentOf = (which: SQL) => sql`
  select c.channel_id, c.payer, c.payout, c.service_id, c.token_id, c.session_key, c.fee_bps,
    greatest(c.locked, max(x.locked)) as locked, greatest(c.expires_at, max(x.expires_at)) as expires_at,
    coalesce(max(x.redeemed), 0) as redeemed, max(x.closes_at) as closes_at,
    coalesce(bool_or(x.is_closed), false) as is_closed
  from ${channels} as c left join ${channelChanges} as x on x.channel_id = c.channel_id
  where ${which} group by c.channel_id`;

type PresentRow = {
  channelId: string;
  payer: Address;
  serviceId: Hex;
  sessionKey: Address;
  tokenId: number;
  feeBps: number;
  locked: string;
  redeemed: string;
  endsAt: number;
  isClosed: boolean;
};

const channelColumns = sql`
  p.channel_id::text as "channelId", p.payer, p.service_id as "serviceId", p.session_key as "sessionKey",
  p.token_id::int as "tokenId", p.fee_bps as "feeBps", p.locked::text, p.redeemed::text,
  coalesce(p.closes_at, p.expires_at)::float8 as "endsAt", p.is_closed as "isClosed"`;

/** A voucher's key is that of the channel as it stands on this fork. */
const isOf = sql`v.channel_id = p.channel_id and v.service_id = p.service_id and v.session_key = p.session_key`;

function asChannel({ channelId, locked, redeemed, ...rest }: PresentRow): PayingChannel {
  return { ...rest, channelId: BigInt(channelId), locked: BigInt(locked), redeemed: BigInt(redeemed) };
}

/** Vouchers in the database. */
export function createVoucherStore(db: Database): VoucherStore {
  async function channel(channelId: bigint, tx: Database | Transaction = db): Promise<PayingChannel | undefined> {
    const { rows } = await tx.execute<PresentRow>(
      sql`select ${channelColumns} from (${presentOf(sql`c.channel_id = ${channelId}`)}) as p`,
    );
    return rows[0] && asChannel(rows[0]);
  }

  async function keptOf(tx: Database | Transaction, { channelId, locked, redeemed }: PayingChannel): Promise<bigint> {
    const { rows } = await tx.execute<{ highest: string | null }>(sql`
      select max(v.cumulative)::text as highest from (${presentOf(sql`c.channel_id = ${channelId}`)}) as p
        join ${vouchers} as v on ${isOf}
      where v.cumulative <= ${locked.toString()}::numeric`);
    const highest = BigInt(rows[0]?.highest ?? 0);
    return highest > redeemed ? highest : redeemed;
  }

  return {
    channel,
    kept: (found) => keptOf(db, found),

    keep: (voucher) =>
      db.transaction(async (tx) => {
        // One after the other, so that what each adds is counted once.
        await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`voucher ${voucher.channelId}`}, 0))`);
        const found = await channel(voucher.channelId, tx);
        if (!found || voucher.cumulative > found.locked) return undefined; // a reorg took it back meanwhile
        const before = await keptOf(tx, found);
        if (voucher.cumulative <= before) return { kept: before, added: 0n };
        const { serviceId, sessionKey, locked } = found;
        const { channelId, ...signed } = voucher;
        const row = { channelId, serviceId, sessionKey, locked, ...signed };
        await tx
          .insert(vouchers)
          .values(row)
          .onConflictDoUpdate({
            target: [vouchers.channelId, vouchers.serviceId, vouchers.sessionKey, vouchers.locked],
            set: { ...signed, receivedAt: sql`now()` },
          });
        return { kept: voucher.cumulative, added: voucher.cumulative - before };
      }),

    waiting: (nowAt) => readWaiting(db, nowAt),
  };
}

/** The highest redeemable voucher of each channel that still pays, the one that ends first before the others. */
export async function readWaiting(db: Database, nowAt: number): Promise<WaitingVoucher[]> {
  const { rows } = await db.execute<PresentRow & { cumulative: string; usageRoot: Hex; r: Hex; vs: Hex }>(sql`
    select * from (
      select distinct on (p.channel_id) ${channelColumns}, v.cumulative::text, v.usage_root as "usageRoot", v.r, v.vs
      from (${presentOf(sql`c.channel_id in (select channel_id from ${vouchers})`)}) as p
        join ${vouchers} as v on ${isOf}
      where v.cumulative > p.redeemed and v.cumulative <= p.locked and not p.is_closed
        and coalesce(p.closes_at, p.expires_at) > ${nowAt}
      order by p.channel_id, v.cumulative desc
    ) as each order by "endsAt", "channelId"`);
  return rows.map(({ cumulative, usageRoot, r, vs, ...row }) => {
    const channel = asChannel(row);
    const voucher: KeptVoucher = { channelId: channel.channelId, cumulative: BigInt(cumulative), usageRoot, r, vs };
    const fee = BigInt(channel.feeBps);
    return { channel, voucher, due: netOf(voucher.cumulative, fee) - netOf(channel.redeemed, fee) };
  });
}

/** Forgets vouchers and changes of channels that ended for good, and each redemption before a later one. Blocks; Unix seconds. */
export async function pruneChannels(
  db: Database,
  { upToBlock, nowAt }: { upToBlock: number; nowAt: number },
): Promise<void> {
  const isClosedForGood = sql`exists (select from ${channelChanges} as x
    where x.channel_id = ${vouchers.channelId} and x.is_closed and x.block_number <= ${upToBlock})`;
  const isLongOver = sql`exists (select from (${presentOf(sql`c.channel_id = ${vouchers.channelId}`)}) as p
    where coalesce(p.closes_at, p.expires_at) < ${nowAt - KEPT_SECONDS})`;
  await db.delete(vouchers).where(sql`${isClosedForGood} or ${isLongOver}`);
  const isOutdone = sql`exists (select from ${channelChanges} as later
    where later.channel_id = ${channelChanges.channelId} and later.redeemed > ${channelChanges.redeemed}
      and later.block_number <= ${upToBlock})`;
  await db.delete(channelChanges).where(and(sql`${channelChanges.redeemed} is not null`, isOutdone));
}
