import { type Address, getAddress, isAddress, zeroAddress } from "viem";
import { LOCAL_ACCOUNTS, localAccount, localGenesis } from "../../contracts/ignition/local-chain.ts";
import type { Genesis } from "../../contracts/ignition/modules/Protocol.ts";
import { LOCAL, PRODUCTION, type Profile } from "../../contracts/ignition/profiles.ts";

/** What a deployment to a public network decides for itself; everything else is the profile's. */
export interface ProductionParameters {
  profile: "production";
  /** Name of the network, as a graph-node calls it. */
  network: string;
  /** Account that may propose beside the governor for a year: a multisig, never a single key. Without one only votes decide. */
  council?: Address | undefined;
  /** Account that may pause new entries: a multisig. Without one nobody can, until a vote names one. */
  guardian?: Address | undefined;
  holders: readonly { holder: Address; amount: bigint }[];
  paymentTokens: readonly Address[];
  inviteIssuers: readonly Address[];
}

export type DeployParameters = { profile: "local" } | ProductionParameters;

/** The parameters cannot be used. `problems` are sentences. */
export class DeployParametersInvalid extends Error {
  override readonly name = "DeployParametersInvalid";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The deployment's parameters cannot be used. ${problems.join(" ")}`);
    this.problems = problems;
  }
}

/** Name of a local chain, as a graph-node calls it. */
export const LOCAL_NETWORK = "localhost";
/** Chain ids that only development chains have. */
const LOCAL_CHAIN_IDS: readonly number[] = [1_337, 31_337];
/** `EverToken.CAP`. Base units. */
const EVER_CAP = 1_000_000_000n * 10n ** 18n;
/** More than any development chain funds. */
const PUBLIC_TEST_ACCOUNTS = 30;

/** Everything that the deployment module needs. `originAt` in Unix seconds. */
export interface Plan {
  network: string;
  profile: Profile;
  genesis: Genesis;
}

/** Makes the plan of a deployment on one chain. Throws {@link DeployParametersInvalid}. */
export function planDeployment(parameters: DeployParameters, chainId: number, originAt: number): Plan {
  const isLocalChain = LOCAL_CHAIN_IDS.includes(chainId);
  if (parameters.profile === "local") {
    if (!isLocalChain)
      throw new DeployParametersInvalid([
        `The local profile has a faucet and public keys: it never goes to chain ${chainId}.`,
      ]);
    return { network: LOCAL_NETWORK, profile: LOCAL, genesis: localGenesis(originAt) };
  }
  const { network, council, guardian, holders, paymentTokens, inviteIssuers } = parameters;
  const problems = productionProblems(parameters);
  if (problems.length > 0) throw new DeployParametersInvalid(problems);
  const genesis: Genesis = { originAt, council, guardian, holders, paymentTokens, inviteIssuers, phase: "invite" };
  return { network, profile: PRODUCTION, genesis };
}

function productionProblems(parameters: ProductionParameters): string[] {
  const { council, guardian, holders, paymentTokens, inviteIssuers } = parameters;
  const publicAccounts = new Set(
    Array.from({ length: PUBLIC_TEST_ACCOUNTS }, (_, index) => localAccount(index).address),
  );
  const offices = [council, guardian].filter((address) => address !== undefined);
  const named = [...offices, ...holders.map(({ holder }) => holder), ...inviteIssuers];
  const total = holders.reduce((sum, { amount }) => sum + amount, 0n);
  const problems: string[] = [];
  for (const address of named) {
    if (publicAccounts.has(address)) problems.push(`${address} is a public test account: everybody has its key.`);
    if (address === zeroAddress) problems.push("The zero address can hold nothing.");
  }
  if (holders.some(({ amount }) => amount <= 0n)) problems.push("Every first holder gets something.");
  if (total > EVER_CAP) problems.push(`The first holders get ${total}, more than the cap of ${EVER_CAP} base units.`);
  if (paymentTokens.length === 0) problems.push("At least one payment token is needed.");
  if (new Set(paymentTokens).size !== paymentTokens.length) problems.push("A payment token is named twice.");
  return problems;
}

/**
 * Reads parameters from JSON: addresses as hex, amounts of `holders` as decimal strings of base units.
 * Throws {@link DeployParametersInvalid} with every field that is wrong.
 */
export function parseDeployParameters(input: unknown): DeployParameters {
  const fields = typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {};
  if (fields.profile === "local") return { profile: "local" };
  const problems: string[] = [];
  const address = (value: unknown, name: string): Address => {
    if (typeof value === "string" && isAddress(value)) return getAddress(value);
    problems.push(`${name} is not an address.`);
    return zeroAddress;
  };
  const list = (name: string): unknown[] => {
    const value = fields[name];
    if (Array.isArray(value)) return value;
    problems.push(`${name} is not a list.`);
    return [];
  };
  if (fields.profile !== "production") problems.push('profile is neither "local" nor "production".');
  if (typeof fields.network !== "string" || fields.network === "") problems.push("network is not a name.");
  const parameters: ProductionParameters = {
    profile: "production",
    network: String(fields.network),
    council: fields.council === undefined ? undefined : address(fields.council, "council"),
    guardian: fields.guardian === undefined ? undefined : address(fields.guardian, "guardian"),
    holders: list("holders").map((value, i) => {
      const { holder, amount } = (value ?? {}) as Record<string, unknown>;
      const isAmount = typeof amount === "string" && /^\d+$/.test(amount);
      if (!isAmount) problems.push(`holders[${i}].amount is not a decimal string of base units.`);
      return { holder: address(holder, `holders[${i}].holder`), amount: isAmount ? BigInt(amount) : 0n };
    }),
    paymentTokens: list("paymentTokens").map((value, i) => address(value, `paymentTokens[${i}]`)),
    inviteIssuers: list("inviteIssuers").map((value, i) => address(value, `inviteIssuers[${i}]`)),
  };
  if (problems.length > 0) throw new DeployParametersInvalid(problems);
  return parameters;
}

/** The council's, inviter's and providers' accounts of a local chain. */
export const LOCAL_INVITER = localAccount(LOCAL_ACCOUNTS.inviter);
export const LOCAL_PROVIDERS: readonly Address[] = LOCAL_ACCOUNTS.providers.map((index) => localAccount(index).address);
