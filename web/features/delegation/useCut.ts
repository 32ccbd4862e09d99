"use client";

import { type Cut, cutAt } from "@4ever/sdk/pools";
import { useChainNow } from "@/lib/chain-clock";

/** A provider's cut of its delegators' rewards, and the rise that it announced. Before a block was seen what is announced counts. */
export function useCut(cut: Cut) {
  return cutAt(cut, useChainNow() ?? Number.POSITIVE_INFINITY);
}
