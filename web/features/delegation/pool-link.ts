import type { Address } from "viem";

/** The page of one provider's pool. */
export function poolLink(provider: Address): string {
  return `/delegate/pool/?provider=${provider}`;
}
