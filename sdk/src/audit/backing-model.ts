import type { Address, Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import { STAKE_STEP } from "../units.ts";
import type { AuditEvent } from "./chain.ts";
import { keyOf } from "./difference.ts";
import type { Step } from "./step.ts";
import { least } from "./stream.ts";

/** Stake of a provider. EVER base units; Unix seconds. */
export interface Stake {
  provider: Address;
  active: bigint;
  allocated: bigint;
  thawing: bigint;
  thawsAt: number;
}

/** Stake of a provider that backs one service. EVER base units. */
export interface Allocation {
  provider: Address;
  serviceId: Hex;
  amount: bigint;
  reserved: bigint;
}

/** An offer. Token base units per GiB and 30 periods; bytes. */
export interface Offer {
  offerId: number;
  provider: Address;
  serviceId: Hex;
  tokenId: number;
  unitPrice: bigint;
  capacityBytes: bigint;
  freeBytes: bigint;
  isActive: boolean;
}

interface Service {
  unitBytes: bigint;
  stakePerUnit: bigint;
  feeBps: number;
}

/** What stands behind deals: stake, offers and the terms of services. */
export class BackingModel {
  readonly stakes = new Map<string, Stake>();
  readonly allocations = new Map<string, Allocation>();
  readonly offers = new Map<number, Offer>();
  readonly services = new Map<string, Service>();
  readonly operators = new Map<string, Address>();
  readonly #deployment: Deployment;
  /** Whether governance ever listed another market, whose deals nobody here knows. */
  #hasForeignMarket = false;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  get totalStake(): bigint {
    let total = 0n;
    for (const { active, thawing } of this.stakes.values()) total += active + thawing;
    return total;
  }

  /** EVER base units that must back some bytes of a service: whole steps. */
  stakeFor(serviceId: Hex, bytes: bigint): bigint {
    const service = this.services.get(keyOf(serviceId));
    if (!service) return 0n;
    const step = service.unitBytes * STAKE_STEP;
    return ((bytes * service.stakePerUnit + step - 1n) / step) * STAKE_STEP;
  }

  feeBpsOf(serviceId: Hex): number | undefined {
    return this.services.get(keyOf(serviceId))?.feeBps;
  }

  /** A deal takes capacity out of an offer, or gives it back with a negative number. */
  moveCapacity(step: Step, offerId: number, bytes: bigint): void {
    const offer = this.offers.get(offerId);
    if (!offer) return;
    // An offer that shrank meanwhile is never freer than it is large.
    offer.freeBytes = least(offer.freeBytes - bytes, offer.capacityBytes);
    step.offersDue.add(offerId);
  }

  /** A deal reserves stake, or releases it with a negative amount. EVER base units. */
  moveReservation(step: Step, offerId: number, amount: bigint): void {
    const offer = this.offers.get(offerId);
    if (!offer) return;
    const allocation = this.#allocationOf(offer.provider, offer.serviceId);
    const reserved = allocation.reserved + amount;
    allocation.reserved = reserved < 0n ? 0n : reserved;
    step.reservationsDue.add(allocationKey(offer.provider, offer.serviceId));
  }

  apply(step: Step, event: AuditEvent & { contract: "StakeVault" | "ProviderRegistry" | "ServiceCatalog" }): void {
    if (event.contract === "StakeVault") this.#applyVault(step, event);
    else if (event.contract === "ProviderRegistry") this.#applyRegistry(step, event);
    else if (event.eventName === "ServiceChanged") {
      const { serviceId, unitBytes, stakePerUnit, feeBps } = event.args;
      this.services.set(keyOf(serviceId), { unitBytes, stakePerUnit, feeBps });
    }
  }

  /** Once a transaction is over: what registry and vault told must be what its deals did. */
  finish(step: Step): void {
    for (const [offerId, { freeBytes, event }] of step.offersTold) {
      const offer = this.offers.get(offerId);
      if (!offer) continue;
      if (!step.offersDue.has(offerId) && this.#hasForeignMarket) offer.freeBytes = freeBytes;
      else step.compare(event, `offer ${offerId}`, "free bytes", offer.freeBytes, freeBytes);
    }
    for (const [key, { reserved, event }] of step.reservationsTold) {
      const allocation = this.allocations.get(key);
      if (allocation)
        step.compare(event, subjectOfAllocation(allocation), "reserved stake", allocation.reserved, reserved);
    }
    for (const offerId of step.offersDue)
      if (!step.offersTold.has(offerId))
        step.contradict(undefined, `offer ${offerId}`, "event OfferFreeChanged", "one", "none");
    for (const key of step.reservationsDue) {
      const allocation = this.allocations.get(key);
      if (allocation && !step.reservationsTold.has(key))
        step.contradict(undefined, subjectOfAllocation(allocation), "event ReservationChanged", "one", "none");
    }
  }

  #applyVault(step: Step, event: AuditEvent & { contract: "StakeVault" }): void {
    switch (event.eventName) {
      case "Staked": {
        const stake = this.#stakeOf(event.args.provider);
        stake.active += event.args.amount;
        return void step.compare(event, subjectOfStake(stake), "active stake", stake.active, event.args.active);
      }
      case "Allocated": {
        const { provider, serviceId, amount, allocated } = event.args;
        const [stake, allocation] = [this.#stakeOf(provider), this.#allocationOf(provider, serviceId)];
        stake.allocated += amount - allocation.amount;
        allocation.amount = amount;
        return void step.compare(event, subjectOfStake(stake), "allocated stake", stake.allocated, allocated);
      }
      case "ReservationChanged": {
        const { provider, serviceId, market, reserved } = event.args;
        const allocation = this.#allocationOf(provider, serviceId);
        if (keyOf(market) !== keyOf(this.#deployment.contracts.DealMarket)) allocation.reserved = reserved;
        else step.reservationsTold.set(allocationKey(provider, serviceId), { reserved, event });
        return;
      }
      case "ThawStarted": {
        const { provider, amount, thawing, thawsAt } = event.args;
        const stake = this.#stakeOf(provider);
        stake.active -= amount;
        stake.thawing += amount;
        stake.thawsAt = step.at + this.#deployment.parameters.unbondingSeconds;
        step.compareAll(event, subjectOfStake(stake), {
          "stake, none of it allocated, that can thaw": [true, stake.active >= stake.allocated],
          "thawing stake": [stake.thawing, thawing],
          "end of the unbonding": [stake.thawsAt, thawsAt],
        });
        return;
      }
      case "StakeWithdrawn": {
        const stake = this.#stakeOf(event.args.provider);
        step.compareAll(event, subjectOfStake(stake), {
          "stake withdrawn": [stake.thawing, event.args.amount],
          "withdrawal after the unbonding": [true, step.at >= stake.thawsAt],
        });
        stake.thawing = 0n;
        stake.thawsAt = 0;
        return;
      }
      case "Slashed": {
        const { provider, serviceId, fromActive, fromThawing } = event.args;
        const [stake, allocation] = [this.#stakeOf(provider), this.#allocationOf(provider, serviceId)];
        const fromAllocation = least(fromActive, allocation.amount);
        allocation.amount -= fromAllocation;
        stake.allocated -= fromAllocation;
        stake.active -= fromActive;
        stake.thawing -= fromThawing;
        if (stake.thawing === 0n) stake.thawsAt = 0;
        return void step.compare(
          event,
          subjectOfStake(stake),
          "slash of what is there",
          true,
          stake.active >= 0n && stake.thawing >= 0n,
        );
      }
      default:
    }
  }

  #applyRegistry(step: Step, event: AuditEvent & { contract: "ProviderRegistry" }): void {
    switch (event.eventName) {
      case "ProviderRegistered":
      case "OperatorChanged":
        return void this.operators.set(keyOf(event.args.provider), event.args.operator);
      case "OfferPublished":
        this.#publish(step, event);
        return;
      case "OfferFreeChanged": {
        const { offerId, freeBytes } = event.args;
        return void step.offersTold.set(Number(offerId), { freeBytes, event });
      }
      case "OfferWithdrawn": {
        const offer = this.offers.get(Number(event.args.offerId));
        if (offer) offer.isActive = false;
        return;
      }
      case "RegistryMarketChanged": {
        const isOurs = keyOf(event.args.market) === keyOf(this.#deployment.contracts.DealMarket);
        this.#hasForeignMarket ||= !isOurs && event.args.allowed;
        return;
      }
      default:
    }
  }

  #publish(step: Step, event: AuditEvent & { eventName: "OfferPublished" }): void {
    const { provider, serviceId, tokenId, unitPrice, capacityBytes } = event.args;
    const offerId = Number(event.args.offerId);
    const known = this.offers.get(offerId);
    if (!known) {
      step.compare(event, "registry", "number of the next offer", this.offers.size + 1, offerId);
      const offer = { offerId, provider, serviceId, tokenId, unitPrice, capacityBytes };
      return void this.offers.set(offerId, { ...offer, freeBytes: capacityBytes, isActive: true });
    }
    step.compare(event, `offer ${offerId}`, "provider", known.provider, provider);
    known.freeBytes += capacityBytes - known.capacityBytes;
    known.capacityBytes = capacityBytes;
    known.unitPrice = unitPrice;
    step.offersDue.add(offerId);
  }

  #stakeOf(provider: Address): Stake {
    const key = keyOf(provider);
    const stake = this.stakes.get(key) ?? { provider, active: 0n, allocated: 0n, thawing: 0n, thawsAt: 0 };
    this.stakes.set(key, stake);
    return stake;
  }

  #allocationOf(provider: Address, serviceId: Hex): Allocation {
    const key = allocationKey(provider, serviceId);
    const allocation = this.allocations.get(key) ?? { provider, serviceId, amount: 0n, reserved: 0n };
    this.allocations.set(key, allocation);
    return allocation;
  }
}

function allocationKey(provider: Address, serviceId: Hex): string {
  return `${keyOf(provider)}:${keyOf(serviceId)}`;
}

function subjectOfStake({ provider }: Pick<Stake, "provider">): string {
  return `stake of provider ${provider}`;
}

/** How findings name an allocation. */
export function subjectOfAllocation({ provider, serviceId }: Pick<Allocation, "provider" | "serviceId">): string {
  return `allocation of provider ${provider} for service ${serviceId}`;
}
