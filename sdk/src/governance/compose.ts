import { type Address, encodeFunctionData, formatUnits, getAddress, isAddress, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { explained, type ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { EVER_DECIMALS, formatBytes, formatEver, parseBytes, parseMoney, UnitError } from "../units.ts";
import { serviceNow } from "./call-changes.ts";
import type { ProposalCall } from "./call-sentences.ts";
import { GOVERNED, type GovernedName } from "./contracts.ts";
import type { BoundName, CallField, Proposable } from "./proposable.ts";
import { hours, percent } from "./words.ts";

/** The least and the most that the contracts take, in base units, basis points, bytes, periods or seconds. */
export type Bounds = Readonly<Record<BoundName, { min: bigint; max: bigint }>>;

/** Between what the contracts let each value be, whatever is voted. Throws `ProtocolError`. */
export async function getBounds(client: ProtocolClient, { deployment }: { deployment: Deployment }): Promise<Bounds> {
  const read = async (contract: GovernedName, functionName: string): Promise<bigint> => {
    const address = deployment.contracts[contract];
    if (!address) return 0n;
    const call = { address, abi: GOVERNED[contract], functionName } as never;
    return BigInt((await readContract(client, call)) as bigint | number);
  };
  const between = async (
    contract: GovernedName,
    min: string | bigint,
    max: string | bigint,
  ): Promise<{ min: bigint; max: bigint }> => {
    const [least, most] = await Promise.all(
      [min, max].map((bound) => (typeof bound === "bigint" ? bound : read(contract, bound))),
    );
    return { min: least ?? 0n, max: most ?? 0n };
  };
  const asked: Record<BoundName, Promise<{ min: bigint; max: bigint }>> = {
    feeBps: between("ServiceCatalog", 0n, "MAX_FEE_BPS"),
    stakePerUnit: between("ServiceCatalog", "STAKE_STEP", "MAX_STAKE_PER_UNIT"),
    unitBytes: between("ServiceCatalog", 1n, "MAX_UNIT_BYTES"),
    maxTermPeriods: between("ServiceCatalog", 1n, "MAX_TERM_PERIODS"),
    proofClass: between("ServiceCatalog", 1n, 255n),
    insuranceBps: between("FeeRouter", 0n, "MAX_INSURANCE_BPS"),
    votingDelay: between("EverGovernor", "MIN_VOTING_DELAY", "MAX_VOTING_DELAY"),
    votingPeriod: between("EverGovernor", "MIN_VOTING_PERIOD", "MAX_VOTING_PERIOD"),
    voteExtension: between("EverGovernor", "MIN_VOTE_EXTENSION", "MAX_VOTE_EXTENSION"),
    proposalThreshold: between("EverGovernor", "MIN_PROPOSAL_THRESHOLD", "MAX_PROPOSAL_THRESHOLD"),
    quorumBps: between("EverGovernor", "MIN_QUORUM_BPS", "MAX_QUORUM_BPS"),
    timelockDelay: between("TimelockController", "MIN_DELAY_SECONDS", "MAX_DELAY_SECONDS"),
  };
  return explained({}, async () => {
    const entries = Object.entries(asked).map(async ([name, bounds]) => [name, await bounds] as const);
    return Object.fromEntries(await Promise.all(entries)) as Bounds;
  });
}

/** What a service of the catalogue has now, as its fields are written; undefined when there is none of this name. */
export async function getServiceValues(
  client: ProtocolClient,
  { deployment, name }: { deployment: Deployment; name: string },
): Promise<Record<string, string> | undefined> {
  const { ServiceCatalog: address } = deployment.contracts;
  const service = await serviceNow(
    (_, functionName, args) =>
      readContract(client, { address, abi: GOVERNED.ServiceCatalog, functionName, args } as never) as never,
    name,
  );
  return (
    service && {
      name,
      unitBytes: `${service.unitBytes}`,
      stakePerUnit: formatUnits(service.stakePerUnit, EVER_DECIMALS),
      proofClass: `${service.proofClass}`,
      feeBps: `${service.feeBps / 100}`,
      maxTermPeriods: `${service.maxTermPeriods}`,
      active: `${service.active}`,
    }
  );
}

/** A bound in words: `5 %`, `1000 EVER`. */
export function boundWords({ kind }: Pick<CallField, "kind">, bound: bigint): string {
  if (kind === "percent") return percent(bound);
  if (kind === "ever") return formatEver(bound);
  if (kind === "span") return hours(bound);
  if (kind === "bytes") return formatBytes(bound);
  return `${bound}`;
}

/** A call that was filled in, encoded; or what is wrong, by field. */
export type Composed = { ok: true; call: ProposalCall } | { ok: false; problems: Readonly<Record<string, string>> };

/** Encodes a call from what a person wrote. Values outside of their hard bounds are refused: no vote could carry them out. Never throws. */
export function composeCall(
  deployment: Deployment,
  { proposable, values, bounds }: { proposable: Proposable; values: Readonly<Record<string, string>>; bounds?: Bounds },
): Composed {
  const problems: Record<string, string> = {};
  const args = proposable.fields.map((field) => {
    try {
      return readField(deployment, field, (values[field.name] ?? "").trim(), bounds);
    } catch (cause) {
      if (!(cause instanceof UnitError)) throw cause;
      problems[field.name] = cause.message;
      return undefined;
    }
  });
  if (Object.keys(problems).length > 0) return { ok: false, problems };
  const target = deployment.contracts[proposable.contract];
  if (!target) return { ok: false, problems: { "": `This network has no ${proposable.contract}.` } };
  try {
    const abi = GOVERNED[proposable.contract];
    const data = encodeFunctionData({ abi, functionName: proposable.functionName, args } as never);
    return { ok: true, call: { target, data } };
  } catch {
    return { ok: false, problems: { "": "A value is larger than its kind of number." } };
  }
}

const SPAN_SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** Throws `UnitError`. */
function readField(deployment: Deployment, field: CallField, text: string, bounds: Bounds | undefined): unknown {
  const { kind, label } = field;
  switch (kind) {
    case "text":
      if (text === "") throw new UnitError(`${label}: enter a name.`);
      return text;
    case "address":
      return accountOf(deployment, field, text);
    case "choice": {
      const option = field.options?.find(({ value, label: words }) => value === text || words === text);
      if (!option)
        throw new UnitError(`${label}: choose one of ${field.options?.map((each) => each.label).join(", ")}.`);
      if (option.value === "true" || option.value === "false") return option.value === "true";
      return option.value.startsWith("0x") ? option.value : BigInt(option.value);
    }
    default:
      return within(field, numberOf(field, text), bounds);
  }
}

function accountOf({ contracts }: Deployment, { label, mayBeZero }: CallField, text: string): Address {
  if (text === "" && mayBeZero) return zeroAddress;
  const named = Object.entries(contracts).find(([name]) => name === text)?.[1];
  if (named) return named;
  if (!isAddress(text, { strict: false }) || (BigInt(text) === 0n && !mayBeZero))
    throw new UnitError(`${label}: enter an address, 0x and 40 digits, or the name of a contract.`);
  return getAddress(text);
}

/** Throws `UnitError`. */
function numberOf({ kind, label }: CallField, text: string): bigint {
  if (kind === "percent") {
    const match = /^(\d{1,3})(?:\.(\d{1,2}))?\s*%?$/.exec(text);
    if (!match) throw new UnitError(`${label}: enter a percentage, such as 1.25.`);
    return BigInt(match[1] ?? 0) * 100n + BigInt((match[2] ?? "").padEnd(2, "0"));
  }
  if (kind === "ever") return parseMoney(text.replace(/\s*EVER$/, ""), EVER_DECIMALS);
  if (kind === "bytes") return parseBytes(text);
  if (kind === "span") {
    const match = /^(\d{1,9})\s*([dhms])$/.exec(text);
    if (!match) throw new UnitError(`${label}: enter a time, such as 90s, 12h or 2d.`);
    return BigInt(match[1] ?? 0) * BigInt(SPAN_SECONDS[match[2] ?? "s"] ?? 1);
  }
  if (!/^\d{1,78}$/.test(text)) throw new UnitError(`${label}: enter a whole number.`);
  return BigInt(text);
}

/** Throws `UnitError`. */
function within(field: CallField, value: bigint, bounds: Bounds | undefined): bigint {
  const bound = field.bounds && bounds?.[field.bounds];
  if (!bound || (value >= bound.min && value <= bound.max)) return value;
  const [min, max] = [boundWords(field, bound.min), boundWords(field, bound.max)];
  throw new UnitError(`${field.label}: the contracts take ${min} to ${max}, whatever is voted.`);
}
