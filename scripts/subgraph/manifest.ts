// The subgraph's manifest: which events of which contracts it reads, rendered for one deployment. Event signatures come from the
// ABIs, so that only names stand here.
import type { Abi, AbiEvent, AbiParameter, Address } from "viem";
import type { ContractName, Parameters } from "../../sdk/src/deployments.ts";

/** One contract that is read, with a handler `handle<Event>` for each of its events. */
export interface DataSource {
  contract: ContractName;
  entities: readonly string[];
  /** Events that need no handler, since another contract's event tells the same. */
  ignored?: readonly string[];
  /** Whether earlier deployments have none: then it is left out of the manifest. */
  optional?: true;
  /** Handler that runs once, in the block in which the deployment began. */
  onStart?: string;
}

export const DATA_SOURCES: readonly DataSource[] = [
  {
    contract: "Ledger",
    entities: [
      "Token",
      "TokenPeriod",
      "Account",
      "Balance",
      "LedgerEntry",
      "Deposit",
      "Withdrawal",
      "OperatorApproval",
      "Lock",
    ],
    onStart: "handleStart",
  },
  {
    contract: "DealPayments",
    entities: ["Reservation", "Settlement", "RateChange", "Earning"],
    // Nothing changed, and anybody can make such events.
    ignored: ["SettlementSkipped"],
  },
  {
    contract: "UsageChannels",
    entities: ["Channel", "VoucherRedemption", "PayoutChange"],
    // What was refused changed nothing, and anybody can make such events.
    ignored: ["VoucherRefused", "EIP712DomainChanged"],
    optional: true,
  },
  {
    contract: "FeeRouter",
    entities: ["FeeAuction", "FeeLot", "FeeEpoch", "InsuranceShareChange"],
    ignored: ["AuthorityUpdated", "RouterConnected"],
    optional: true,
  },
  { contract: "RewardPool", entities: ["FeeRecord", "ProviderReward", "RewardClaim"], optional: true },
  { contract: "InsurancePool", entities: ["Compensation"], ignored: ["AuthorityUpdated"], optional: true },
  { contract: "DealMarket", entities: ["Deal", "DealEvent"] },
  {
    contract: "PossessionProofs",
    entities: ["ProvingSet", "Piece", "Proof", "MissedPeriod"],
    ignored: ["EIP712DomainChanged"],
  },
  { contract: "RandomBeacon", entities: ["Round"] },
  {
    contract: "StakeVault",
    entities: [
      "Allocation",
      "StakeDeposit",
      "Delegation",
      "Tranche",
      "Thaw",
      "StakeWithdrawal",
      "Slash",
      "Reward",
      "CutChange",
      "Freeze",
      "Market",
    ],
    ignored: ["AuthorityUpdated"],
  },
  { contract: "ExitBounties", entities: ["ExitBounty", "BountyChange"], optional: true },
  {
    contract: "ProviderRegistry",
    entities: ["Provider", "Offer", "Market"],
    ignored: ["AuthorityUpdated"],
  },
  {
    contract: "InviteRegistry",
    entities: ["Network", "NetworkPeriod", "Issuer", "InviteBatch", "Invite", "PhaseChange"],
    ignored: ["AuthorityUpdated", "EIP712DomainChanged", "EntriesPaused"], // the guardian tells both gates, and all of us
  },
  {
    contract: "ServiceCatalog",
    entities: ["Service", "Token"],
    ignored: ["AuthorityUpdated", "EntriesPaused"],
  },
  {
    contract: "EverGovernor",
    entities: ["Proposal", "Operation", "Ballot", "PoolBallot", "GovernorSettings", "Account"],
    ignored: ["EIP712DomainChanged", "TimelockChange"], // the timelock is fixed
    optional: true,
  },
  {
    contract: "TimelockController",
    entities: ["Operation", "Proposal", "GovernorSettings"],
    // Who may propose is told by the chain; a salt only tells equal proposals apart.
    ignored: ["CallSalt", "RoleGranted", "RoleRevoked", "RoleAdminChanged"],
    optional: true,
  },
  {
    contract: "Guardian",
    entities: ["Guard", "Pause"],
    ignored: ["AuthorityUpdated"],
    optional: true,
  },
];

