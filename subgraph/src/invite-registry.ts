import { Address, BigInt, ethereum } from "@graphprotocol/graph-ts";
import {
  GateChanged,
  InviteBatchIssued,
  InviteBatchRevoked,
  InviteRedeemed,
  InvitesRevoked,
  InvitesRevokedBelow,
  IssuerChanged,
  PhaseChanged,
} from "../generated/InviteRegistry/InviteRegistry";
import { Invite, InviteBatch, Issuer, PhaseChange } from "../generated/schema";
import { eventIdOf, inviteBatchIdOf, inviteIdOf, positionOf } from "./ids";
import { loadNetwork, saveNetwork } from "./network";
import { ZERO } from "./numbers";
import { loadOrCreateProvider } from "./provider";

const ONE = BigInt.fromI32(1);
/** `IInviteRegistry.Phase` by its numbers. */
const PHASES = ["CLOSED", "INVITE", "OPEN"];

export function handlePhaseChanged(event: PhaseChanged): void {
  const network = loadNetwork();
  network.phase = PHASES[event.params.phase];
  saveNetwork(event, network);

  const change = new PhaseChange(eventIdOf(event));
  change.phase = network.phase;
  change.blockNumber = event.block.number;
  change.timestamp = event.block.timestamp;
  change.transactionHash = event.transaction.hash;
  change.save();
}

export function handleIssuerChanged(event: IssuerChanged): void {
  const issuer = loadOrCreateIssuer(event.params.issuer);
  issuer.quota = event.params.quota;
  issuer.save();
}

export function handleGateChanged(event: GateChanged): void {
  const network = loadNetwork();
  network.inviteGate = event.params.gate;
  saveNetwork(event, network);
}

/** An issuer that is a contract sends its batches; each number once. */
export function handleInviteBatchIssued(event: InviteBatchIssued): void {
  loadOrCreateIssuer(event.params.issuer).save();
  const batch = loadOrCreateBatch(event.params.issuer, event.params.nonce);
  batch.count = event.params.count;
  batch.expiresAt = event.params.expiresAt;
  batch.issuedAt = event.block.timestamp;
  batch.save();
}

/** An account redeems while it registers. */
export function handleInviteRedeemed(event: InviteRedeemed): void {
  const issuer = loadOrCreateIssuer(event.params.issuer);
  issuer.quota = issuer.quota.minus(ONE);
  issuer.redeemedCount += 1;
  issuer.save();

  const batch = loadOrCreateBatch(event.params.issuer, event.params.nonce);
  batch.count = event.params.count;
  batch.redeemedCount += 1;
  batch.save();

  const invite = createInvite(event, batch, event.params.index, "USED");
  invite.account = event.params.account;
  invite.save();

  const provider = loadOrCreateProvider(event.params.account);
  provider.invite = invite.id;
  provider.save();
}

/** What was used stays used, and what is revoked twice was revoked the first time. */
export function handleInvitesRevoked(event: InvitesRevoked): void {
  loadOrCreateIssuer(event.params.issuer).save();
  const batch = loadOrCreateBatch(event.params.issuer, event.params.nonce);
  batch.save();
  const indexes = event.params.indexes;
  for (let i = 0; i < indexes.length; i++) {
    if (Invite.load(inviteIdOf(batch.id, indexes[i]))) continue;
    createInvite(event, batch, indexes[i], "REVOKED").save();
  }
}

export function handleInviteBatchRevoked(event: InviteBatchRevoked): void {
  loadOrCreateIssuer(event.params.issuer).save();
  const batch = loadOrCreateBatch(event.params.issuer, event.params.nonce);
  if (batch.revokedAt === null) batch.revokedAt = event.block.timestamp;
  batch.save();
}

export function handleInvitesRevokedBelow(event: InvitesRevokedBelow): void {
  const issuer = loadOrCreateIssuer(event.params.issuer);
  issuer.revokedBelow = event.params.nonce;
  issuer.save();
}

/** Anybody may revoke what it never could issue. */
function loadOrCreateIssuer(address: Address): Issuer {
  let issuer = Issuer.load(address);
  if (!issuer) {
    issuer = new Issuer(address);
    issuer.quota = ZERO;
    issuer.revokedBelow = ZERO;
    issuer.redeemedCount = 0;
  }
  return issuer;
}

function loadOrCreateBatch(issuer: Address, nonce: BigInt): InviteBatch {
  const id = inviteBatchIdOf(issuer, nonce);
  let batch = InviteBatch.load(id);
  if (!batch) {
    batch = new InviteBatch(id);
    batch.issuer = issuer;
    batch.nonce = nonce;
    batch.redeemedCount = 0;
  }
  return batch;
}

function createInvite(event: ethereum.Event, batch: InviteBatch, index: BigInt, status: string): Invite {
  const invite = new Invite(inviteIdOf(batch.id, index));
  invite.issuer = batch.issuer;
  invite.batch = batch.id;
  invite.index = index;
  invite.status = status;
  invite.blockNumber = event.block.number;
  invite.timestamp = event.block.timestamp;
  invite.transactionHash = event.transaction.hash;
  invite.position = positionOf(event);
  return invite;
}
