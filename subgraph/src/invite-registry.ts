import { GateChanged, InviteRedeemed, IssuerChanged, PhaseChanged } from "../generated/InviteRegistry/InviteRegistry";
import { Invite, Issuer, PhaseChange } from "../generated/schema";
import { eventIdOf, inviteIdOf, positionOf } from "./ids";
import { loadNetwork, saveNetwork } from "./network";
import { loadOrCreateProvider } from "./provider";

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
  let issuer = Issuer.load(event.params.issuer);
  if (!issuer) {
    issuer = new Issuer(event.params.issuer);
    issuer.redeemedCount = 0;
  }
  issuer.allowed = event.params.allowed;
  issuer.save();
}

export function handleGateChanged(event: GateChanged): void {
  const network = loadNetwork();
  network.inviteGate = event.params.gate;
  saveNetwork(event, network);
}

/** An account redeems while it registers. */
export function handleInviteRedeemed(event: InviteRedeemed): void {
  const issuer = Issuer.load(event.params.issuer)!;
  issuer.redeemedCount += 1;
  issuer.save();

  const invite = new Invite(inviteIdOf(event.params.issuer, event.params.nonce));
  invite.issuer = issuer.id;
  invite.nonce = event.params.nonce;
  invite.account = event.params.account;
  invite.blockNumber = event.block.number;
  invite.timestamp = event.block.timestamp;
  invite.transactionHash = event.transaction.hash;
  invite.position = positionOf(event);
  invite.save();

  const provider = loadOrCreateProvider(event.params.account);
  provider.invite = invite.id;
  provider.save();
}
