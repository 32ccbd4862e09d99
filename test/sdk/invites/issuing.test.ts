import { hashTypedData, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteRegistryAbi } from "../../../sdk/src/generated/abis.ts";
import { decodeInvite, encodeInvite, inviteLink } from "../../../sdk/src/invites/code.ts";
import { batchTypedData, claimTypedData, inviteDomainOf } from "../../../sdk/src/invites/invite.ts";
import {
  createInvite,
  createInvites,
  getInviteState,
  getIssuer,
  MAX_BATCH,
  nextNonce,
  nonceAt,
  prepareInvites,
  prepareRevocation,
  revokeInvites,
  revokeInvitesBelow,
} from "../../../sdk/src/invites/issuing.ts";
import { getPhase, getProvider, register } from "../../../sdk/src/providers.ts";
import { createContractIssuer } from "../../helpers/contract-issuer.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

const registration = (invitee: number) => ({
  deployment: chain.deployment,
  operator: chain.walletOf(invitee).account.address,
  group: 7,
  endpoint: "https://provider.example",
  name: "Example",
});
const later = async (seconds: number) => (await chain.now()) + seconds;
const issuing = async (seconds = 1_000) => ({ deployment: chain.deployment, expiresAt: await later(seconds) });
const stateOf = async (code: string) => {
  const { deployment } = chain;
  const invite = await decodeInvite(deployment, code);
  return getInviteState(chain.reader, { deployment, invite, nowAt: await chain.now() });
};

describe("batchTypedData, claimTypedData", () => {
  it("give the hashes that the contract gives", async () => {
    const registry = inviteDomainOf(chain.deployment);
    const contract = { address: registry.address, abi: inviteRegistryAbi } as const;
    const issuer = chain.deployment.contracts.Ledger;
    const root = `0x${"5a".repeat(32)}` as const;
    const terms = { issuer, nonce: 2n ** 64n - 1n, expiresAt: 2 ** 40 - 1, count: 2 ** 32 - 1, root };
    const args = [issuer, terms.nonce, terms.expiresAt, terms.count, root] as const;
    expect(hashTypedData(batchTypedData(registry, terms))).toBe(
      await chain.reader.readContract({ ...contract, functionName: "hashBatch", args }),
    );
    expect(hashTypedData(claimTypedData(registry, issuer))).toBe(
      await chain.reader.readContract({ ...contract, functionName: "hashClaim", args: [issuer] }),
    );
  });
});

describe("register", () => {
  it("says that an invitation is needed", async () => {
    expect(await getPhase(chain.reader, chain)).toBe("invite");
    await expect(register(chain.walletOf(10), registration(10))).rejects.toMatchObject({
      name: "ProtocolError",
      code: "InviteRequired",
      message: "Registering needs an invitation while the network grows.",
    });
  });

  it("refuses an invitation for somebody else, of somebody who may not invite, and one that ran out", async () => {
    const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
    const foreign = await createInvite(issuer, {
      ...(await issuing()),
      invitee: chain.walletOf(11).account.address,
    });
    await expect(register(chain.walletOf(10), { ...registration(10), invite: foreign })).rejects.toMatchObject({
      code: "InviteForeign",
    });

    const unknown = await createInvite(chain.walletOf(12), await issuing());
    expect(await stateOf(unknown)).toBe("stopped");
    await expect(register(chain.walletOf(10), { ...registration(10), invite: unknown })).rejects.toMatchObject({
      code: "InviteIssuerUnknown",
    });

    const old = await createInvite(issuer, await issuing(0));
    expect(await stateOf(old)).toBe("expired");
    await expect(register(chain.walletOf(10), { ...registration(10), invite: old })).rejects.toMatchObject({
      code: "InviteExpired",
    });
  });

  it("takes an invitation once, by its link", async () => {
    const { deployment } = chain;
    const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
    const { quota } = await getIssuer(chain.reader, { deployment, account: issuer.account.address });
    const code = await createInvite(issuer, await issuing());
    const invite = inviteLink("https://dashboard.example", code);

    expect(await stateOf(code)).toBe("unused");
    await register(chain.walletOf(10), { ...registration(10), invite });
    expect(await stateOf(code)).toBe("used");
    const provider = chain.walletOf(10).account.address;
    expect(await getProvider(chain.reader, { deployment, provider })).toMatchObject({ group: 7, jailed: false });
    expect(await getIssuer(chain.reader, { deployment, account: issuer.account.address })).toEqual({
      quota: quota - 1,
      revokedBelow: 0n,
    });

    await expect(register(chain.walletOf(11), { ...registration(11), invite })).rejects.toMatchObject({
      code: "InviteUsed",
      hint: "Each works once. Ask for a new one.",
    });
    await expect(register(chain.walletOf(10), { ...registration(10), invite })).rejects.toMatchObject({
      code: "RegistryProviderExists",
    });
  });
});

