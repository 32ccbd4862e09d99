import { expect } from "chai";
import { network } from "hardhat";
import {
  concat,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  hashTypedData,
  keccak256,
  zeroAddress,
  zeroHash,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { batchTypedData, claimTypedData, encodeAdmission, type Invite } from "../../../sdk/src/invites/invite.ts";
import { issue } from "../../../sdk/src/invites/issuing.ts";
import { leafOf, rootOf, treeOf } from "../../../sdk/src/invites/tree.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import { batchOf, claimedBy } from "../../helpers/invites.ts";
import { Phase } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const NONCE = 7n;
const QUOTA = 20;
const MAX_INDEX = 2 ** 32 - 1;
/** `WalletDouble.Answer`. */
const Answer = { Yes: 1, Failure: 2, Garbage: 3 } as const;

/** The network is by invitation, `issuer` may invite, and the account `gate` asks as the registry would. */
async function invitation() {
  const [governor, issuer, gate, invitee, stranger] = await viem.getWalletClients();
  if (!governor || !issuer || !gate || !invitee || !stranger) throw new Error("too few accounts");
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const invites = await viem.deployContract("InviteRegistry", [manager.address]);
  await invites.write.setGate([gate.account.address]);
  await invites.write.setPhase([Phase.Invite]);
  await invites.write.setIssuer([issuer.account.address, QUOTA]);
  const registry = { chainId: await (await viem.getPublicClient()).getChainId(), address: invites.address };
  const terms = { nonce: NONCE, expiresAt: (await networkHelpers.time.latest()) + 1_000 };
  const account = getAddress(invitee.account.address);
  const [named] = await batchOf(issuer, registry, terms, [account]);
  const [open] = await batchOf(issuer, registry, { ...terms, nonce: 8n }, ["anybody"]);
  if (!named?.signature || !open?.key) throw new Error("nothing was issued");
  return {
    manager,
    invites,
    registry,
    terms,
    account,
    issuer,
    stranger,
    inviter: getAddress(issuer.account.address),
    passerBy: getAddress(stranger.account.address),
    named,
    open,
    opener: privateKeyToAccount(open.key),
    byGate: { account: gate.account },
    byIssuer: { account: issuer.account },
  };
}

/** A batch of five: the first for `account`, the others for whoever holds them. */
async function batch() {
  const given = await invitation();
  const { issuer, registry, terms, account } = given;
  const leaves = await batchOf(issuer, registry, terms, [account, "anybody", "anybody", "anybody", "anybody"]);
  const leaf = (index: number): Invite => {
    const found = leaves[index - 1];
    if (!found) throw new Error(`there is no invitation ${index}`);
    return found;
  };
  const opened = (index: number, by: `0x${string}`) =>
    claimedBy(privateKeyToAccount(leaf(index).key as Hex), registry, leaf(index), by);
  return { ...given, leaf, opened };
}

/** A contract that may invite, and a batch of three in its name that it has not sent: the first is for `account`. */
async function walletIssuer() {
  const given = await invitation();
  const { invites, registry, terms, account } = given;
  const wallet = await viem.deployContract("WalletDouble");
  const address = getAddress(wallet.address);
  await invites.write.setIssuer([address, QUOTA]);
  const leaves = await issue({ issuer: address, ...terms }, [account, "anybody", "anybody"], async () => "0x");
  const leaf = (index: number): Invite => {
    const found = leaves[index - 1];
    if (!found) throw new Error(`there is no invitation ${index}`);
    return found;
  };
  const args = [terms.nonce, terms.expiresAt, leaves.length, rootOf(leafOf(1, account), leaf(1).proof)] as const;
  const opened = (index: number, by: `0x${string}`) =>
    claimedBy(privateKeyToAccount(leaf(index).key as Hex), registry, leaf(index), by);
  // biome-ignore lint/suspicious/noExplicitAny: each function has its own arguments
  const send = (functionName: any, args: any) =>
    wallet.write.attempt([invites.address, encodeFunctionData({ abi: invites.abi, functionName, args })]);
  return { ...given, wallet, address, sent: { args, leaf }, opened, send };
}

/** Only the gate was named: the network is closed. */
async function closed() {
  const [governor, gate, stranger] = await viem.getWalletClients();
  if (!governor || !gate || !stranger) throw new Error("too few accounts");
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const invites = await viem.deployContract("InviteRegistry", [manager.address]);
  return { invites, governor, gate, stranger, byGate: { account: gate.account } };
}

const assertions = createAssertions(connection);
type Registry = Pick<Awaited<ReturnType<typeof closed>>, "invites">;
const rejects = (call: Promise<unknown>, { invites }: Registry, error: string, args?: readonly unknown[]) =>
  assertions.rejects(call, invites, error, args);

describe("InviteRegistry.admit", () => {
  it("refuses whoever is not the gate", async () => {
    const given = await load(invitation);
    const call = given.invites.write.admit([given.account, "0x"], { account: given.stranger.account });
    await rejects(call, given, "InviteGateOnly", [given.passerBy]);
  });

  it("refuses everybody while the network is closed", async () => {
    const given = await load(closed);
    await given.invites.write.setGate([given.gate.account.address]);
    const call = given.invites.write.admit([given.gate.account.address, "0x"], given.byGate);
    await rejects(call, given, "InvitePhaseClosed");
  });

  it("refuses an account without an invitation", async () => {
    const given = await load(invitation);
    await rejects(given.invites.write.admit([given.account, "0x"], given.byGate), given, "InviteRequired");
  });

  it("refuses an issuer that may not invite, or not any more", async () => {
    const given = await load(invitation);
    const { invites, registry, terms, account, stranger, passerBy, inviter, named, byGate } = given;
    const [foreign] = await batchOf(stranger, registry, terms, [account]);
    const byStranger = invites.write.admit([account, encodeAdmission(foreign as Invite)], byGate);
    await rejects(byStranger, given, "InviteIssuerUnknown", [passerBy]);
    await invites.write.setIssuer([inviter, 0]);
    const stopped = invites.write.admit([account, encodeAdmission(named)], byGate);
    await rejects(stopped, given, "InviteIssuerUnknown", [inviter]);
  });

  it("refuses what goes beyond the issuer's quota", async () => {
    const given = await load(batch);
    const { invites, inviter, account, passerBy, leaf, opened, byGate } = given;
    await invites.write.setIssuer([inviter, 1]);
    await invites.write.admit([account, encodeAdmission(leaf(1))], byGate);
    const call = invites.write.admit([passerBy, await opened(2, passerBy)], byGate);
    await rejects(call, given, "InviteIssuerUnknown", [inviter]);
  });

  it("refuses an index of zero, and one above the batch", async () => {
    const given = await load(invitation);
    const { invites, registry, issuer, inviter, terms, account, byGate } = given;
    for (const index of [0, 2]) {
      const root = leafOf(index, account);
      const signed = { issuer: inviter, ...terms, count: 1, root };
      const signature = await issuer.signTypedData(batchTypedData(registry, signed));
      const invite = encodeAdmission({ ...signed, index, invitee: account, proof: [], signature });
      await rejects(invites.write.admit([account, invite], byGate), given, "InviteIndexInvalid", [BigInt(index), 1n]);
    }
  });

  it("refuses somebody else's invitation", async () => {
    const given = await load(invitation);
    const { invites, account, passerBy, named, byGate } = given;
    const call = invites.write.admit([passerBy, encodeAdmission(named)], byGate);
    await rejects(call, given, "InviteForeign", [account, passerBy]);
  });

  it("refuses it in the second in which it expires", async () => {
    const given = await load(invitation);
    const { invites, terms, account, named, byGate } = given;
    await networkHelpers.time.setNextBlockTimestamp(terms.expiresAt);
    const call = invites.write.admit([account, encodeAdmission(named)], byGate);
    await rejects(call, given, "InviteExpired", [BigInt(terms.expiresAt), BigInt(terms.expiresAt)]);
  });

  it("refuses a second use", async () => {
    const given = await load(invitation);
    const { invites, account, inviter, named, byGate } = given;
    await invites.write.admit([account, encodeAdmission(named)], byGate);
    const call = invites.write.admit([account, encodeAdmission(named)], byGate);
    await rejects(call, given, "InviteUsed", [inviter, NONCE, 1]);
  });

  it("refuses a signature over other terms, by another key, or of the wrong length", async () => {
    const given = await load(invitation);
    const { invites, registry, terms, account, inviter, stranger, named, byGate } = given;
    const [byStranger] = await batchOf(stranger, registry, terms, [account]);
    const forged: Invite[] = [
      { ...named, nonce: NONCE + 1n },
      { ...named, expiresAt: terms.expiresAt + 1 },
      { ...named, count: 2 },
      { ...named, count: 2, index: 2 },
      { ...named, invitee: zeroAddress },
      { ...named, proof: [zeroHash] },
      { ...(byStranger as Invite), issuer: inviter },
      { ...named, signature: named.signature.slice(0, -2) as Hex },
      { ...named, signature: "0x" },
    ];
    for (const invite of forged) {
      const call = invites.write.admit([account, encodeAdmission(invite)], byGate);
      await rejects(call, given, "InviteSignatureInvalid");
    }
    expect(await invites.read.isUsed([inviter, NONCE, 1])).to.equal(false);
  });

  it("names the issuer that did not sign, and who did", async () => {
    const given = await load(invitation);
    const { invites, registry, terms, account, inviter, stranger, passerBy, byGate } = given;
    const signed = { issuer: inviter, ...terms, count: 1, root: leafOf(1, account) };
    const signature = await stranger.signTypedData(batchTypedData(registry, signed));
    const invite = encodeAdmission({ ...signed, index: 1, invitee: account, proof: [], signature });
    const call = invites.write.admit([account, invite], byGate);
    await rejects(call, given, "InviteSignatureInvalid", [inviter, passerBy]);
  });

  it("takes no broken signature for that of an issuer of zero", async () => {
    const given = await load(invitation);
    const { invites, account, named, byGate } = given;
    await invites.write.setIssuer([zeroAddress, 1]);
    for (const signature of [named.signature, "0x"] as const) {
      const invite = encodeAdmission({ ...named, issuer: zeroAddress, signature });
      await rejects(invites.write.admit([account, invite], byGate), given, "InviteSignatureInvalid");
    }
  });

  it("takes no broken claim for that of an invitee of zero", async () => {
    const given = await load(invitation);
    const { invites, registry, issuer, terms, account, byGate } = given;
    const [nobody] = await batchOf(issuer, registry, terms, [zeroAddress]);
    for (const claim of ["0x", `0x${"00".repeat(65)}`] as const) {
      const call = invites.write.admit([account, encodeAdmission(nobody as Invite, claim)], byGate);
      await rejects(call, given, "InviteForeign", [zeroAddress, account]);
    }
  });

  it("uses up the invitation and one of the quota, and nothing else", async () => {
    const given = await load(invitation);
    const { invites, account, inviter, named, byGate } = given;
    const call = invites.write.admit([account, encodeAdmission(named)], byGate);
    await viem.assertions.emitWithArgs(call, invites, "InviteRedeemed", [inviter, NONCE, account, 1, 1]);
    expect(await invites.read.isUsed([inviter, NONCE, 1])).to.equal(true);
    expect(await invites.read.isUsed([inviter, NONCE, 2])).to.equal(false);
    expect(await invites.read.isUsed([inviter, NONCE + 1n, 1])).to.equal(false);
    expect(await invites.read.isUsed([account, NONCE, 1])).to.equal(false);
    expect(await invites.read.isRevoked([inviter, NONCE, 1])).to.equal(false);
    expect(await invites.read.issuerOf([inviter])).to.deep.equal({ quota: QUOTA - 1, revokedBelow: 0n });
  });

  it("lets in whom the key of an open invitation signs for", async () => {
    const { invites, registry, inviter, passerBy, open, opener, byGate } = await load(invitation);
    const call = invites.write.admit([passerBy, await claimedBy(opener, registry, open, passerBy)], byGate);
    await viem.assertions.emitWithArgs(call, invites, "InviteRedeemed", [inviter, 8n, passerBy, 1, 1]);
  });

  it("lets in whom the named account signs for", async () => {
    const { invites, registry, inviter, account, passerBy, named, byGate } = await load(invitation);
    const holder = (await viem.getWalletClients()).find((wallet) => getAddress(wallet.account.address) === account);
    const claim = await holder?.signTypedData(claimTypedData(registry, passerBy));
    const call = invites.write.admit([passerBy, encodeAdmission(named, claim)], byGate);
    await viem.assertions.emitWithArgs(call, invites, "InviteRedeemed", [inviter, NONCE, passerBy, 1, 1]);
  });

  it("lets each invitation of a batch in, in any order", async () => {
    const { invites, inviter, account, passerBy, leaf, opened, byGate } = await load(batch);
    for (const index of [5, 3, 2, 4]) {
      const call = invites.write.admit([passerBy, await opened(index, passerBy)], byGate);
      await viem.assertions.emitWithArgs(call, invites, "InviteRedeemed", [inviter, NONCE, passerBy, index, 5]);
    }
    await invites.write.admit([account, encodeAdmission(leaf(1))], byGate);
    for (let index = 1; index <= 5; index++) expect(await invites.read.isUsed([inviter, NONCE, index])).to.equal(true);
  });

  it("knows the last index that there can be", async () => {
    const { invites, registry, issuer, inviter, terms, account, byGate, byIssuer } = await load(invitation);
    const signed = { issuer: inviter, ...terms, count: MAX_INDEX, root: leafOf(MAX_INDEX, account) };
    const signature = await issuer.signTypedData(batchTypedData(registry, signed));
    await invites.write.revoke([NONCE, [MAX_INDEX - 1]], byIssuer);
    const invite = encodeAdmission({ ...signed, index: MAX_INDEX, invitee: account, proof: [], signature });
    await invites.write.admit([account, invite], byGate);
    expect(await invites.read.isUsed([inviter, NONCE, MAX_INDEX])).to.equal(true);
    expect(await invites.read.isUsed([inviter, NONCE, MAX_INDEX - 1])).to.equal(false);
  });

  it("asks for nothing once the network is open", async () => {
    const { invites, account, byGate } = await load(invitation);
    await invites.write.setPhase([Phase.Open]);
    await invites.write.admit([account, "0x"], byGate);
    await invites.write.admit([account, zeroHash], byGate);
  });
});

describe("attacks on invitations", () => {
  it("a link stolen out of the pool of transactions lets nobody else in", async () => {
    const given = await load(invitation);
    const { invites, registry, account, passerBy, open, opener, byGate } = given;
    const seen = await claimedBy(opener, registry, open, account);
    const theft = invites.write.admit([passerBy, seen], byGate);
    await rejects(theft, given, "InviteForeign", [opener.address, passerBy]);
    const withOwnKey = await claimedBy(privateKeyToAccount(generatePrivateKey()), registry, open, passerBy);
    await rejects(invites.write.admit([passerBy, withOwnKey], byGate), given, "InviteForeign");
    await invites.write.admit([account, seen], byGate);
  });

  it("a leaf is used once, whoever claims it", async () => {
    const given = await load(batch);
    const { invites, inviter, account, passerBy, opened, byGate } = given;
    await invites.write.admit([passerBy, await opened(3, passerBy)], byGate);
    const again = invites.write.admit([account, await opened(3, account)], byGate);
    await rejects(again, given, "InviteUsed", [inviter, NONCE, 3]);
  });

  it("a leaf does not pass with another's place or proof", async () => {
    const given = await load(batch);
    const { invites, account, passerBy, leaf, opened, byGate } = given;
    await invites.write.admit([passerBy, await opened(2, passerBy)], byGate);
    const moved: Invite[] = [
      { ...leaf(1), index: 3 },
      { ...leaf(1), proof: leaf(2).proof },
      { ...leaf(1), proof: leaf(1).proof.slice(1) },
      { ...leaf(1), proof: [...leaf(1).proof, zeroHash] },
      { ...leaf(3), invitee: account },
    ];
    for (const invite of moved) {
      const call = invites.write.admit([account, encodeAdmission(invite)], byGate);
      await rejects(call, given, "InviteSignatureInvalid");
    }
  });

  it("an inner node is no leaf: the second preimage", async () => {
    const given = await load(invitation);
    const { invites, registry, issuer, inviter, terms, byGate, passerBy } = given;
    // Leaves of one hash would be keccak256(index ‖ invitee), 64 bytes as an inner node. An attacker who could choose a leaf so that its
    // bytes are two nodes would enter by it; here the inner node's own bytes are offered as a leaf that was hashed once.
    const [left, right] = [leafOf(1, passerBy), leafOf(2, inviter)].sort() as [Hex, Hex];
    const { root } = treeOf([left, right]);
    expect(root).to.equal(keccak256(concat([left, right])));
    const bytes = encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [left, right]);
    expect(keccak256(bytes)).to.equal(root);
    expect(keccak256(keccak256(bytes))).not.to.equal(root);
    const signed = { issuer: inviter, ...terms, count: MAX_INDEX, root };
    const signature = await issuer.signTypedData(batchTypedData(registry, signed));
    const [index, invitee] = [Number(BigInt(left) & 0xffffffffn) || 1, getAddress(`0x${right.slice(-40)}`)];
    const invite = encodeAdmission({ ...signed, index, invitee, proof: [], signature });
    await rejects(invites.write.admit([passerBy, invite], byGate), given, "InviteSignatureInvalid");
  });

  it("a revoked invitation lets nobody in", async () => {
    const given = await load(batch);
    const { invites, inviter, account, leaf, byGate, byIssuer } = given;
    await invites.write.revoke([NONCE, [1]], byIssuer);
    const call = invites.write.admit([account, encodeAdmission(leaf(1))], byGate);
    await rejects(call, given, "InviteRevoked", [inviter, NONCE, 1]);
  });

  it("invitations of another chain or registry let nobody in, nor do claims", async () => {
    const given = await load(invitation);
    const { invites, registry, issuer, terms, account, passerBy, open, opener, byGate } = given;
    for (const other of [
      { ...registry, chainId: 1 },
      { ...registry, address: zeroAddress },
    ]) {
      const [foreign] = await batchOf(issuer, other, terms, [account]);
      const call = invites.write.admit([account, encodeAdmission(foreign as Invite)], byGate);
      await rejects(call, given, "InviteSignatureInvalid");
      const claimed = await claimedBy(opener, other, open, passerBy);
      await rejects(invites.write.admit([passerBy, claimed], byGate), given, "InviteForeign");
    }
  });

  it("two batches of one number let in no more than the bigger one has", async () => {
    const given = await load(batch);
    const { invites, registry, issuer, inviter, terms, account, passerBy, leaf, byGate } = given;
    const [twin] = await batchOf(issuer, registry, terms, [passerBy, account]);
    await invites.write.admit([account, encodeAdmission(leaf(1))], byGate);
    const call = invites.write.admit([passerBy, encodeAdmission(twin as Invite)], byGate);
    await rejects(call, given, "InviteUsed", [inviter, NONCE, 1]);
  });
});

