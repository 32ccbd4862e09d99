import { encodeInvite, parseInvite } from "@4ever/sdk/invites/code";
import { getAddress } from "viem";
import { describe, expect, it } from "vitest";
import { batchesOf, csvOf, type IssuerOnChain, invitationsOf } from "@/features/invites/invitations";
import { issuedBy, keepIssued, MAX_ISSUED } from "@/features/invites/issued";
import { issuingOf } from "@/features/invites/issuing";

const ISSUER = getAddress(`0x${"a1".repeat(20)}`);
const NAMED = getAddress(`0x${"b2".repeat(20)}`);
const USER = getAddress(`0x${"c3".repeat(20)}`);
const HASH = `0x${"d4".repeat(32)}` as const;
const EXPIRES_AT = 1_000;

const codeOf = (nonce: bigint, index: number, count: number, isOpen = true) =>
  encodeInvite({
    issuer: ISSUER,
    nonce,
    expiresAt: EXPIRES_AT,
    count,
    index,
    invitee: NAMED,
    proof: [],
    signature: `0x${"11".repeat(65)}`,
    ...(isOpen ? { key: HASH } : {}),
  });
const single = { issuer: ISSUER, issuedAt: 10, codes: [codeOf(9n, 1, 1, false)] };
const batch = { issuer: ISSUER, issuedAt: 5, codes: [1, 2, 3].map((index) => codeOf(4n, index, 3)) };
const onChain: IssuerOnChain = { quota: 5n, revokedBelow: 0n, redeemedCount: 0, batches: [], invites: [] };
const trace = (index: number, isUsed: boolean, nonce = 4n) => ({
  nonce,
  index,
  isUsed,
  account: isUsed ? USER : undefined,
  at: 50,
  hash: HASH,
});
const statesOf = (change: Partial<IssuerOnChain>, nowAt: number | undefined = 100) =>
  invitationsOf([single, batch], { ...onChain, ...change }, nowAt).map(({ state }) => state);

describe("invitationsOf", () => {
  it("lists what was issued here, newest first, as unused until the chain says more", () => {
    const found = invitationsOf([batch, single], onChain, undefined);
    expect(found.map(({ nonce, index }) => `${nonce}/${index}`)).toEqual(["9/1", "4/1", "4/2", "4/3"]);
    expect(found[0]).toMatchObject({ invitee: NAMED, isOpen: false, expiresAt: EXPIRES_AT, issuedAt: 10 });
    expect(found[1]).toMatchObject({ isOpen: true });
    expect(found[1]).not.toHaveProperty("invitee");
  });

  it.each([
    ["used ones", { invites: [trace(2, true)] }, ["unused", "unused", "used", "unused"]],
    ["revoked ones", { invites: [trace(2, false)] }, ["unused", "unused", "revoked", "unused"]],
    [
      "a revoked batch, and what was used of it before",
      {
        batches: [{ nonce: 4n, count: 3, redeemedCount: 1, isRevoked: true }],
        invites: [trace(1, true)],
      },
      ["unused", "used", "revoked", "revoked"],
    ],
    ["all below a number", { revokedBelow: 9n }, ["unused", "revoked", "revoked", "revoked"]],
    ["an issuer without a quota", { quota: 0n }, ["stopped", "stopped", "stopped", "stopped"]],
  ])("knows %s", (_, change, states) => {
    expect(statesOf(change)).toEqual(states);
  });

  it("knows what has expired, to the second, and not before there is a time", () => {
    expect(statesOf({}, EXPIRES_AT - 1)).toEqual(["unused", "unused", "unused", "unused"]);
    expect(statesOf({}, EXPIRES_AT)).toEqual(["expired", "expired", "expired", "expired"]);
    expect(statesOf({ invites: [trace(1, true)] }, EXPIRES_AT)).toContain("used");
  });

  it("also lists what was issued elsewhere, once it was used or revoked", () => {
    const batches = [{ nonce: 7n, count: 20, redeemedCount: 1, isRevoked: false }];
    const found = invitationsOf([], { ...onChain, batches, invites: [trace(3, true, 7n), trace(1, false, 2n)] }, 100);
    expect(found).toMatchObject([
      { nonce: 7n, index: 3, count: 20, state: "used", usedBy: USER },
      { nonce: 2n, index: 1, count: undefined, state: "revoked" },
    ]);
  });

  it("leaves out what it cannot read", () => {
    expect(invitationsOf([{ ...single, codes: ["?", ...single.codes] }], onChain, 1)).toHaveLength(1);
  });
});

describe("batchesOf", () => {
  it("counts what was used and what is open of each, and leaves single ones out", () => {
    const found = invitationsOf([single, batch], { ...onChain, invites: [trace(1, true), trace(2, false)] }, 100);
    expect(batchesOf(found)).toMatchObject([{ nonce: 4n, count: 3, used: 1, open: 1, codes: batch.codes }]);
  });
});

describe("csvOf", () => {
  it("is a table of links, one a line", () => {
    const csv = csvOf(
      { codes: [...single.codes, ...batch.codes.slice(0, 1)] },
      (code) => `https://d.example/#${code.length}`,
    );
    const [, key] = [parseInvite(single.codes[0] ?? ""), batch.codes[0]?.length];
    expect(csv.split("\r\n")).toEqual([
      "invitation,for,link",
      `1,${NAMED},https://d.example/#${single.codes[0]?.length}`,
      `1,whoever has the link,https://d.example/#${key}`,
      "",
    ]);
  });
});

describe("issuingOf", () => {
  const draft = { kind: "link", account: "", count: "1", days: "30" } as const;

  it.each([
    ["count", { count: "0" }],
    ["count", { count: String(MAX_ISSUED + 1) }],
    ["count", { count: "two" }],
    ["days", { days: "0" }],
    ["days", { days: "366" }],
    ["account", { kind: "account", account: "0x12" }],
  ] as const)("refuses a wrong %s", (field, change) => {
    expect(issuingOf({ ...draft, ...change })).toMatchObject({ ok: false, problems: { [field]: expect.any(String) } });
  });

  it("gives as many for whoever has the link, or one for an account", () => {
    expect(issuingOf({ ...draft, count: "3" })).toEqual({
      ok: true,
      invitees: ["anybody", "anybody", "anybody"],
      validSeconds: 30 * 86_400,
    });
    const named = { ...draft, kind: "account", account: ` ${NAMED.toLowerCase()} `, count: "9" } as const;
    expect(issuingOf(named)).toMatchObject({ ok: true, invitees: [NAMED] });
  });
});

describe("issuedBy", () => {
  const storage = () => {
    const items = new Map<string, string>();
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
      items,
    };
  };
  const deployment = { chainId: 1, contracts: { InviteRegistry: USER } } as never;

  it("gives back what was kept, of one issuer, newest first", () => {
    const store = storage();
    keepIssued(store, deployment, batch);
    keepIssued(store, deployment, single);
    keepIssued(store, deployment, { ...single, issuer: NAMED });
    expect(issuedBy(store, deployment, ISSUER)).toEqual([single, batch]);
    expect(issuedBy(store, { chainId: 2, contracts: { InviteRegistry: USER } } as never, ISSUER)).toEqual([]);
  });

  it("shows nothing of what is damaged", () => {
    const store = storage();
    keepIssued(store, deployment, batch);
    for (const key of store.items.keys()) store.items.set(key, "{");
    expect(issuedBy(store, deployment, ISSUER)).toEqual([]);
  });
});