/** Where a manifest finds its parts: relative to itself. */
export interface Places {
  schema: string;
  abiOf(contract: ContractName): string;
  mapping: string;
}

/** What a manifest says of a deployment. */
export interface Subject {
  network: string;
  startBlock: number;
  addressOf(contract: ContractName): Address | undefined;
  parameters: Pick<Parameters, "originAt" | "periodSeconds" | "feeRecipient">;
}

/**
 * The YAML of the manifest for a deployment. `abis` by contract. Throws when an event is neither handled nor ignored by name, and
 * when the deployment lacks a contract that every one has.
 */
export function renderManifest(subject: Subject, abis: ReadonlyMap<ContractName, Abi>, places: Places): string {
  const { network, startBlock, parameters } = subject;
  const sources = DATA_SOURCES.flatMap((source) => {
    const address = subject.addressOf(source.contract);
    if (!address && source.optional) return [];
    if (!address) throw new Error(`The deployment does not name ${source.contract}.`);
    const events = eventsOf(abis.get(source.contract) ?? [], source);
    return [
      "  - kind: ethereum",
      `    name: ${source.contract}`,
      `    network: ${network}`,
      "    source:",
      `      address: "${address}"`,
      `      abi: ${source.contract}`,
      `      startBlock: ${startBlock}`,
      "    context:", // what no event tells
      ...contextEntry("originAt", "BigInt", String(parameters.originAt)),
      ...contextEntry("periodSeconds", "BigInt", String(parameters.periodSeconds)),
      ...contextEntry("feeRecipient", "Bytes", parameters.feeRecipient.toLowerCase()),
      "    mapping:",
      "      kind: ethereum/events",
      "      apiVersion: 0.0.9",
      "      language: wasm/assemblyscript",
      `      file: ${places.mapping}`,
      "      entities:",
      ...source.entities.map((entity) => `        - ${entity}`),
      "      abis:",
      `        - name: ${source.contract}`,
      `          file: ${places.abiOf(source.contract)}`,
      ...(source.onStart
        ? [
            "      blockHandlers:",
            `        - handler: ${source.onStart}`,
            "          filter:",
            "            kind: once",
          ]
        : []),
      "      eventHandlers:",
      ...events.flatMap((event) => [
        `        - event: ${signatureOf(event)}`,
        `          handler: handle${event.name}`,
      ]),
    ].join("\n");
  });
  return `${[
    "specVersion: 1.2.0",
    "description: The 4EVER Network as its events tell it",
    "schema:",
    `  file: ${places.schema}`,
    "indexerHints:",
    "  prune: never",
    "dataSources:",
    ...sources,
  ].join("\n")}\n`;
}

function contextEntry(key: string, type: string, data: string): string[] {
  return [`      ${key}:`, `        type: ${type}`, `        data: "${data}"`];
}

/** Events of an ABI that the source handles. */
export function eventsOf(abi: Abi, { contract, ignored = [] }: DataSource): AbiEvent[] {
  const events = abi.filter((item) => item.type === "event");
  if (events.length === 0)
    throw new Error(`The ABI of ${contract} has no events: write it with scripts/export-abis.ts`);
  return events.filter(({ name }) => !ignored.includes(name));
}

/** As a manifest writes it: `Deposited(indexed address,indexed uint32,indexed address,uint256)`. */
export function signatureOf({ name, inputs }: AbiEvent): string {
  return `${name}(${inputs.map((input) => (input.indexed ? "indexed " : "") + typeOf(input)).join()})`;
}

function typeOf(parameter: AbiParameter): string {
  if (!("components" in parameter)) return parameter.type;
  return parameter.type.replace("tuple", `(${parameter.components.map(typeOf).join()})`);
}
