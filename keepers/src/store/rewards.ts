import type { Address } from "viem";
import type { DueReward, PaidFees } from "../domain/rewards.ts";
import type { Database, Transaction } from "./database.ts";
import { asc, eq, gt, sql } from "./orm.ts";
import { channelChanges, channels, deals, dueRewards, recordedFees } from "./schema.ts";

/** Those that paid most since, first. */
export async function readPaidFees(db: Database, provider: Address, limit: number): Promise<PaidFees[]> {
  const { rows } = await db.execute<{
    source: PaidFees["source"];
    id: string;
    tokenId: number;
    paid: string;
    isFinal: boolean;
  }>(sql`
    select p.source, p.id::text, p.token_id::int as "tokenId", p.paid::text, p.is_final as "isFinal"
    from (
      select 'deal' as source, d.deal_key as id, d.token_id, d.earned as paid, d.status = 'finished' as is_final
      from ${deals} as d where d.provider = ${provider.toLowerCase()} and d.earned > 0
      union all
      select 'channel', c.channel_id, c.token_id, max(x.redeemed), false
      from ${channels} as c join ${channelChanges} as x on x.channel_id = c.channel_id
      where x.redeemed > 0 group by c.channel_id
    ) as p left join ${recordedFees} as r on r.source = p.source and r.id = p.id
    where r.id is null or r.paid < p.paid or (p.is_final and not r.is_final)
    order by p.paid - coalesce(r.paid, 0) desc, p.id limit ${limit}`);
  return rows.map(({ id, paid, ...row }) => ({ ...row, id: BigInt(id), paid: BigInt(paid) }));
}

/** Writes down that all fees of what was paid until then are recorded: it is not asked about again before more is paid. */
export async function noteRecorded(
  db: Database,
  { source, id, paid, isFinal, blockNumber }: PaidFees & { blockNumber: number },
): Promise<void> {
  const state = { paid, isFinal, blockNumber };
  await db
    .insert(recordedFees)
    .values({ source, id, ...state })
    .onConflictDoUpdate({ target: [recordedFees.source, recordedFees.id], set: state });
}

/** What was found after `blockNumber` may not be so any more: it is looked at again. */
export async function rewindRecorded(tx: Transaction, blockNumber: number): Promise<void> {
  await tx.delete(recordedFees).where(gt(recordedFees.blockNumber, blockNumber));
}

/** Tokens in which the provider is or was paid. */
export async function readFeeTokens(db: Database, provider: Address): Promise<number[]> {
  const { rows } = await db.execute<{ tokenId: number }>(sql`
    select token_id::int as "tokenId" from ${deals} where ${eq(deals.provider, provider.toLowerCase() as Address)}
    union select token_id::int from ${channels} order by 1`);
  return rows.map(({ tokenId }) => tokenId);
}

/** Puts what can be claimed in the place of what could when it was last looked at. */
export async function setDueRewards(db: Database, due: readonly DueReward[], runningEpoch: bigint): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.delete(dueRewards);
    if (due.length > 0) await tx.insert(dueRewards).values(due.map((row) => ({ ...row, runningEpoch })));
  });
}

/** A reward that could be claimed when it was last looked at; how many epochs ago its own ended. */
export type WaitingReward = DueReward & { waitedEpochs: number };

/** The oldest first. */
export async function readDueRewards(db: Database): Promise<WaitingReward[]> {
  const rows = await db.select().from(dueRewards).orderBy(asc(dueRewards.epoch), asc(dueRewards.tokenId));
  return rows.map(({ runningEpoch, ...row }) => ({ ...row, waitedEpochs: Number(runningEpoch - row.epoch) - 1 }));
}
