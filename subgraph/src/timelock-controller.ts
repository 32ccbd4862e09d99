import {
  CallExecuted,
  CallScheduled,
  Cancelled,
  MinDelayChange,
} from "../generated/TimelockController/TimelockController";
import { Operation, Proposal } from "../generated/schema";
import { loadOrCreateSettings } from "./governor-settings";

/** One for each call of an operation, in their order. */
export function handleCallScheduled(event: CallScheduled): void {
  let operation = Operation.load(event.params.id);
  // One that was cancelled can be scheduled again under its id.
  if (!operation || event.params.index.isZero()) {
    operation = new Operation(event.params.id);
    operation.targets = [];
    operation.calldatas = [];
    operation.readyAt = event.block.timestamp.plus(event.params.delay);
    operation.blockNumber = event.block.number;
    operation.timestamp = event.block.timestamp;
    operation.transactionHash = event.transaction.hash;
  }
  const targets = operation.targets;
  targets.push(event.params.target);
  operation.targets = targets;
  const calldatas = operation.calldatas;
  calldatas.push(event.params.data);
  operation.calldatas = calldatas;
  operation.save();

  const settings = loadOrCreateSettings();
  settings.latestOperation = operation.id;
  settings.save();
}

/** One for each call. Whoever executes at the timelock passes the governor by, which then tells nothing. */
export function handleCallExecuted(event: CallExecuted): void {
  const operation = Operation.load(event.params.id)!;
  operation.executedAt = event.block.timestamp;
  operation.save();

  if (!operation.proposal) return;
  const proposal = Proposal.load(operation.proposal!)!;
  proposal.status = "EXECUTED";
  proposal.executedAt = event.block.timestamp;
  proposal.save();
}

export function handleCancelled(event: Cancelled): void {
  const operation = Operation.load(event.params.id)!;
  operation.canceledAt = event.block.timestamp;
  operation.save();
}

export function handleMinDelayChange(event: MinDelayChange): void {
  const settings = loadOrCreateSettings();
  settings.timelockDelay = event.params.newDuration;
  settings.save();
}
