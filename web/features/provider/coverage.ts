import type { OwnProvider, Service } from "@/features/provider/useProviderArea";

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
