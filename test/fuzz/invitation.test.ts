import { base64url } from "multiformats/bases/base64";
import { keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../sdk/src/errors.ts";
import { encodeInvite, parseInvite } from "../../sdk/src/invites/code.ts";
import { batchTypedData, type Invite, requireSigned } from "../../sdk/src/invites/invite.ts";
import { issue } from "../../sdk/src/invites/issuing.ts";
import { bytes, holds, mutate, mutation } from "./property.ts";

const registry = { chainId: 31337, address: "0x5FbDB2315678afecb367f032d93F642f64180aa3" } as const;
const issuer = privateKeyToAccount(keccak256(toHex("issuer")));
const good = async (): Promise<Invite> => {
  const terms = { issuer: issuer.address, nonce: 7n, expiresAt: 2_000_000_000 };
  const invites = await issue(terms, ["anybody", registry.address, "anybody"], (batch) =>
    issuer.signTypedData(batchTypedData(registry, batch)),
  );
  return invites[2] as Invite;
};

/** An invitation, or undefined for what is refused in a sentence. */
function read(text: string): Invite | undefined {
  try {
    return parseInvite(text);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "InviteMalformed") return undefined;
    throw error;
  }
}

describe("an invitation from a stranger", () => {
  it("comes through as it was issued", async () => {
    const invite = await good();
    expect(read(encodeInvite(invite))).toEqual(invite);
    await requireSigned(registry, invite);
  });

  it("of a batch that is sent is never taken for a signed one", async () => {
    const invite: Invite = { ...(await good()), signature: "0x" };
    expect(read(encodeInvite(invite))).toEqual(invite);
    await expect(requireSigned(registry, invite)).rejects.toThrow(ProtocolError);
  });

  it("is none, or not signed, whatever the bytes are", async () => {
    await holds(300, [bytes(400)], async (random) => {
      const invite = read(base64url.baseEncode(random));
      if (invite) await expect(requireSigned(registry, invite)).rejects.toThrow(ProtocolError);
    });
  });

  it("is refused when one part of what was signed is changed", async () => {
    const sent = base64url.baseDecode(encodeInvite(await good()));
    await holds(200, [mutation], async (change) => {
      const changed = mutate(Uint8Array.from(sent), change);
      const invite = read(base64url.baseEncode(changed));
      if (!invite) return;
      const { key: _, ...rest } = invite;
      const { key: __, ...before } = await good();
      // The key is the holder's own: a wrong one signs for nobody.
      if (encodeInvite({ ...rest }) === encodeInvite({ ...before })) return;
      await expect(requireSigned(registry, invite)).rejects.toThrow(ProtocolError);
    });
  });
});
