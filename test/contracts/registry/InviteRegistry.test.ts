import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, type Hex, hashTypedData, zeroAddress, zeroHash } from "viem";
import { encodeInvite, type InviteTerms, inviteTypedData, signInvite } from "../../../sdk/src/invites.ts";
import { Phase } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;

/** The network is by invitation, `issuer` may invite, and the account `gate` asks as the registry would. */
async function invitation() {
  const [governor, issuer, gate, invitee, stranger] = await viem.getWalletClients();
  if (!governor || !issuer || !gate || !invitee || !stranger) throw new Error("too few accounts");
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const invites = await viem.deployContract("InviteRegistry", [manager.address]);
  await invites.write.setGate([gate.account.address]);
  await invites.write.setPhase([Phase.Invite]);
  await invites.write.setIssuer([issuer.account.address, true]);
  const { chainId } = await connection.viem
    .getPublicClient()
    .then(async (client) => ({ chainId: await client.getChainId() }));
  const terms: InviteTerms = {
    issuer: getAddress(issuer.account.address),
    invitee: getAddress(invitee.account.address),
    nonce: 7n,
    expiresAt: (await networkHelpers.time.latest()) + 1_000,
  };
  const registry = { chainId, address: invites.address };
  const account = getAddress(invitee.account.address);
  return {
    manager,
    invites,
    registry,
    terms,
    account,
    governor,
    issuer,
    gate,
    stranger,
    byGate: { account: gate.account },
  };
}

/** Only the gate was named: the network is closed. */
async function closed() {
  const [governor, gate, stranger] = await viem.getWalletClients();
  if (!governor || !gate || !stranger) throw new Error("too few accounts");
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const invites = await viem.deployContract("InviteRegistry", [manager.address]);
  return { invites, governor, gate, stranger, byGate: { account: gate.account } };
}

describe("InviteRegistry.admit", () => {
  it("refuses whoever is not the gate", async () => {
    const { invites, account, stranger } = await load(invitation);
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.admit([account, "0x"], { account: stranger.account }),
      invites,
      "InviteGateOnly",
      [getAddress(stranger.account.address)],
    );
  });

  it("refuses everybody while the network is closed", async () => {
    const { invites, gate, byGate } = await load(closed);
    await invites.write.setGate([gate.account.address]);
    await viem.assertions.revertWithCustomError(
      invites.write.admit([gate.account.address, "0x"], byGate),
      invites,
      "InvitePhaseClosed",
    );
  });

  it("refuses an account without an invitation", async () => {
    const { invites, account, byGate } = await load(invitation);
    await viem.assertions.revertWithCustomError(
      invites.write.admit([account, "0x"], byGate),
      invites,
      "InviteRequired",
    );
  });

  it("refuses an issuer that may not invite, or not any more", async () => {
    const { invites, registry, terms, account, issuer, stranger, byGate } = await load(invitation);
    const foreign = { ...terms, issuer: getAddress(stranger.account.address) };
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.admit([account, await signInvite(stranger, registry, foreign)], byGate),
      invites,
      "InviteIssuerUnknown",
      [foreign.issuer],
    );
    await invites.write.setIssuer([terms.issuer, false]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.admit([account, await signInvite(issuer, registry, terms)], byGate),
      invites,
      "InviteIssuerUnknown",
      [terms.issuer],
    );
  });

  it("refuses somebody else's invitation", async () => {
    const { invites, registry, terms, issuer, stranger, byGate } = await load(invitation);
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.admit([stranger.account.address, await signInvite(issuer, registry, terms)], byGate),
      invites,
      "InviteForeign",
      [terms.invitee, getAddress(stranger.account.address)],
    );
  });

  it("refuses it in the second in which it expires", async () => {
    const { invites, registry, terms, account, issuer, byGate } = await load(invitation);
    await networkHelpers.time.setNextBlockTimestamp(terms.expiresAt);
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.admit([account, await signInvite(issuer, registry, terms)], byGate),
      invites,
      "InviteExpired",
      [BigInt(terms.expiresAt), BigInt(terms.expiresAt)],
    );
  });

  it("refuses a second use", async () => {
    const { invites, registry, terms, account, issuer, byGate } = await load(invitation);
    const invite = await signInvite(issuer, registry, terms);
    await invites.write.admit([account, invite], byGate);
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.admit([account, invite], byGate),
      invites,
      "InviteUsed",
      [terms.issuer, terms.nonce],
    );
  });

  it("refuses a signature over other terms, by another key, for another contract, or of the wrong length", async () => {
    const { invites, registry, terms, account, issuer, stranger, byGate } = await load(invitation);
    const signature = await issuer.signTypedData(inviteTypedData(registry, terms));
    const forged: Hex[] = [
      encodeInvite({ ...terms, nonce: 8n, signature }),
      encodeInvite({ ...terms, expiresAt: terms.expiresAt + 1, signature }),
      encodeInvite({ ...terms, invitee: zeroAddress, signature }),
      await signInvite(stranger, registry, terms),
      await signInvite(issuer, { ...registry, address: zeroAddress }, terms),
      await signInvite(issuer, { ...registry, chainId: 1 }, terms),
      encodeInvite({ ...terms, signature: signature.slice(0, -2) as Hex }),
      encodeInvite({ ...terms, signature: "0x" }),
    ];
    for (const invite of forged) {
      await viem.assertions.revertWithCustomError(
        invites.write.admit([account, invite], byGate),
        invites,
        "InviteSignatureInvalid",
      );
    }
    expect(await invites.read.isUsed([terms.issuer, terms.nonce])).to.equal(false);
  });

  it("takes no broken signature for that of an issuer of zero", async () => {
    const { invites, issuer, registry, terms, account, byGate } = await load(invitation);
    await invites.write.setIssuer([zeroAddress, true]);
    const nobody = { ...terms, issuer: zeroAddress };
    const signed = await signInvite(issuer, registry, nobody);
    const broken = encodeInvite({ ...nobody, signature: "0x" });
    for (const invite of [signed, broken]) {
      await viem.assertions.revertWithCustomError(
        invites.write.admit([account, invite], byGate),
        invites,
        "InviteSignatureInvalid",
      );
    }
  });

  it("uses up the invitation, and no other nonce", async () => {
    const { invites, registry, terms, account, issuer, byGate } = await load(invitation);
    await viem.assertions.emitWithArgs(
      invites.write.admit([account, await signInvite(issuer, registry, terms)], byGate),
      invites,
      "InviteRedeemed",
      [terms.issuer, terms.nonce, account],
    );
    expect(await invites.read.isUsed([terms.issuer, terms.nonce])).to.equal(true);
    expect(await invites.read.isUsed([terms.issuer, terms.nonce + 1n])).to.equal(false);
    expect(await invites.read.isUsed([account, terms.nonce])).to.equal(false);
  });

  it("lets whoever comes first in with an open invitation", async () => {
    const { invites, registry, terms, issuer, stranger, byGate } = await load(invitation);
    const open = { ...terms, invitee: zeroAddress };
    const account = getAddress(stranger.account.address);
    await viem.assertions.emitWithArgs(
      invites.write.admit([account, await signInvite(issuer, registry, open)], byGate),
      invites,
      "InviteRedeemed",
      [terms.issuer, terms.nonce, account],
    );
  });

  it("asks for nothing once the network is open", async () => {
    const { invites, account, byGate } = await load(invitation);
    await invites.write.setPhase([Phase.Open]);
    await invites.write.admit([account, "0x"], byGate);
    await invites.write.admit([account, zeroHash], byGate);
  });
});

