import { type Address, type Hex, keccak256, toHex } from "viem";
import { readContract } from "viem/actions";
import { explained, type ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { ProtocolError } from "../errors.ts";
import { formatBytes, formatEver } from "../units.ts";
import { type DecodedCall, decodeCall, type ProposalCall } from "./call-sentences.ts";
import { GOVERNED, type GovernedName, nameOf } from "./contracts.ts";
import { hours, managerRole, PHASE_WORDS, percent, visible } from "./words.ts";

/** One value that a call changes: as the chain has it now, and as the call wants it. In words, with units. */
export interface CallChange {
  what: string;
  before: string;
  after: string;
}

/** Asks a governed contract. */
type Read = <Result>(contract: GovernedName, functionName: string, args?: readonly unknown[]) => Promise<Result>;
type Changes = (args: never, read: Read, deployment: Deployment) => Promise<readonly CallChange[]>;

/**
 * What a call changes, against what the chain has now. Undefined when no getter tells it. Of an executed proposal both sides are the same
 * until something changes them again. Throws `ProtocolError`.
 */
export async function getCallChanges(
  client: ProtocolClient,
  { deployment, call }: { deployment: Deployment; call: ProposalCall },
): Promise<readonly CallChange[] | undefined> {
  const decoded = decodeCall(deployment, call);
  const changes = changesOf(decoded);
  if (!changes) return undefined;
  const read: Read = (contract, functionName, args = []) => {
    const address = deployment.contracts[contract];
    if (!address) throw new Error(`The deployment has no ${contract}.`);
    return readContract(client, { address, abi: GOVERNED[contract] as never, functionName, args } as never) as never;
  };
  return explained({}, async () => {
    const found = await changes(decoded.args as never, read, deployment);
    return found.map(({ what, before, after }) => ({ what, before: visible(before), after: visible(after) }));
  });
}

function changesOf({ contract, functionName }: DecodedCall): Changes | undefined {
  return contract && functionName ? CHANGES[`${contract}.${functionName}`] : undefined;
}

/** The one value of a call that has a getter without arguments. */
const value =
  <Value>(
    what: string,
    contract: GovernedName,
    getter: string,
    words: (value: Value, of: Deployment) => string,
  ): Changes =>
  async ([after]: [Value], read, deployment) => [
    { what, before: words(await read<Value>(contract, getter), deployment), after: words(after, deployment) },
  ];

/** Whether an account, or a token, may something. */
const flag =
  (what: string, contract: GovernedName, getter: string, [no, yes]: readonly [string, string]): Changes =>
  async ([key, after]: [unknown, boolean], read) => [
    { what, before: (await read<boolean>(contract, getter, [key])) ? yes : no, after: after ? yes : no },
  ];

const timelockRole =
  (after: "yes" | "no"): Changes =>
  async ([role, account]: [Hex, Address], read) => [
    {
      what: "Has the role",
      before: (await read<boolean>("TimelockController", "hasRole", [role, account])) ? "yes" : "no",
      after,
    },
  ];

const managerMember =
  (after: "yes" | "no"): Changes =>
  async ([role, account]: [bigint, Address], read) => {
    const [isMember] = await read<readonly [boolean, number]>("AccessManager", "hasRole", [role, account]);
    return [{ what: "Has the role", before: isMember ? "yes" : "no", after }];
  };

interface ServiceTerms {
  unitBytes: bigint;
  stakePerUnit: bigint;
  proofClass: number;
  feeBps: number;
  maxTermPeriods: number;
  active: boolean;
}

/** A service of the catalogue by its name; undefined when there is none. Throws what the node refuses. */
export async function serviceNow(read: Read, name: string): Promise<ServiceTerms | undefined> {
  try {
    return await explained({}, () => read<ServiceTerms>("ServiceCatalog", "serviceOf", [keccak256(toHex(name))]));
  } catch (cause) {
    if (cause instanceof ProtocolError && cause.code === "CatalogServiceUnknown") return undefined;
    throw cause;
  }
}

const setService: Changes = async (
  [name, unitBytes, stakePerUnit, proofClass, feeBps, maxTermPeriods, active]: [
    string,
    bigint,
    bigint,
    number,
    number,
    number,
    boolean,
  ],
  read,
) => {
  const now = await serviceNow(read, name);
  const after = { unitBytes, stakePerUnit, proofClass, feeBps, maxTermPeriods, active };
  const rows: [what: string, words: (terms: ServiceTerms) => string][] = [
    ["Fee", (terms) => percent(terms.feeBps)],
    ["Stake per unit", (terms) => formatEver(terms.stakePerUnit)],
    ["Unit", (terms) => formatBytes(terms.unitBytes)],
    ["Longest term", (terms) => `${terms.maxTermPeriods} periods`],
    ["Proof class", (terms) => `${terms.proofClass}`],
    ["Takes new deals", (terms) => (terms.active ? "yes" : "no")],
  ];
  const changes = rows.map(([what, words]) => ({ what, before: now ? words(now) : "none", after: words(after) }));
  const changed = changes.filter(({ before, after }) => before !== after);
  return changed.length > 0 ? changed : changes.slice(0, 1);
};

/** How the present value of each call is read. */
const CHANGES: Readonly<Record<string, Changes>> = {
  "ServiceCatalog.setService": setService,
  "ServiceCatalog.setToken": flag("Pays for new deals", "ServiceCatalog", "isTokenListed", ["no", "yes"]),
  "InviteRegistry.setPhase": value<number>(
    "New providers",
    "InviteRegistry",
    "phase",
    (phase) => PHASE_WORDS[phase] ?? "?",
  ),
  "InviteRegistry.setIssuer": async ([issuer, quota]: [Address, number], read) => {
    const now = await read<{ quota: number }>("InviteRegistry", "issuerOf", [issuer]);
    return [{ what: "Providers it may still invite", before: `${now.quota}`, after: `${quota}` }];
  },
  "ProviderRegistry.setMarket": flag("Listed", "ProviderRegistry", "isMarket", ["no", "yes"]),
  "ProviderRegistry.setJailed": async ([provider, after]: [Address, boolean], read) => {
    const { jailed } = await read<{ jailed: boolean }>("ProviderRegistry", "providerOf", [provider]);
    return [{ what: "Jailed", before: jailed ? "yes" : "no", after: after ? "yes" : "no" }];
  },
  "StakeVault.setMarket": flag("Listed", "StakeVault", "isMarket", ["no", "yes"]),
  "FeeRouter.setInsuranceShare": value<number>("Share of the insurance", "FeeRouter", "insuranceBps", percent),
  "EverToken.mint": async ([, amount]: [Address, bigint], read) => {
    const supply = await read<bigint>("EverToken", "totalSupply");
    return [{ what: "Supply", before: formatEver(supply), after: formatEver(supply + amount) }];
  },
  "EverGovernor.setVotingDelay": value<number>(
    "Delay before the votes are taken",
    "EverGovernor",
    "votingDelay",
    hours,
  ),
  "EverGovernor.setVotingPeriod": value<number>("Time to vote", "EverGovernor", "votingPeriod", hours),
  "EverGovernor.setLateQuorumVoteExtension": value<number>(
    "Time left after a late quorum",
    "EverGovernor",
    "lateQuorumVoteExtension",
    hours,
  ),
  "EverGovernor.setProposalThreshold": value<bigint>(
    "Votes to propose",
    "EverGovernor",
    "proposalThreshold",
    formatEver,
  ),
  "EverGovernor.updateQuorumNumerator": value<bigint>("Quorum", "EverGovernor", "quorumNumerator", percent),
  "Guardian.setGuardian": value<Address>("Guardian", "Guardian", "guardian", (guardian, deployment) =>
    BigInt(guardian) === 0n ? "nobody" : nameOf(deployment, guardian),
  ),
  "TimelockController.updateDelay": value<bigint>("Delay of the timelock", "TimelockController", "getMinDelay", hours),
  "TimelockController.grantRole": timelockRole("yes"),
  "TimelockController.revokeRole": timelockRole("no"),
  "AccessManager.grantRole": managerMember("yes"),
  "AccessManager.revokeRole": managerMember("no"),
  "AccessManager.setTargetClosed": flag("Closed", "AccessManager", "isTargetClosed", ["no", "yes"]),
  "AccessManager.setRoleAdmin": async ([role, admin]: [bigint, bigint], read) => [
    {
      what: "Who gives the role",
      before: managerRole(await read<bigint>("AccessManager", "getRoleAdmin", [role])),
      after: managerRole(admin),
    },
  ],
  "AccessManager.setRoleGuardian": async ([role, guardian]: [bigint, bigint], read) => [
    {
      what: "Who may cancel its announced calls",
      before: managerRole(await read<bigint>("AccessManager", "getRoleGuardian", [role])),
      after: managerRole(guardian),
    },
  ],
  "AccessManager.setTargetFunctionRole": ([target, selectors, role]: [Address, Hex[], bigint], read) =>
    Promise.all(
      selectors.map(async (selector) => ({
        what: `Who may call ${selector}`,
        before: managerRole(await read<bigint>("AccessManager", "getTargetFunctionRole", [target, selector])),
        after: managerRole(role),
      })),
    ),
};