describe("InviteRegistry.issueBatch", () => {
  it("refuses who may not invite", async () => {
    const given = await load(walletIssuer);
    const { invites, sent, stranger, passerBy } = given;
    const call = invites.write.issueBatch(sent.args, { account: stranger.account });
    await rejects(call, given, "InviteIssuerUnknown", [passerBy]);
  });

  it("refuses a batch of none", async () => {
    const given = await load(walletIssuer);
    const { sent, send } = given;
    const [nonce, expiresAt, , root] = sent.args;
    await rejects(send("issueBatch", [nonce, expiresAt, 0, root]), given, "InviteIndexInvalid", [0n, 0n]);
  });

  it("refuses a batch in the second in which it expires, and takes it a second before", async () => {
    const given = await load(walletIssuer);
    const { invites, address, sent, send } = given;
    const [nonce, expiresAt, count, root] = sent.args;
    await networkHelpers.time.setNextBlockTimestamp(expiresAt);
    await rejects(send("issueBatch", sent.args), given, "InviteExpired", [BigInt(expiresAt), BigInt(expiresAt)]);
    const next = (await networkHelpers.time.latest()) + 5;
    await networkHelpers.time.setNextBlockTimestamp(next);
    await send("issueBatch", [nonce, next + 1, count, root]);
    expect(await invites.read.batchOf([address, nonce])).not.to.equal(zeroHash);
  });

  it("refuses a second batch of one number", async () => {
    const given = await load(walletIssuer);
    const { invites, address, sent, send } = given;
    await send("issueBatch", sent.args);
    const before = await invites.read.batchOf([address, NONCE]);
    const [nonce, expiresAt, count] = sent.args;
    const call = send("issueBatch", [nonce, expiresAt, count, zeroHash]);
    await rejects(call, given, "InviteBatchExists", [address, NONCE]);
    expect(await invites.read.batchOf([address, NONCE])).to.equal(before);
  });

  it("refuses a number that was revoked", async () => {
    const given = await load(walletIssuer);
    const { address, sent, send } = given;
    await send("revokeBatch", [NONCE]);
    await rejects(send("issueBatch", sent.args), given, "InviteRevoked", [address, NONCE, 0]);
    await send("revokeBelow", [NONCE + 2n]);
    const [, ...rest] = sent.args;
    const call = send("issueBatch", [NONCE + 1n, ...rest]);
    await rejects(call, given, "InviteRevoked", [address, NONCE + 1n, 0]);
    await send("issueBatch", [NONCE + 2n, ...rest]);
  });

  it("says which batch the caller issues, and touches no quota", async () => {
    const { invites, address, passerBy, sent, send } = await load(walletIssuer);
    expect(await invites.read.batchOf([address, NONCE])).to.equal(zeroHash);
    await viem.assertions.emitWithArgs(send("issueBatch", sent.args), invites, "InviteBatchIssued", [
      address,
      ...sent.args,
    ]);
    expect(await invites.read.batchOf([address, NONCE])).to.equal(
      await invites.read.hashBatch([address, ...sent.args]),
    );
    expect(await invites.read.batchOf([address, NONCE + 1n])).to.equal(zeroHash);
    expect(await invites.read.batchOf([passerBy, NONCE])).to.equal(zeroHash);
    expect(await invites.read.issuerOf([address])).to.deep.equal({ quota: QUOTA, revokedBelow: 0n });
  });

  it("lets its invitations in as signed ones", async () => {
    const { invites, address, account, passerBy, sent, send, opened, byGate } = await load(walletIssuer);
    await send("issueBatch", sent.args);
    const named = invites.write.admit([account, encodeAdmission(sent.leaf(1))], byGate);
    await viem.assertions.emitWithArgs(named, invites, "InviteRedeemed", [address, NONCE, account, 1, 3]);
    const byLink = invites.write.admit([passerBy, await opened(2, passerBy)], byGate);
    await viem.assertions.emitWithArgs(byLink, invites, "InviteRedeemed", [address, NONCE, passerBy, 2, 3]);
    expect(await invites.read.issuerOf([address])).to.deep.equal({ quota: QUOTA - 2, revokedBelow: 0n });
  });

  it("holds its invitations to quota, expiry, use and revocation", async () => {
    const given = await load(walletIssuer);
    const { invites, address, account, passerBy, terms, sent, send, opened, byGate } = given;
    await send("issueBatch", sent.args);
    const enter = (invite: Hex, as = passerBy) => invites.write.admit([as, invite], byGate);
    await enter(encodeAdmission(sent.leaf(1)), account);
    await rejects(enter(encodeAdmission(sent.leaf(1)), account), given, "InviteUsed", [address, NONCE, 1]);
    await send("revoke", [NONCE, [2]]);
    await rejects(enter(await opened(2, passerBy)), given, "InviteRevoked", [address, NONCE, 2]);
    await invites.write.setIssuer([address, 0]);
    await rejects(enter(await opened(3, passerBy)), given, "InviteIssuerUnknown", [address]);
    await invites.write.setIssuer([address, 1]);
    await networkHelpers.time.setNextBlockTimestamp(terms.expiresAt);
    await rejects(enter(await opened(3, passerBy)), given, "InviteExpired");
  });

  it("lets an account that can sign send its batch, too", async () => {
    const { invites, inviter, account, sent, byGate, byIssuer } = await load(walletIssuer);
    await invites.write.issueBatch(sent.args, byIssuer);
    await invites.write.admit([account, encodeAdmission({ ...sent.leaf(1), issuer: inviter })], byGate);
    expect(await invites.read.isUsed([inviter, NONCE, 1])).to.equal(true);
  });
});

