import type { Address, Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import { STAKE_STEP } from "../units.ts";
import type { AuditEvent } from "./chain.ts";
import { keyOf } from "./difference.ts";
import { StakeModel, subjectOfStake } from "./stake-model.ts";
import type { Step } from "./step.ts";
import { least } from "./stream.ts";

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
  readonly stake: StakeModel;
  readonly allocations = new Map<string, Allocation>();
  readonly offers = new Map<number, Offer>();
  readonly services = new Map<string, Service>();
  readonly operators = new Map<string, Address>();
  readonly #deployment: Deployment;
  /** Whether governance ever listed another market, whose deals nobody here knows. */
  #hasForeignMarket = false;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
    this.stake = new StakeModel(deployment);
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
      case "Allocated": {
        const { provider, serviceId, amount, allocated } = event.args;
        const [stake, allocation] = [this.stake.of(provider), this.#allocationOf(provider, serviceId)];
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
      case "Slashed": {
        const { provider, serviceId, fromActive, fromDelegated } = event.args;
        const allocation = this.#allocationOf(provider, serviceId);
        const fromAllocation = least(fromActive + fromDelegated, allocation.amount);
        allocation.amount -= fromAllocation;
        this.stake.of(provider).allocated -= fromAllocation;
        return void this.stake.apply(step, event);
      }
      default:
        this.stake.apply(step, event);
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

/** How findings name an allocation. */
export function subjectOfAllocation({ provider, serviceId }: Pick<Allocation, "provider" | "serviceId">): string {
  return `allocation of provider ${provider} for service ${serviceId}`;
}
