import { type Address, getAddress, isAddress, zeroAddress } from "viem";
import * as z from "zod/mini"; // half of what `zod` weighs in a browser
import en from "zod/v4/locales/en.js";

z.config(en());

const address = z.pipe(
  z
    .string()
    .check(
      z.refine(
        (text) => isAddress(text, { strict: false }) && text !== zeroAddress,
        "is not the address of a contract",
      ),
    ),
  z.transform((text): Address => getAddress(text)),
);
const count = z.int().check(z.nonnegative());

const contracts = z.object({
  EverToken: address,
  /** ERC-20 that deals are paid in by default; offers name their own. */
  PaymentToken: address,
  Ledger: address,
  DealPayments: address,
  DealMarket: address,
  PossessionProofs: address,
  RandomBeacon: address,
  StakeVault: address,
  ProviderRegistry: address,
  InviteRegistry: address,
  ServiceCatalog: address,
  /** Earlier deployments have none. */
  UsageChannels: z.optional(address),
  /** Earlier deployments pay their fees to the timelock. */
  FeeRouter: z.optional(address),
  InsurancePool: z.optional(address),
  RewardPool: z.optional(address),
  /** Bounties for paying out thawed stake; earlier deployments have none. */
  ExitBounties: z.optional(address),
  /** Read-only views; earlier deployments have none. */
  NetworkLens: z.optional(address),
  AccessManager: z.optional(address),
  TimelockController: z.optional(address),
  /** Votes of EVER and of stake; earlier deployments have none. */
  EverGovernor: z.optional(address),
  /** Pauses new entries; earlier deployments have none. */
  Guardian: z.optional(address),
  /** Proposes beside the governor for its term; only where the deployment named one. */
  Council: z.optional(address),
  /** On local chains only. */
  Faucet: z.optional(address),
});

/** What was passed to the constructors, so that nobody has to ask the chain. Spans in seconds or periods, moments in Unix seconds. */
const parameters = z.object({
  originAt: count,
  periodSeconds: count,
  proofWindowSeconds: count,
  retrySeconds: count,
  acceptSeconds: count,
  gracePeriods: count,
  noticePeriods: count,
  holdbackPeriods: count,
  unbondingSeconds: count,
  refundDelaySeconds: count,
  feeRecipient: address,
});

const schema = z.object({
  /** Name of the network, as a graph-node and the subgraph's manifest call it. */
  network: z.string().check(z.minLength(1)),
  chainId: z.int().check(z.positive()),
  /** Height of the first contract's block: nothing of ours happened before it. */
  startBlock: count,
  contracts,
  parameters,
});

/** One deployment of the protocol: addresses by the contracts' names, and the parameters that are fixed in them. */
export type Deployment = z.infer<typeof schema>;
/** Addresses by the contracts' names. */
export type Contracts = Deployment["contracts"];
/** Name of a contract of the protocol. */
export type ContractName = keyof Contracts;
/** What is fixed for ever in the contracts of a deployment. */
export type Parameters = Deployment["parameters"];

/** A deployment cannot be used. `problems` are sentences that name each wrong field. */
export class DeploymentError extends Error {
  override readonly name = "DeploymentError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[], cause?: unknown) {
    super(`The deployment cannot be used. ${problems.join(" ")}`, { cause });
    this.problems = problems;
  }
}

/** Checks an untrusted deployment, such as parsed JSON. Throws {@link DeploymentError}. */
export function parseDeployment(input: unknown): Deployment {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new DeploymentError(
    result.error.issues.map(({ path, message }) => `${path.length ? path.join(".") : "The file"}: ${message}.`),
    result.error,
  );
}
