import type { OwnProvider, Service } from "@/features/provider/useProviderArea";

/** What a provider can still allocate; nothing while a slash or its delegators left allocations uncovered. EVER base units. */
export function unallocatedOf({
  capacityStake,
  allocatedStake,
}: {
  capacityStake: bigint;
  allocatedStake: bigint;
}): bigint {
  return capacityStake > allocatedStake ? capacityStake - allocatedStake : 0n;
}

/**
 * Own stake that can thaw, as the vault has it: allocations must stay covered by own and delegated stake together, and by nine times the
 * own alone. EVER base units.
 */
export function thawableOf(provider: { activeStake: bigint; delegatedStake: bigint; allocatedStake: bigint }): bigint {
  const { activeStake, delegatedStake, allocatedStake } = provider;
  const ninth = (allocatedStake + 8n) / 9n;
  const rest = allocatedStake - delegatedStake;
  const needed = rest > ninth ? rest : ninth;
  return activeStake > needed ? activeStake - needed : 0n;
}

/** What a provider sells against what its stake backs. Bytes. */
export interface Coverage {
  /** On offer in all, in offers that take new deals. */
  offeredBytes: bigint;
  freeBytes: bigint;
  /** Of `offeredBytes`, what stake that is allocated to the offers' services backs. */
  backedBytes: bigint;
}

/** How far the stake reaches for all that is on offer. A request beyond it cannot be accepted. */
export function coverageOf(
  { offers, allocations }: Pick<OwnProvider, "offers" | "allocations">,
  services: readonly Pick<Service, "id" | "unitBytes" | "stakePerUnit">[],
): Coverage {
  const total: Coverage = { offeredBytes: 0n, freeBytes: 0n, backedBytes: 0n };
  const offered = new Map<string, bigint>();
  for (const { isActive, capacityBytes, freeBytes, service } of offers) {
    if (!isActive) continue;
    total.offeredBytes += capacityBytes;
    total.freeBytes += freeBytes;
    offered.set(service.id, (offered.get(service.id) ?? 0n) + capacityBytes);
  }
  for (const [id, bytes] of offered) {
    const service = services.find((each) => each.id === id);
    const amount = allocations.find(({ serviceId }) => serviceId === id)?.amount ?? 0n;
    const backed = service?.stakePerUnit ? (amount * service.unitBytes) / service.stakePerUnit : bytes;
    total.backedBytes += backed < bytes ? backed : bytes;
  }
  return total;
}
