import type { Abi, Address } from "viem";
import type { ContractName, Deployment } from "../deployments.ts";
import {
  accessManagerAbi,
  everGovernorAbi,
  everTokenAbi,
  guardianAbi,
  inviteRegistryAbi,
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

/** What proposals call, by the contracts' names. */
const GOVERNED = {
  ServiceCatalog: serviceCatalogAbi,
  InviteRegistry: inviteRegistryAbi,
  ProviderRegistry: providerRegistryAbi,
  StakeVault: stakeVaultAbi,
  EverToken: everTokenAbi,
  EverGovernor: everGovernorAbi,
  Guardian: guardianAbi,
  TimelockController: timelockControllerAbi,
  AccessManager: accessManagerAbi,
} as const satisfies Partial<Record<ContractName, Abi>>;

/** A governed contract behind an address; undefined when it is none of this deployment. */
export function governedContract(
  { contracts }: Deployment,
  address: Address,
): { name: keyof typeof GOVERNED; abi: Abi } | undefined {
  const names = Object.keys(GOVERNED) as (keyof typeof GOVERNED)[];
  const name = names.find((each) => contracts[each]?.toLowerCase() === address.toLowerCase());
  return name && { name, abi: GOVERNED[name] };
}

/** Name of one of the deployment's contracts, or the address as it is. */
export function nameOf({ contracts }: Deployment, address: Address): string {
  const [name] = Object.entries(contracts).find(([, each]) => each?.toLowerCase() === address.toLowerCase()) ?? [];
  return name ?? address;
}