describe("attacks on issuers that are contracts", () => {
  it("a batch that nobody sent lets nobody in, whatever the contract answers for a signature", async () => {
    const given = await load(walletIssuer);
    const { invites, wallet, address, account, sent, byGate } = given;
    await wallet.write.setAnswer([await invites.read.hashBatch([address, ...sent.args]), Answer.Yes]);
    for (const signature of ["0x", `0x${"11".repeat(65)}`] as const) {
      const call = invites.write.admit([account, encodeAdmission({ ...sent.leaf(1), signature })], byGate);
      await rejects(call, given, "InviteSignatureInvalid");
    }
  });

  it("an issuer that fails, answers garbage or changes its mind holds up nobody it invited", async () => {
    const { invites, wallet, address, account, passerBy, sent, send, opened, byGate } = await load(walletIssuer);
    await send("issueBatch", sent.args);
    const digest = await invites.read.hashBatch([address, ...sent.args]);
    await wallet.write.setAnswer([digest, Answer.Failure]);
    await invites.write.admit([account, encodeAdmission(sent.leaf(1))], byGate);
    await wallet.write.setAnswer([digest, Answer.Garbage]);
    await invites.write.admit([passerBy, await opened(2, passerBy)], byGate);
    await networkHelpers.setCode(address, "0xfe");
    await invites.write.admit([passerBy, await opened(3, passerBy)], byGate);
    expect(await invites.read.issuerOf([address])).to.deep.equal({ quota: QUOTA - 3, revokedBelow: 0n });
  });

  it("nobody sends a batch in another's name", async () => {
    const given = await load(walletIssuer);
    const { invites, address, account, sent, byGate, byIssuer } = given;
    await invites.write.issueBatch(sent.args, byIssuer);
    expect(await invites.read.batchOf([address, NONCE])).to.equal(zeroHash);
    const call = invites.write.admit([account, encodeAdmission(sent.leaf(1))], byGate);
    await rejects(call, given, "InviteSignatureInvalid", [address, zeroAddress]);
  });

  it("a sent batch passes with no other number, expiry, size, place or proof", async () => {
    const given = await load(walletIssuer);
    const { invites, address, account, terms, sent, send, byGate } = given;
    await send("issueBatch", sent.args);
    const first = sent.leaf(1);
    const changed: Invite[] = [
      { ...first, nonce: NONCE + 1n },
      { ...first, expiresAt: terms.expiresAt + 1 },
      { ...first, count: 4 },
      { ...first, index: 2 },
      { ...first, invitee: zeroAddress },
      { ...first, proof: first.proof.slice(1) },
      { ...first, proof: [...first.proof, zeroHash] },
    ];
    for (const invite of changed) {
      const call = invites.write.admit([account, encodeAdmission(invite)], byGate);
      await rejects(call, given, "InviteSignatureInvalid", [address, zeroAddress]);
    }
  });

  it("a sent batch makes no wrong signature right", async () => {
    const given = await load(walletIssuer);
    const { invites, registry, address, account, stranger, passerBy, terms, sent, send, byGate } = given;
    await send("issueBatch", sent.args);
    const root = sent.args[3];
    const signature = await stranger.signTypedData(
      batchTypedData(registry, { issuer: address, ...terms, count: 3, root }),
    );
    const call = invites.write.admit([account, encodeAdmission({ ...sent.leaf(1), signature })], byGate);
    await rejects(call, given, "InviteSignatureInvalid", [address, passerBy]);
  });
});