describe("createInvites", () => {
  it("refuses a batch of none, and one that is too large", async () => {
    const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
    for (const invitees of [[], Array<"anybody">(MAX_BATCH + 1).fill("anybody")])
      await expect(createInvites(issuer, { ...(await issuing()), invitees })).rejects.toThrow(RangeError);
  });

  it("makes a batch by one signature, of which each is used alone", async () => {
    const { deployment } = chain;
    const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
    const named = chain.walletOf(13).account.address;
    const codes = await createInvites(issuer, { ...(await issuing()), invitees: ["anybody", named, "anybody"] });
    const invites = await Promise.all(codes.map((code) => decodeInvite(deployment, code)));
    expect(new Set(invites.map(({ signature }) => signature)).size).toBe(1);
    expect(invites.map(({ index, count }) => `${index}/${count}`)).toEqual(["1/3", "2/3", "3/3"]);

    const [, second = "", third = ""] = codes;
    await register(chain.walletOf(13), { ...registration(13), invite: second });
    await register(chain.walletOf(14), { ...registration(14), invite: third });
    expect(await Promise.all(codes.map(stateOf))).toEqual(["unused", "used", "used"]);
  });
});

describe("revokeInvites, revokeInvitesBelow", () => {
  it("take back single ones, a batch, and all until a moment", async () => {
    const { deployment } = chain;
    const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
    const batch = async () =>
      createInvites(issuer, { ...(await issuing()), invitees: ["anybody", "anybody", "anybody"] });
    const [ones, all, older] = [await batch(), await batch(), await batch()];
    const nonceOf = async (codes: string[]) => (await decodeInvite(deployment, codes[0] ?? "")).nonce;

    await revokeInvites(issuer, { deployment, nonce: await nonceOf(ones), indexes: [2] });
    expect(await Promise.all(ones.map(stateOf))).toEqual(["unused", "revoked", "unused"]);
    await revokeInvites(issuer, { deployment, nonce: await nonceOf(all) });
    expect(await Promise.all(all.map(stateOf))).toEqual(["revoked", "revoked", "revoked"]);
    await expect(register(chain.walletOf(15), { ...registration(15), invite: all[0] ?? "" })).rejects.toMatchObject({
      code: "InviteRevoked",
      message: `The invitation was revoked by ${issuer.account.address}, who issued it.`,
    });

    const nonce = nonceAt(Math.floor(Date.now() / 1_000) + 1);
    await revokeInvitesBelow(issuer, { deployment, nonce });
    expect(await Promise.all(older.map(stateOf))).toEqual(["revoked", "revoked", "revoked"]);
    await expect(revokeInvitesBelow(issuer, { deployment, nonce })).rejects.toMatchObject({
      code: "InviteRevokedBackward",
    });
  });
});