describe("InviteRegistry.hashInvite", () => {
  it("is the EIP-712 hash that the sdk signs", async () => {
    const { invites, registry, terms } = await load(invitation);
    expect(await invites.read.hashInvite([terms.issuer, terms.invitee, terms.nonce, terms.expiresAt])).to.equal(
      hashTypedData(inviteTypedData(registry, terms)),
    );
  });
});

describe("InviteRegistry.setPhase", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { invites, stranger } = await load(closed);
    await viem.assertions.revertWithCustomError(
      invites.write.setPhase([Phase.Open], { account: stranger.account }),
      invites,
      "AccessManagedUnauthorized",
    );
  });

  it("refuses to stay or to go back", async () => {
    const { invites } = await load(invitation);
    for (const wanted of [Phase.Closed, Phase.Invite]) {
      await viem.assertions.revertWithCustomErrorWithArgs(
        invites.write.setPhase([wanted]),
        invites,
        "InvitePhaseBackward",
        [Phase.Invite, wanted],
      );
    }
  });

  it("goes from closed by invitation to open", async () => {
    const { invites } = await load(closed);
    expect(await invites.read.phase()).to.equal(Phase.Closed);
    await viem.assertions.emitWithArgs(invites.write.setPhase([Phase.Invite]), invites, "PhaseChanged", [Phase.Invite]);
    await viem.assertions.emitWithArgs(invites.write.setPhase([Phase.Open]), invites, "PhaseChanged", [Phase.Open]);
    expect(await invites.read.phase()).to.equal(Phase.Open);
  });
});

describe("InviteRegistry.setIssuer", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { invites, stranger } = await load(closed);
    await viem.assertions.revertWithCustomError(
      invites.write.setIssuer([stranger.account.address, true], { account: stranger.account }),
      invites,
      "AccessManagedUnauthorized",
    );
  });

  it("allows and stops an issuer", async () => {
    const { invites, stranger } = await load(closed);
    const issuer = getAddress(stranger.account.address);
    await viem.assertions.emitWithArgs(invites.write.setIssuer([issuer, true]), invites, "IssuerChanged", [
      issuer,
      true,
    ]);
    expect(await invites.read.isIssuer([issuer])).to.equal(true);
    await viem.assertions.emitWithArgs(invites.write.setIssuer([issuer, false]), invites, "IssuerChanged", [
      issuer,
      false,
    ]);
    expect(await invites.read.isIssuer([issuer])).to.equal(false);
  });
});

describe("InviteRegistry.setGate", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { invites, stranger } = await load(closed);
    await viem.assertions.revertWithCustomError(
      invites.write.setGate([stranger.account.address], { account: stranger.account }),
      invites,
      "AccessManagedUnauthorized",
    );
  });

  it("refuses zero, and a second gate", async () => {
    const { invites, gate, stranger } = await load(closed);
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.setGate([zeroAddress]),
      invites,
      "InviteGateFixed",
      [zeroAddress, zeroAddress],
    );
    const first = getAddress(gate.account.address);
    await viem.assertions.emitWithArgs(invites.write.setGate([first]), invites, "GateChanged", [first]);
    expect(await invites.read.gate()).to.equal(first);
    await viem.assertions.revertWithCustomErrorWithArgs(
      invites.write.setGate([stranger.account.address]),
      invites,
      "InviteGateFixed",
      [first, getAddress(stranger.account.address)],
    );
  });
});