describe("InviteRegistry.revoke", () => {
  it("refuses the index 0, which is none", async () => {
    const given = await load(invitation);
    const call = given.invites.write.revoke([NONCE, [1, 0]], given.byIssuer);
    await rejects(call, given, "InviteIndexInvalid", [0n, BigInt(MAX_INDEX)]);
    expect(await given.invites.read.isRevoked([given.inviter, NONCE, 1])).to.equal(false);
  });

  it("takes back what is named, and nothing else", async () => {
    const { invites, inviter, passerBy, opened, byGate, byIssuer } = await load(batch);
    await viem.assertions.emitWithArgs(invites.write.revoke([NONCE, [2, 4]], byIssuer), invites, "InvitesRevoked", [
      inviter,
      NONCE,
      [2, 4],
    ]);
    for (const index of [1, 2, 3, 4, 5])
      expect(await invites.read.isRevoked([inviter, NONCE, index])).to.equal(index === 2 || index === 4);
    await invites.write.admit([passerBy, await opened(3, passerBy)], byGate);
  });

  it("is each issuer's own", async () => {
    const { invites, account, named, stranger, byGate } = await load(invitation);
    await invites.write.revoke([NONCE, [1]], { account: stranger.account });
    await invites.write.revokeBatch([NONCE], { account: stranger.account });
    await invites.write.revokeBelow([NONCE + 1n], { account: stranger.account });
    await invites.write.admit([account, encodeAdmission(named)], byGate);
  });

  it("changes nothing of what was used", async () => {
    const given = await load(invitation);
    const { invites, inviter, account, named, byGate, byIssuer } = given;
    await invites.write.admit([account, encodeAdmission(named)], byGate);
    await invites.write.revoke([NONCE, [1]], byIssuer);
    expect(await invites.read.isUsed([inviter, NONCE, 1])).to.equal(true);
    const call = invites.write.admit([account, encodeAdmission(named)], byGate);
    await rejects(call, given, "InviteUsed", [inviter, NONCE, 1]);
  });
});

