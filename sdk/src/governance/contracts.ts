import type { Abi, Address } from "viem";
import type { ContractName, Deployment } from "../deployments.ts";
import {
  accessManagerAbi,
  erc20PermitAbi,
  everGovernorAbi,
  everTokenAbi,
  feeRouterAbi,
  guardianAbi,
  insurancePoolAbi,
  inviteRegistryAbi,
  ledgerAbi,
  providerRegistryAbi,
  serviceCatalogAbi,
  stakeVaultAbi,
  timelockControllerAbi,
} from "../generated/abis.ts";

/** This deployment is older than the governor. */
export class GovernorMissing extends Error {
  override readonly name = "GovernorMissing";
  constructor() {
    super("This deployment has no governor. Use one that has.");
  }
}

/** The governor of a deployment. Throws {@link GovernorMissing}. */
export function governorOf({ contracts }: Deployment) {
  if (!contracts.EverGovernor) throw new GovernorMissing();
  return { address: contracts.EverGovernor, abi: everGovernorAbi } as const;
}

/** The guardian's contract of a deployment. Throws {@link GovernorMissing}. */
export function guardianOf({ contracts }: Deployment) {
  if (!contracts.Guardian) throw new GovernorMissing();
  return { address: contracts.Guardian, abi: guardianAbi } as const;
}

/** The timelock of a deployment. Throws {@link GovernorMissing}. */
export function timelockOf({ contracts }: Deployment) {
  if (!contracts.TimelockController) throw new GovernorMissing();
  return { address: contracts.TimelockController, abi: timelockControllerAbi } as const;
}

/** What proposals call, by the contracts' names: what the timelock rules, and where it may own something. */
export const GOVERNED = {
  ServiceCatalog: serviceCatalogAbi,
  InviteRegistry: inviteRegistryAbi,
  ProviderRegistry: providerRegistryAbi,
  StakeVault: stakeVaultAbi,
  FeeRouter: feeRouterAbi,
  InsurancePool: insurancePoolAbi,
  EverToken: everTokenAbi,
  Ledger: ledgerAbi,
  PaymentToken: erc20PermitAbi,
  EverGovernor: everGovernorAbi,
  Guardian: guardianAbi,
  TimelockController: timelockControllerAbi,
  AccessManager: accessManagerAbi,
} as const satisfies Partial<Record<ContractName, Abi>>;

/** Name of a contract that proposals call. */
export type GovernedName = keyof typeof GOVERNED;

/** A governed contract behind an address; undefined when it is none of this deployment. */
export function governedContract(
  { contracts }: Deployment,
  address: Address,
): { name: GovernedName; abi: Abi } | undefined {
  const names = Object.keys(GOVERNED) as GovernedName[];
  const name = names.find((each) => contracts[each]?.toLowerCase() === address.toLowerCase());
  return name && { name, abi: GOVERNED[name] };
}

/** Name of one of the deployment's contracts, or the address as it is. */
export function nameOf({ contracts }: Deployment, address: Address): string {
  const [name] = Object.entries(contracts).find(([, each]) => each?.toLowerCase() === address.toLowerCase()) ?? [];
  return name ?? address;
}
