import type { ContractName, Deployment } from "../deployments.ts";
import type { GovernedName } from "./contracts.ts";
import { MANAGER_ROLES, PHASE_WORDS, TIMELOCK_ROLE_WORDS } from "./words.ts";

/** A value that has hard bounds on chain: the names that `getBounds` gives. */
export type BoundName =
  | "feeBps"
  | "stakePerUnit"
  | "unitBytes"
  | "maxTermPeriods"
  | "proofClass"
  | "insuranceBps"
  | "votingDelay"
  | "votingPeriod"
  | "voteExtension"
  | "proposalThreshold"
  | "quorumBps"
  | "timelockDelay";

/**
 * How a value is written: `percent` `1.25`, `ever` `1000.5`, `span` `90s`, `12h` or `2d`, `bytes` `1GiB`, `address` `0x…` or the name of a
 * contract of the deployment, `choice` one of the options.
 */
export type FieldKind = "text" | "percent" | "ever" | "span" | "count" | "bytes" | "address" | "choice";

/** One argument of a call, as a person fills it in. */
export interface CallField {
  /** As the contract's ABI names it, or nearly. */
  name: string;
  label: string;
  kind: FieldKind;
  bounds?: BoundName;
  hint?: string;
  /** `value` is what is encoded. */
  options?: readonly { value: string; label: string }[];
  /** The account may be nobody. */
  mayBeZero?: boolean;
}

/** A call that can be composed without knowing its encoding. */
export interface Proposable {
  /** `Contract.function`. */
  id: string;
  contract: GovernedName;
  functionName: string;
  /** What it does, as a verb. */
  label: string;
  /** In the order of the function's arguments. */
  fields: readonly CallField[];
}

const yesNo = (name: string, label: string, yes: string, no: string): CallField => ({
  name,
  label,
  kind: "choice",
  options: [
    { value: "true", label: yes },
    { value: "false", label: no },
  ],
});
const account = (name: string, label: string, more: Partial<CallField> = {}): CallField => ({
  name,
  label,
  kind: "address",
  ...more,
});
const span = (name: string, label: string, bounds: BoundName): CallField => ({ name, label, kind: "span", bounds });
const tokenId: CallField = { name: "tokenId", label: "Token", kind: "count", hint: "Its number in the ledger." };
const optionsOf = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }));
const timelockRole: CallField = {
  name: "role",
  label: "Role",
  kind: "choice",
  options: optionsOf(TIMELOCK_ROLE_WORDS),
  hint: "Whoever is a proposer decides beside the voters. An administrator gives every role.",
};
const managerRole: CallField = {
  name: "roleId",
  label: "Role",
  kind: "choice",
  options: optionsOf(MANAGER_ROLES),
  hint: "A role is a power over money, stake or policy: docs/trust.md says which.",
};

const call = (id: `${GovernedName}.${string}`, label: string, fields: readonly CallField[]): Proposable => {
  const [contract, functionName] = id.split(".") as [GovernedName, string];
  return { id, contract, functionName, label, fields };
};

