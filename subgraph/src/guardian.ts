import { GuardianChanged, Paused, PauseLifted } from "../generated/Guardian/Guardian";
import { Guard, Pause } from "../generated/schema";
import { GUARD_ID, pauseIdOf } from "./ids";

/** The constructor names the first one, or zero. */
export function handleGuardianChanged(event: GuardianChanged): void {
  let guard = Guard.load(GUARD_ID);
  if (!guard) guard = new Guard(GUARD_ID);
  guard.guardian = event.params.guardian;
  guard.save();
}

export function handlePaused(event: Paused): void {
  const pause = new Pause(pauseIdOf(event.block.timestamp));
  pause.guardian = event.params.guardian;
  pause.pausedAt = event.block.timestamp;
  pause.until = event.params.until;
  pause.transactionHash = event.transaction.hash;
  pause.save();

  const guard = Guard.load(GUARD_ID)!;
  guard.lastPause = pause.id;
  guard.save();
}

export function handlePauseLifted(event: PauseLifted): void {
  const pause = Pause.load(Guard.load(GUARD_ID)!.lastPause!)!;
  pause.until = event.block.timestamp;
  pause.liftedBy = event.params.by;
  pause.save();
}
