import { isAddressEqual } from "viem";
import type { OwnProvider, OwnSet } from "@/features/provider/useProviderArea";

/** Proving sets whose key is not the provider's present one: nobody but the key before can add to them and prove them. */
export function setsToHandOver({ operator, provingSets }: Pick<OwnProvider, "operator" | "provingSets">): OwnSet[] {
  if (!operator) return [];
  return provingSets.filter((set) => !isAddressEqual(set.operator, operator));
}
