"use client";

import { setSessionKey } from "@4ever/sdk/deal-ends";
import { useMemo } from "react";
import { isAddressEqual } from "viem";
import type { Deal } from "@/features/deals/deal";
import { useAppConfig } from "@/lib/config-context";
import { createSessionKey, sessionKeyOf } from "@/lib/uploads/session-keys";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Who can sign for a deal from here: `browser` has its session key, `wallet` is it, `elsewhere`: neither. */
export type KeyHolder = "browser" | "wallet" | "elsewhere";

/** Where a deal's session key is, and a way for its customer to set a new one that this browser keeps. */
export function useSessionKey({ dealId, sessionKey }: Pick<Deal, "dealId" | "sessionKey">): {
  holder: KeyHolder;
  renew: () => void;
} {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const isHere = useMemo(() => sessionKeyOf(globalThis.localStorage, sessionKey) !== undefined, [sessionKey]);
  const holder = isHere ? "browser" : account && isAddressEqual(account, sessionKey) ? "wallet" : "elsewhere";

  function renew() {
    let made: Awaited<ReturnType<typeof createSessionKey>> | undefined;
    review({
      key: `deal/session-key/${dealId}`,
      title: `New session key for deal ${dealId}`,
      sentence:
        "This browser makes a new key that may upload and publish for this deal. The one before can do neither from then on.",
      action: "Set the new key",
      costs: [],
      gasLimit: 80_000n,
      undo: "Set another key at any time. A session key cannot move money; what is under proof stays there.",
      steps: [{ what: "transaction", title: "Send the new key’s address" }],
      to: contracts.DealMarket,
      run: async (client, context) => {
        made ??= await createSessionKey(globalThis.localStorage); // one key, however often it is tried
        return setSessionKey(client, { ...context, dealId, sessionKey: made.address });
      },
    });
  }

  return { holder, renew };
}
