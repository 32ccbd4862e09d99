import { over, wait } from "./duty.ts";

/** What an operator gets EVER for its provider for, and when. */
export type RewardPolicy = {
  /** EVER base units that one native coin (10^18 wei) is worth to the operator. */
  everPerCoin: bigint;
  /** How many times its gas a transaction must bring. */
  worth: number;
  /** Whose thawed stake the keeper pays out: the provider's own, its delegators' too, or nobody's. */
  withdrawFor: "nobody" | "provider" | "delegators";
};

/** Gas of single transactions: measured, `bench/gas.json`, with some room. */
export const REWARD_GAS = { sweep: 70_000n, record: 130_000n, claim: 230_000n, withdraw: 110_000n } as const;

const COIN = 10n ** 18n;

/** Whether an amount of EVER base units is worth so much gas to the operator. */
export function isWorth(ever: bigint, gas: bigint, gasPriceWei: bigint, policy: RewardPolicy): boolean {
  return ever > 0n && ever * COIN >= gas * gasPriceWei * policy.everPerCoin * BigInt(policy.worth);
}

/** A deal or a channel of the provider that paid something since its fees were last found recorded. */
export type PaidFees = {
  source: "deal" | "channel";
  /** Deal key or channel id. */
  id: bigint;
  tokenId: number;
  /** What it earned or redeemed so far, gross. Token base units. */
  paid: bigint;
  /** Nothing more will be paid. */
  isFinal: boolean;
};

/** Fees of a deal or a channel that are not recorded yet, those included that are not swept. Token base units. */
export type UnrecordedFees = {
  source: "deal" | "channel";
  /** Deal key or channel id. */
  id: bigint;
  tokenId: number;
  /** All fees that it has paid, or would have once it is swept. */
  fees: bigint;
  recorded: bigint;
  isSwept: boolean;
};

/** What the running epoch gives for one token. EVER base units; token base units. */
export type TokenEpoch = {
  /** Most that all recorded fees of the token can earn. */
  share: bigint;
  sold: bigint;
  recorded: bigint;
  /** Of it, the provider's own. */
  mine: bigint;
};

/** What fees of a provider earn: `RewardPool.rewardOf`. EVER base units, rounded down. */
export function rewardOf({ share, sold, recorded, mine }: TokenEpoch): bigint {
  const whole = sold > recorded ? sold : recorded;
  return whole === 0n ? 0n : (share * mine) / whole;
}

/** An epoch after some more fees were recorded for the provider. */
function recordedMore(epoch: TokenEpoch, fees: bigint): TokenEpoch {
  return { ...epoch, recorded: epoch.recorded + fees, mine: epoch.mine + fees };
}

/**
 * Which fees to record now, those that bring most first: each must bring more EVER in the running epoch than its gas is worth, as the epoch stands.
 * While nothing is burned for a token its fees wait for an epoch in which something is.
 */
export function chooseRecords(
  found: readonly UnrecordedFees[],
  epochs: ReadonlyMap<number, TokenEpoch>,
  policy: RewardPolicy,
  gasPriceWei: bigint,
): UnrecordedFees[] {
  const now = new Map(epochs);
  const chosen: UnrecordedFees[] = [];
  const left = found.filter(({ fees, recorded }) => fees > recorded);
  left.sort(
    (a, b) => Number(b.fees - b.recorded > a.fees - a.recorded) - Number(b.fees - b.recorded < a.fees - a.recorded),
  );
  for (const each of left) {
    const epoch = now.get(each.tokenId);
    if (!epoch) continue;
    const after = recordedMore(epoch, each.fees - each.recorded);
    const gas = REWARD_GAS.record + (each.isSwept ? 0n : REWARD_GAS.sweep);
    if (!isWorth(rewardOf(after) - rewardOf(epoch), gas, gasPriceWei, policy)) continue;
    now.set(each.tokenId, after);
    chosen.push(each);
  }
  return chosen;
}

/** The clock of burning and rewards. Unix seconds. */
export type EpochClock = { epoch: bigint; endsAt: number; epochSeconds: number };

/** Longest span before an epoch's end in which nothing is recorded any more. Seconds. */
const MOST_MARGIN_SECONDS = 600;

/** Whether there is time to record in the running epoch: what is mined after its end would count in one in which nothing may be burned. */
export function decideRecordFees({ endsAt, epochSeconds }: EpochClock, nowAt: number) {
  const margin = Math.min(MOST_MARGIN_SECONDS, Math.floor(epochSeconds / 20));
  if (nowAt >= endsAt - margin) return wait("the epoch is about to end");
  return { act: true as const, notAfter: endsAt - margin };
}

/** A reward of an ended epoch that can be claimed. EVER base units. */
export type DueReward = { epoch: bigint; tokenId: number; amount: bigint };

/** Ended epochs that are looked back on: half a year of weeks. */
export const LOOK_BACK_EPOCHS = 26;

/** Rewards that are worth their gas. */
export function chooseClaims(due: readonly DueReward[], policy: RewardPolicy, gasPriceWei: bigint): DueReward[] {
  return due.filter(({ amount }) => isWorth(amount, REWARD_GAS.claim, gasPriceWei, policy));
}

/** A tranche of thawing stake. EVER base units; Unix seconds. */
export type ThawedTranche = { amount: bigint; thawsAt: number };

/** Whether what has thawed for an account is worth paying out. */
export function decideExit(
  tranches: readonly ThawedTranche[],
  policy: RewardPolicy,
  { gasPriceWei, nowAt }: { gasPriceWei: bigint; nowAt: number },
) {
  if (tranches.length === 0) return over("nothing thaws");
  const thawed = tranches.filter(({ thawsAt }) => thawsAt <= nowAt).reduce((sum, { amount }) => sum + amount, 0n);
  if (thawed === 0n) return wait("nothing has thawed");
  if (!isWorth(thawed, REWARD_GAS.withdraw, gasPriceWei, policy)) return wait("it is not worth the gas");
  return { act: true as const, thawed };
}