describe("prepareInvites, prepareRevocation", () => {
  it("let a contract issue, once it has sent the call, and take back", async () => {
    const { deployment } = chain;
    const { issuer, send } = await createContractIssuer(chain);
    const { codes, call } = await prepareInvites({ ...(await issuing()), issuer, invitees: ["anybody", "anybody"] });
    const [first = "", second = ""] = codes;
    const { nonce } = await decodeInvite(deployment, first);
    expect(await stateOf(first)).toBe("waiting");
    await expect(register(chain.walletOf(16), { ...registration(16), invite: first })).rejects.toMatchObject({
      code: "InviteSignatureInvalid",
      message: "The invitation is neither signed nor sent by its issuer.",
    });

    await send(call);
    expect(await Promise.all(codes.map(stateOf))).toEqual(["unused", "unused"]);
    await register(chain.walletOf(16), { ...registration(16), invite: first });
    await send(prepareRevocation(deployment, { nonce, indexes: [2] }));
    expect(await Promise.all(codes.map(stateOf))).toEqual(["used", "revoked"]);
    await expect(register(chain.walletOf(17), { ...registration(17), invite: second })).rejects.toMatchObject({
      code: "InviteRevoked",
    });
  });

  it("keep an invitation of another batch of the number waiting", async () => {
    const { deployment } = chain;
    const { issuer, send } = await createContractIssuer(chain);
    const { codes, call } = await prepareInvites({ ...(await issuing()), issuer, invitees: ["anybody"] });
    await send(call);
    const invite = await decodeInvite(deployment, codes[0] ?? "");
    expect(await stateOf(encodeInvite({ ...invite, count: 2 }))).toBe("waiting");
  });

  it("take a whole batch back, and all until a moment", async () => {
    const { deployment } = chain;
    const { issuer, send } = await createContractIssuer(chain);
    const batch = async () => {
      const { codes, call } = await prepareInvites({ ...(await issuing()), issuer, invitees: ["anybody", "anybody"] });
      await send(call);
      return { codes, nonce: (await decodeInvite(deployment, codes[0] ?? "")).nonce };
    };
    const [one, other] = [await batch(), await batch()];
    await send(prepareRevocation(deployment, { nonce: one.nonce }));
    expect(await Promise.all([...one.codes, ...other.codes].map(stateOf))).toEqual([
      "revoked",
      "revoked",
      "unused",
      "unused",
    ]);
    await send(prepareRevocation(deployment, { below: nonceAt(Math.floor(Date.now() / 1_000) + 1) }));
    expect(await Promise.all(other.codes.map(stateOf))).toEqual(["revoked", "revoked"]);
  });
});

describe("nextNonce", () => {
  it("is above all of the seconds before, and below all of those after", () => {
    const nonce = nextNonce(5_999);
    expect(nonce).toBeGreaterThanOrEqual(nonceAt(5));
    expect(nonce).toBeLessThan(nonceAt(6));
    expect(nonceAt(2 ** 32 - 1)).toBeLessThan(2n ** 64n);
  });
});

describe("decodeInvite", () => {
  it("says what is wrong with what somebody pasted", async () => {
    const { deployment } = chain;
    const code = await createInvite(chain.walletOf(LOCAL_ACCOUNTS.inviter), await issuing());
    await expect(decodeInvite(deployment, ` ${code}\n`)).resolves.toMatchObject({ index: 1, count: 1 });
    const changed = `${code.slice(0, 100)}${code[100] === "f" ? "g" : "f"}${code.slice(101)}`;
    for (const text of ["", "hello", zeroAddress, code.slice(0, -70), code.slice(2), `#${code}`, changed])
      await expect(decodeInvite(deployment, text), text).rejects.toMatchObject({
        code: "InviteMalformed",
        hint: "Copy it again, whole, as it was given to you.",
      });
    const elsewhere = { ...deployment, chainId: 1 };
    await expect(decodeInvite(elsewhere, code)).rejects.toThrow("it is for another network");
  });
});
