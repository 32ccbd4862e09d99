import type { Address, Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import type { AuditEvent } from "./chain.ts";
import { keyOf } from "./difference.ts";
import { newPool, type Pool, rewarded, sharesFor, slashed, splitSlash, worthOf } from "./stake-pools.ts";
import type { Step } from "./step.ts";
import { least } from "./stream.ts";

/** Times its own active stake that a provider's delegations count: `MAX_DELEGATION_RATIO`. */
const MAX_DELEGATION_RATIO = 8n;
/** `IStakeVault.PoolKind`. */
const POOL_KINDS = ["delegated", "delegatedThawing", "ownThawing"] as const;

/** Shares that began to thaw together. Unix seconds. */
interface Tranche {
  shares: bigint;
  epoch: number;
  thawsAt: number;
}

/** Stake behind a provider. EVER base units. */
export interface Stake {
  provider: Address;
  active: bigint;
  allocated: bigint;
  thawing: bigint;
  delegated: bigint;
  delegatedThawing: bigint;
  pools: Record<(typeof POOL_KINDS)[number], Pool>;
  /** By delegator. */
  positions: Map<string, { delegator: Address; shares: bigint; epoch: number }>;
  /** By account and number. */
  tranches: Map<string, Tranche>;
  /** What each open case holds back. */
  cases: Map<Hex, bigint>;
}

type VaultEvent = AuditEvent & { contract: "StakeVault" };
type EventOf<name extends VaultEvent["eventName"]> = VaultEvent & { eventName: name };

/** What a provider can allocate: own active stake, and delegations as far as it carries them. EVER base units. */
export function capacityOf({ active, delegated }: Pick<Stake, "active" | "delegated">): bigint {
  return active + least(delegated, active * MAX_DELEGATION_RATIO);
}

/** Own and delegated stake of all providers, as the vault's events tell it, with every share and index computed anew. */
export class StakeModel {
  readonly stakes = new Map<string, Stake>();
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  get total(): bigint {
    let total = 0n;
    for (const { active, thawing, delegated, delegatedThawing } of this.stakes.values())
      total += active + thawing + delegated + delegatedThawing;
    return total;
  }

  of(provider: Address): Stake {
    const key = keyOf(provider);
    const known = this.stakes.get(key);
    if (known) return known;
    const stake: Stake = {
      provider,
      active: 0n,
      allocated: 0n,
      thawing: 0n,
      delegated: 0n,
      delegatedThawing: 0n,
      pools: { delegated: newPool(), delegatedThawing: newPool(), ownThawing: newPool() },
      positions: new Map(),
      tranches: new Map(),
      cases: new Map(),
    };
    this.stakes.set(key, stake);
    return stake;
  }

  /** Whether a tranche is in the account's queue: not paid out, also when a slash left nothing of it. */
  hasTranche(provider: Address, account: Address, number: number): boolean {
    return this.of(provider).tranches.has(trancheKey(account, number));
  }

  apply(step: Step, event: VaultEvent): void {
    switch (event.eventName) {
      case "Staked": {
        const stake = this.of(event.args.provider);
        stake.active += event.args.amount;
        return void step.compare(event, subjectOfStake(stake), "active stake", stake.active, event.args.active);
      }
      case "Delegated":
        return void this.#delegate(step, event);
      case "Undelegated":
        return void this.#undelegate(step, event);
      case "ThawStarted":
        return void this.#thaw(step, event);
      case "StakeWithdrawn":
        return void this.#withdraw(step, event);
      case "Slashed":
        return void this.#slash(step, event);
      case "StakeRewarded":
        return void this.#reward(step, event);
      case "PoolIndexChanged": {
        const { provider, pool, epoch, index } = event.args;
        const stake = this.of(provider);
        const kind = POOL_KINDS[pool] ?? "delegated";
        return void step.compareAll(event, subjectOfStake(stake), {
          [`index of the pool ${kind}`]: [stake.pools[kind].index, index],
          [`epoch of the pool ${kind}`]: [stake.pools[kind].epoch, epoch],
        });
      }
      case "StakeFreezeChanged": {
        const { provider, caseId, amount } = event.args;
        this.of(provider).cases.set(caseId, amount);
        return;
      }
      default:
    }
  }

  #delegate(step: Step, event: EventOf<"Delegated">): void {
    const { provider, delegator, amount, shares, held } = event.args;
    const stake = this.of(provider);
    const position = positionOf(stake, delegator);
    const bought = sharesFor(amount, stake.pools.delegated);
    position.shares += bought;
    stake.delegated += amount;
    step.compareAll(event, subjectOfStake(stake), {
      "shares for what is delegated": [bought, shares],
      "shares of the delegator": [position.shares, held],
      "delegations that own stake carries": [true, stake.delegated <= stake.active * MAX_DELEGATION_RATIO],
    });
  }

  #undelegate(step: Step, event: EventOf<"Undelegated">): void {
    const { provider, delegator, amount, shares, held } = event.args;
    const stake = this.of(provider);
    const position = positionOf(stake, delegator);
    position.shares -= shares;
    stake.delegated -= amount;
    step.compareAll(event, subjectOfStake(stake), {
      "worth of the shares": [worthOf(shares, stake.pools.delegated), amount],
      "shares of the delegator": [position.shares, held],
    });
  }

  /** Own stake leaves the active one here; delegated stake has left it by `Undelegated`. */
  #thaw(step: Step, event: EventOf<"ThawStarted">): void {
    const { provider, account, tranche: number, amount, shares, thawsAt } = event.args;
    const stake = this.of(provider);
    const isOwn = keyOf(account) === keyOf(provider);
    if (isOwn) {
      stake.active -= amount;
      stake.thawing += amount;
      const isCovered = capacityOf(stake) >= stake.allocated;
      step.compare(event, subjectOfStake(stake), "stake that no allocation needs and that can thaw", true, isCovered);
    } else stake.delegatedThawing += amount;
    const pool = isOwn ? stake.pools.ownThawing : stake.pools.delegatedThawing;
    const known = stake.tranches.get(trancheKey(account, number));
    const merged = known?.epoch === pool.epoch ? known.shares : 0n;
    const tranche = {
      shares: merged + sharesFor(amount, pool),
      epoch: pool.epoch,
      thawsAt: step.at + this.#deployment.parameters.unbondingSeconds,
    };
    stake.tranches.set(trancheKey(account, number), tranche);
    step.compareAll(event, subjectOfStake(stake), {
      "shares of the tranche": [tranche.shares, shares],
      "end of the unbonding": [tranche.thawsAt, thawsAt],
    });
  }

  #withdraw(step: Step, event: EventOf<"StakeWithdrawn">): void {
    const { provider, account, tranche: number, shares, amount } = event.args;
    const stake = this.of(provider);
    const isOwn = keyOf(account) === keyOf(provider);
    const pool = isOwn ? stake.pools.ownThawing : stake.pools.delegatedThawing;
    const key = trancheKey(account, number);
    const tranche = stake.tranches.get(key) ?? { shares: 0n, epoch: pool.epoch, thawsAt: 0 };
    const worth = tranche.epoch === pool.epoch ? worthOf(shares, pool) : 0n;
    const isWhole = shares === tranche.shares;
    step.compareAll(event, subjectOfStake(stake), {
      "shares that thawed": [true, shares <= tranche.shares],
      // Of a tranche that a freeze lets go in part, the shares are rounded up.
      "stake withdrawn": [worth, isWhole || amount > worth ? amount : worth],
      "withdrawal after the unbonding": [true, step.at >= tranche.thawsAt],
    });
    if (isOwn) stake.thawing -= amount;
    else stake.delegatedThawing -= amount;
    if (isWhole) stake.tranches.delete(key);
    else tranche.shares -= shares;
  }

  #slash(step: Step, event: EventOf<"Slashed">): void {
    const { provider, fromActive, fromThawing, fromDelegated, fromDelegatedThawing } = event.args;
    const stake = this.of(provider);
    const parts = splitSlash(fromActive + fromThawing + fromDelegated + fromDelegatedThawing, stake);
    step.compareAll(event, subjectOfStake(stake), {
      "slash of active stake": [parts.fromActive, fromActive],
      "slash of thawing stake": [parts.fromThawing, fromThawing],
      "slash of delegated stake": [parts.fromDelegated, fromDelegated],
      "slash of thawing delegated stake": [parts.fromDelegatedThawing, fromDelegatedThawing],
    });
    const { pools } = stake;
    pools.delegated = slashed(pools.delegated, stake.delegated, fromDelegated);
    pools.ownThawing = slashed(pools.ownThawing, stake.thawing, fromThawing);
    pools.delegatedThawing = slashed(pools.delegatedThawing, stake.delegatedThawing, fromDelegatedThawing);
    stake.active -= fromActive;
    stake.thawing -= fromThawing;
    stake.delegated -= fromDelegated;
    stake.delegatedThawing -= fromDelegatedThawing;
  }

  #reward(step: Step, event: EventOf<"StakeRewarded">): void {
    const { provider, toOwn, toPool, cut } = event.args;
    const stake = this.of(provider);
    const share = ((toOwn + toPool) * stake.delegated) / (stake.active + stake.delegated || 1n);
    step.compare(event, subjectOfStake(stake), "reward of the delegators before the cut", share, toPool + cut);
    stake.pools.delegated = rewarded(stake.pools.delegated, stake.delegated, toPool);
    stake.active += toOwn;
    stake.delegated += toPool;
  }
}

/** How findings name a provider's stake. */
export function subjectOfStake({ provider }: Pick<Stake, "provider">): string {
  return `stake of provider ${provider}`;
}

/** Shares of the running epoch; those of an earlier one are gone. */
function positionOf(stake: Stake, delegator: Address): { shares: bigint } {
  const { epoch } = stake.pools.delegated;
  const known = stake.positions.get(keyOf(delegator));
  if (known?.epoch === epoch) return known;
  const position = { delegator, shares: 0n, epoch };
  stake.positions.set(keyOf(delegator), position);
  return position;
}

function trancheKey(account: Address, number: number): string {
  return `${keyOf(account)}:${number}`;
}