describe("InviteRegistry.revokeBatch", () => {
  it("takes back what is left of a batch", async () => {
    const given = await load(batch);
    const { invites, inviter, account, passerBy, leaf, opened, open, opener, registry, byGate, byIssuer } = given;
    await invites.write.admit([account, encodeAdmission(leaf(1))], byGate);
    await viem.assertions.emitWithArgs(invites.write.revokeBatch([NONCE], byIssuer), invites, "InviteBatchRevoked", [
      inviter,
      NONCE,
    ]);
    for (const index of [2, 5]) {
      const call = invites.write.admit([passerBy, await opened(index, passerBy)], byGate);
      await rejects(call, given, "InviteRevoked", [inviter, NONCE, index]);
    }
    await invites.write.admit([passerBy, await claimedBy(opener, registry, open, passerBy)], byGate);
  });
});

describe("InviteRegistry.revokeBelow", () => {
  it("refuses to stay or to go back", async () => {
    const given = await load(invitation);
    await given.invites.write.revokeBelow([9n], given.byIssuer);
    for (const nonce of [0n, 9n])
      await rejects(given.invites.write.revokeBelow([nonce], given.byIssuer), given, "InviteRevokedBackward", [
        9n,
        nonce,
      ]);
  });

  it("takes back all batches of a lower number, and leaves that one", async () => {
    const given = await load(invitation);
    const { invites, registry, inviter, account, passerBy, named, open, opener, byGate, byIssuer } = given;
    const call = invites.write.revokeBelow([8n], byIssuer);
    await viem.assertions.emitWithArgs(call, invites, "InvitesRevokedBelow", [inviter, 8n]);
    expect(await invites.read.isRevoked([inviter, NONCE, 1])).to.equal(true);
    expect(await invites.read.issuerOf([inviter])).to.deep.equal({ quota: QUOTA, revokedBelow: 8n });
    const refused = invites.write.admit([account, encodeAdmission(named)], byGate);
    await rejects(refused, given, "InviteRevoked", [inviter, NONCE, 1]);
    await invites.write.admit([passerBy, await claimedBy(opener, registry, open, passerBy)], byGate);
  });
});

