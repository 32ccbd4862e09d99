import { GovernorSettings } from "../generated/schema";
import { GOVERNOR_ID } from "./ids";
import { ZERO } from "./numbers";

/** The one `GovernorSettings`; events of the constructors set them one after the other. */
export function loadOrCreateSettings(): GovernorSettings {
  const known = GovernorSettings.load(GOVERNOR_ID);
  if (known) return known;

  const settings = new GovernorSettings(GOVERNOR_ID);
  settings.votingDelay = ZERO;
  settings.votingPeriod = ZERO;
  settings.voteExtension = ZERO;
  settings.proposalThreshold = ZERO;
  settings.quorumBps = ZERO;
  settings.timelockDelay = ZERO;
  return settings;
}