/** What can be proposed by filling in a form. Anything else is proposed as encoded data. */
export const PROPOSABLE: readonly Proposable[] = [
  call("ServiceCatalog.setService", "Change or add a service", [
    { name: "name", label: "Service", kind: "text", hint: "Its name, such as hosting. A new name adds a service." },
    { name: "unitBytes", label: "Unit", kind: "bytes", bounds: "unitBytes", hint: "Fixed once the service is there." },
    {
      name: "stakePerUnit",
      label: "Stake per unit",
      kind: "ever",
      bounds: "stakePerUnit",
      hint: "Moves by a quarter at most, once in 30 days.",
    },
    { name: "proofClass", label: "Proof class", kind: "count", bounds: "proofClass", hint: "1 is possession." },
    {
      name: "feeBps",
      label: "Fee",
      kind: "percent",
      bounds: "feeBps",
      hint: "Of what providers are paid in new deals.",
    },
    { name: "maxTermPeriods", label: "Longest term", kind: "count", bounds: "maxTermPeriods", hint: "Periods." },
    yesNo("active", "New deals", "are taken", "are refused"),
  ]),
  call("ServiceCatalog.setToken", "List or unlist a payment token", [
    tokenId,
    yesNo("listed", "New deals and channels", "may be paid in it", "may not be paid in it"),
  ]),
  call("FeeRouter.setInsuranceShare", "Change the insurance's share of fees", [
    { name: "shareBps", label: "Share", kind: "percent", bounds: "insuranceBps" },
  ]),
  call("InviteRegistry.setPhase", "Open the network further", [
    {
      name: "phase",
      label: "New providers",
      kind: "choice",
      options: PHASE_WORDS.map((label, value) => ({ value: `${value}`, label })),
      hint: "Forward only: there is no way back.",
    },
  ]),
  call("InviteRegistry.setIssuer", "Let an account invite providers", [
    account("issuer", "Account"),
    { name: "quota", label: "Providers it may still invite", kind: "count", hint: "0 stops it." },
  ]),
  call("ProviderRegistry.setMarket", "Let a market take capacity", [
    account("market", "Market"),
    yesNo("allowed", "It", "may take capacity for new deals", "may not any more"),
  ]),
  call("StakeVault.setMarket", "Let a market reserve stake", [
    account("market", "Market"),
    yesNo("allowed", "It", "may reserve stake for new deals", "may not any more"),
  ]),
  call("ProviderRegistry.setJailed", "Jail a provider, or let it go", [
    account("provider", "Provider"),
    yesNo("jailed", "It", "gets no new deals", "may get new deals again"),
  ]),
  call("Guardian.setGuardian", "Name another guardian", [
    account("guardian_", "Guardian", { mayBeZero: true, hint: "Leave it empty for nobody." }),
  ]),
  call("Guardian.lift", "End the pause of new entries", []),
  call("EverGovernor.setVotingDelay", "Change the delay before the votes are taken", [
    span("newVotingDelay", "Delay", "votingDelay"),
  ]),
  call("EverGovernor.setVotingPeriod", "Change the time to vote", [
    span("newVotingPeriod", "Time to vote", "votingPeriod"),
  ]),
  call("EverGovernor.setLateQuorumVoteExtension", "Change the time after a late quorum", [
    { ...span("newVoteExtension", "Time", "voteExtension"), hint: "At most the time to vote." },
  ]),
  call("EverGovernor.setProposalThreshold", "Change the votes of a proposer", [
    { name: "newProposalThreshold", label: "Votes", kind: "ever", bounds: "proposalThreshold" },
  ]),
  call("EverGovernor.updateQuorumNumerator", "Change the quorum", [
    { name: "newQuorumNumerator", label: "Quorum", kind: "percent", bounds: "quorumBps", hint: "Of all EVER." },
  ]),
  call("TimelockController.updateDelay", "Change the timelock's delay", [
    span("delaySeconds", "Delay", "timelockDelay"),
  ]),
  call("EverToken.transfer", "Spend EVER of the timelock", [
    account("to", "To"),
    { name: "value", label: "Amount", kind: "ever" },
  ]),
  call("Ledger.withdraw", "Spend the timelock's balance in the ledger", [
    account("to", "To"),
    tokenId,
    { name: "amount", label: "Amount", kind: "count", hint: "In the token's base units." },
  ]),
  call("AccessManager.setTargetClosed", "Close or open a policy contract", [
    account("target", "Contract"),
    yesNo("closed", "Its privileged functions", "can be used by nobody", "can be used again"),
  ]),
  call("AccessManager.grantRole", "Give a role over the policy contracts", [
    managerRole,
    account("account", "Account"),
    {
      name: "executionDelay",
      label: "Delay of its calls",
      kind: "count",
      hint: "Seconds between an announcement and its call; 0 for none.",
    },
  ]),
  call("AccessManager.revokeRole", "Take a role over the policy contracts", [
    managerRole,
    account("account", "Account"),
  ]),
  call("TimelockController.grantRole", "Give a role of the timelock", [timelockRole, account("account", "Account")]),
  call("TimelockController.revokeRole", "Take a role of the timelock", [timelockRole, account("account", "Account")]),
];

/** What this deployment has. */
export function proposablesOf({ contracts }: Pick<Deployment, "contracts">): readonly Proposable[] {
  return PROPOSABLE.filter(({ contract }) => contracts[contract as ContractName] !== undefined);
}
