"use client";

import { AddStake } from "@/features/provider/AddStake";
import { Allocations } from "@/features/provider/Allocations";
import { DelegatedStake } from "@/features/provider/DelegatedStake";
import { ProviderGate } from "@/features/provider/ProviderGate";
import { StakeStats } from "@/features/provider/StakeStats";
import { Unbonding } from "@/features/provider/Unbonding";

/** What a provider pledges, what it backs, what others delegate to it, and the way out. */
export function StakePage() {
  return (
    <ProviderGate>
      {(provider, { services }) => (
        <div className="space-y-6">
          <StakeStats provider={provider} />
          <div className="grid gap-6 lg:grid-cols-2">
            <AddStake />
            <Unbonding provider={provider} />
          </div>
          <Allocations provider={provider} services={services} />
          <DelegatedStake provider={provider} />
        </div>
      )}
    </ProviderGate>
  );
}
