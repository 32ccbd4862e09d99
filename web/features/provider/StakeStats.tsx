"use client";

import { Money } from "@/components/Money";
import { Stat, Stats } from "@/components/Section";
import { unallocatedOf } from "@/features/provider/coverage";
import type { OwnProvider } from "@/features/provider/useProviderArea";
import { EVER_UNIT } from "@/lib/tokens";

/** What stands behind a provider, and what of it backs services. */
export function StakeStats({ provider }: { provider: OwnProvider }) {
  const reserved = provider.allocations.reduce((sum, allocation) => sum + allocation.reserved, 0n);
  const free = unallocatedOf(provider);
  return (
    <Stats>
      <Stat
        label="Active stake"
        note={
          provider.delegatedStake === 0n ? (
            "pledged and working"
          ) : (
            <>
              delegated beside it: <Money amount={provider.delegatedStake} token={EVER_UNIT} />
            </>
          )
        }
      >
        <Money amount={provider.activeStake} token={EVER_UNIT} />
      </Stat>
      <Stat
        label="Allocated to services"
        note={
          <>
            held by deals: <Money amount={reserved} token={EVER_UNIT} />
          </>
        }
      >
        <Money amount={provider.allocatedStake} token={EVER_UNIT} />
      </Stat>
      <Stat label="Not allocated" note="can back more">
        <Money amount={free} token={EVER_UNIT} />
      </Stat>
      <Stat label="Slashed so far" note={provider.slashedStake === 0n ? "nothing was ever taken" : "taken for faults"}>
        <Money amount={provider.slashedStake} token={EVER_UNIT} />
      </Stat>
    </Stats>
  );
}
