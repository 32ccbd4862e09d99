"use client";

import { INVITE_FIELDS } from "@4ever/sdk/invites";
import { isInviteUsed } from "@4ever/sdk/providers";
import { useMutation } from "@tanstack/react-query";
import { type Address, decodeAbiParameters, type Hex, isAddressEqual, zeroAddress } from "viem";
import { useClient } from "wagmi";
import { useAppConfig } from "@/lib/config-context";

const INVITE = [{ type: "tuple", components: [...INVITE_FIELDS, { name: "signature", type: "bytes" }] }] as const;

/** Local chain only: finds an invite that the local deployment has signed for this account or for whoever comes first. */
export function useLocalInvite() {
  const client = useClient();
  const { chain, deployment, localInvites } = useAppConfig();
  const mutation = useMutation({
    mutationFn: async (account: Address): Promise<Hex> => {
      if (!client) throw new Error("There is no client for the configured chain.");
      const fitting = localInvites.filter(
        ({ invitee }) => isAddressEqual(invitee, account) || isAddressEqual(invitee, zeroAddress),
      );
      for (const { invite } of fitting) {
        const [{ issuer, nonce }] = decodeAbiParameters(INVITE, invite);
        if (!(await isInviteUsed(client, { deployment, issuer, nonce }))) return invite;
      }
      throw new Error("All invites of this local chain are used. Start it afresh to get new ones.");
    },
  });
  return { ...mutation, isOffered: chain.isLocal && localInvites.length > 0 };
}
