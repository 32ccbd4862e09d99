"use client";

import { parseInvite } from "@4ever/sdk/invites/code";
import { getInviteState } from "@4ever/sdk/invites/issuing";
import { useMutation } from "@tanstack/react-query";
import { type Address, isAddressEqual, zeroAddress } from "viem";
import { getBlock } from "viem/actions";
import { useClient } from "wagmi";
import { useAppConfig } from "@/lib/config-context";

/** Local chain only: finds an invite that the local deployment has signed for this account or for whoever holds it. */
export function useLocalInvite() {
  const client = useClient();
  const { chain, deployment, localInvites } = useAppConfig();
  const mutation = useMutation({
    mutationFn: async (account: Address): Promise<string> => {
      if (!client) throw new Error("There is no client for the configured chain.");
      const fitting = localInvites.filter(
        ({ invitee }) => isAddressEqual(invitee, account) || isAddressEqual(invitee, zeroAddress),
      );
      const nowAt = Number((await getBlock(client)).timestamp);
      for (const { invite } of fitting) {
        const state = await getInviteState(client, { deployment, invite: parseInvite(invite), nowAt });
        if (state === "unused") return invite;
      }
      throw new Error("All invites of this local chain are used. Start it afresh to get new ones.");
    },
  });
  return { ...mutation, isOffered: chain.isLocal && localInvites.length > 0 };
}