describe("InviteRegistry.hashBatch, hashClaim", () => {
  it("are the EIP-712 hashes that the sdk signs", async () => {
    const { invites, registry, account, inviter, named } = await load(invitation);
    const { nonce, expiresAt, count } = named;
    const root = rootOf(leafOf(1, account), named.proof);
    expect(await invites.read.hashBatch([inviter, nonce, expiresAt, count, root])).to.equal(
      hashTypedData(batchTypedData(registry, { issuer: inviter, nonce, expiresAt, count, root })),
    );
    expect(await invites.read.hashClaim([account])).to.equal(hashTypedData(claimTypedData(registry, account)));
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
      invites.write.setIssuer([stranger.account.address, 1], { account: stranger.account }),
      invites,
      "AccessManagedUnauthorized",
    );
  });

  it("allows and stops an issuer", async () => {
    const { invites, stranger } = await load(closed);
    const issuer = getAddress(stranger.account.address);
    await invites.write.revokeBelow([3n], { account: stranger.account });
    for (const quota of [5, 0]) {
      await viem.assertions.emitWithArgs(invites.write.setIssuer([issuer, quota]), invites, "IssuerChanged", [
        issuer,
        quota,
      ]);
      expect(await invites.read.issuerOf([issuer])).to.deep.equal({ quota, revokedBelow: 3n });
    }
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
