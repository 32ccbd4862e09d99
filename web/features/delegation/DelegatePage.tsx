"use client";

import { PoolList } from "@/features/delegation/PoolList";
import { Risk } from "@/features/delegation/Risk";
import { YourDelegations } from "@/features/delegation/YourDelegations";

/** Providers that take delegations, and what the account has with them. */
export function DelegatePage() {
  return (
    <div className="space-y-6">
      <YourDelegations />
      <PoolList />
      <Risk />
    </div>
  );
}
