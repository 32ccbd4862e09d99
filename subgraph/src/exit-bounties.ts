import { Address, BigInt, ethereum } from "@graphprotocol/graph-ts";
import { BountyOffered, BountyPaid, BountyTakenBack } from "../generated/ExitBounties/ExitBounties";
import { BountyChange, ExitBounty } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { delegationIdOf, eventIdOf, trancheIdOf } from "./ids";
import { ZERO } from "./numbers";
import { loadOrCreateProvider } from "./provider";

/** One bounty of an account at a provider: what is added moves all of it to the tranche that was named last. */
export function handleBountyOffered(event: BountyOffered): void {
  const params = event.params;
  const id = delegationIdOf(params.provider, params.account);
  let bounty = ExitBounty.load(id);
  if (!bounty) {
    bounty = new ExitBounty(id);
    bounty.provider = loadOrCreateProvider(params.provider).id;
    bounty.account = loadOrCreateAccount(params.account).id;
  }
  bounty.tranche = trancheIdOf(params.provider, params.account, params.tranche);
  bounty.amountWei = params.amountWei;
  bounty.updatedAt = event.block.timestamp;
  bounty.save();
  saveChange(event, bounty, "OFFERED", params.addedWei, params.account);
}

export function handleBountyPaid(event: BountyPaid): void {
  const params = event.params;
  close(event, params.provider, params.account, "PAID", params.amountWei, params.executor);
}

export function handleBountyTakenBack(event: BountyTakenBack): void {
  const params = event.params;
  close(event, params.provider, params.account, "TAKEN_BACK", params.amountWei, params.account);
}

function close(
  event: ethereum.Event,
  provider: Address,
  account: Address,
  kind: string,
  amountWei: BigInt,
  by: Address,
): void {
  const bounty = ExitBounty.load(delegationIdOf(provider, account))!;
  bounty.amountWei = ZERO;
  bounty.updatedAt = event.block.timestamp;
  bounty.save();
  saveChange(event, bounty, kind, amountWei, by);
}

function saveChange(event: ethereum.Event, bounty: ExitBounty, kind: string, amountWei: BigInt, by: Address): void {
  const change = new BountyChange(eventIdOf(event));
  change.bounty = bounty.id;
  change.kind = kind;
  change.tranche = bounty.tranche;
  change.amountWei = amountWei;
  change.by = by;
  change.blockNumber = event.block.number;
  change.timestamp = event.block.timestamp;
  change.transactionHash = event.transaction.hash;
  change.save();
}
