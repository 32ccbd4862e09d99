import { RoundRecorded } from "../generated/RandomBeacon/RandomBeacon";
import { Round } from "../generated/schema";
import { positionOf, roundIdOf } from "./ids";
import { loadNetwork, saveNetwork } from "./network";
import { toInt } from "./numbers";

export function handleRoundRecorded(event: RoundRecorded): void {
  const round = new Round(roundIdOf(event.params.period));
  round.period = toInt(event.params.period);
  round.seed = event.params.seed;
  round.seedBlock = event.params.blockNumber;
  round.dueAt = event.params.dueAt;
  round.recordedBy = event.params.by;
  round.proofCount = 0;
  round.missedCount = 0;
  round.blockNumber = event.block.number;
  round.timestamp = event.block.timestamp;
  round.transactionHash = event.transaction.hash;
  round.position = positionOf(event);
  round.save();

  const network = loadNetwork();
  network.roundCount += 1;
  if (round.period > network.latestRoundPeriod) network.latestRoundPeriod = round.period;
  saveNetwork(event, network);
}
