import { hashTypedData, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteRegistryAbi } from "../../sdk/src/generated/abis.ts";
import { createInvite, decodeInvite, InviteMalformed, inviteTypedData } from "../../sdk/src/invites.ts";
import { getPhase, getProvider, isInviteUsed, isIssuer, register } from "../../sdk/src/providers.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../helpers/local-chain.ts";

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

describe("inviteTypedData", () => {
  it("gives the hash that the contract gives", async () => {
    const { chainId, contracts } = chain.deployment;
    const terms = { issuer: contracts.Ledger, invitee: zeroAddress, nonce: 2n ** 255n, expiresAt: 2 ** 40 - 1 };
    const { domain, types, primaryType, message } = inviteTypedData(
      { chainId, address: contracts.InviteRegistry },
      terms,
    );
    const onChain = await chain.reader.readContract({
      address: contracts.InviteRegistry,
      abi: inviteRegistryAbi,
      functionName: "hashInvite",
      args: [terms.issuer, terms.invitee, terms.nonce, terms.expiresAt],
    });
    expect(hashTypedData({ domain, types, primaryType, message })).toBe(onChain);
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
    const { deployment } = chain;
    const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
    const foreign = await createInvite(issuer, {
      deployment,
      invitee: chain.walletOf(11).account.address,
      expiresAt: await later(1_000),
    });
    await expect(register(chain.walletOf(10), { ...registration(10), invite: foreign })).rejects.toMatchObject({
      code: "InviteForeign",
    });

    const unknown = await createInvite(chain.walletOf(12), { deployment, expiresAt: await later(1_000) });
    await expect(register(chain.walletOf(10), { ...registration(10), invite: unknown })).rejects.toMatchObject({
      code: "InviteIssuerUnknown",
    });

    const expiresAt = await chain.now();
    const old = await createInvite(issuer, { deployment, expiresAt });
    await expect(register(chain.walletOf(10), { ...registration(10), invite: old })).rejects.toMatchObject({
      code: "InviteExpired",
    });
  });

  it("takes an invitation once", async () => {
    const { deployment } = chain;
    const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
    expect(await isIssuer(chain.reader, { deployment, account: issuer.account.address })).toBe(true);
    const invite = await createInvite(issuer, { deployment, expiresAt: await later(1_000) });
    const { nonce } = await decodeInvite(deployment, invite);
    const used = () => isInviteUsed(chain.reader, { deployment, issuer: issuer.account.address, nonce });

    expect(await used()).toBe(false);
    await register(chain.walletOf(10), { ...registration(10), invite });
    expect(await used()).toBe(true);
    const provider = chain.walletOf(10).account.address;
    expect(await getProvider(chain.reader, { deployment, provider })).toMatchObject({ group: 7, jailed: false });

    await expect(register(chain.walletOf(11), { ...registration(11), invite })).rejects.toMatchObject({
      code: "InviteUsed",
      hint: "Each works once. Ask for a new one.",
    });
    await expect(register(chain.walletOf(10), { ...registration(10), invite })).rejects.toMatchObject({
      code: "RegistryProviderExists",
    });
  });
});

describe("decodeInvite", () => {
  it("says what is wrong with what somebody pasted", async () => {
    const { deployment } = chain;
    const invite = await createInvite(chain.walletOf(LOCAL_ACCOUNTS.inviter), {
      deployment,
      expiresAt: await later(1_000),
    });
    await expect(decodeInvite(deployment, ` ${invite}\n`)).resolves.toMatchObject({ invitee: zeroAddress });
    for (const text of [
      "",
      "hello",
      invite.slice(0, -70),
      invite.slice(2),
      `${invite.slice(0, 200)}f${invite.slice(201)}`,
    ])
      await expect(decodeInvite(deployment, text), text).rejects.toThrow(InviteMalformed);
    const elsewhere = { ...deployment, chainId: 1 };
    await expect(decodeInvite(elsewhere, invite)).rejects.toThrow("it is for another network");
  });
});
