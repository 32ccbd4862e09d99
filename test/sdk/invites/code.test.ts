import { getAddress } from "viem";
import { describe, expect, it } from "vitest";
import { encodeInvite, inviteCodeIn, inviteLink, parseInvite } from "../../../sdk/src/invites/code.ts";
import type { Invite } from "../../../sdk/src/invites/invite.ts";

const INVITE: Invite = {
  issuer: getAddress(`0x${"a1".repeat(20)}`),
  nonce: 2n ** 64n - 1n,
  expiresAt: 2 ** 40 - 1,
  count: 2 ** 32 - 1,
  index: 7,
  invitee: getAddress(`0x${"b2".repeat(20)}`),
  proof: [`0x${"c3".repeat(32)}`, `0x${"d4".repeat(32)}`],
  signature: `0x${"e5".repeat(65)}`,
};
const KEY = `0x${"0f".repeat(32)}` as const;

describe("parseInvite", () => {
  it("reads what encodeInvite wrote, with and without a key, signed and sent", () => {
    const sent = { ...INVITE, signature: "0x" } as const;
    for (const invite of [INVITE, { ...INVITE, proof: [] }, { ...INVITE, key: KEY }, sent, { ...sent, key: KEY }])
      expect(parseInvite(encodeInvite(invite))).toEqual(invite);
  });

  it("refuses what is none, what is cut off, and what is longer than any batch's", () => {
    const code = encodeInvite(INVITE);
    const long = encodeInvite({ ...INVITE, proof: Array<`0x${string}`>(33).fill(KEY) });
    const unknown = btoa(`\x05${atob(code.replaceAll("-", "+").replaceAll("_", "/")).slice(1)}`)
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    for (const text of [
      "",
      unknown,
      "=",
      "%",
      code.slice(0, -1),
      code.slice(4),
      `${code}AA`,
      long,
      "A".repeat(100_000),
    ])
      expect(() => parseInvite(text), text.slice(0, 20)).toThrow(expect.objectContaining({ code: "InviteMalformed" }));
  });
});

describe("inviteLink", () => {
  it("puts the code behind #, where a server does not see it, and is read again", () => {
    const code = encodeInvite({ ...INVITE, key: KEY });
    const link = inviteLink("https://dashboard.example/some/page/", code);
    expect(link.startsWith("https://dashboard.example/provide/#invite=")).toBe(true);
    expect(new URL(link).search).toBe("");
    expect(inviteCodeIn(link)).toBe(code);
    expect(parseInvite(link).key).toBe(KEY);
  });

  it("of another page has no invitation in it", () => {
    expect(inviteCodeIn("https://dashboard.example/provide/#top")).toBeUndefined();
    expect(inviteCodeIn("  ")).toBeUndefined();
  });
});
