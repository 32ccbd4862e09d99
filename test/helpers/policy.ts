import type { NetworkConnection } from "hardhat/types/network";
import { type Address, keccak256, parseEther, stringToHex } from "viem";

/** Everything that `network.create()` returns. */
export type Connection = NetworkConnection;

export const GIB = 2n ** 30n;
export const UNBONDING_SECONDS = 300n;
export const VOTES_STEP_SECONDS = 60n;
/** What each of the first accounts holds of EVER at first. Base units. */
export const GENESIS_EVER = parseEther("1000000");
/** EVER base units that must back one GiB. */
export const STAKE_PER_GIB = parseEther("1");
export const FEE_BPS = 100;
export const MAX_TERM_PERIODS = 3_660;

/** Id of a service, as the catalogue derives it from its name. */
export function serviceIdOf(name: string): `0x${string}` {
  return keccak256(stringToHex(name));
}
export const HOSTING = serviceIdOf("hosting");

/**
 * The policy contracts, governed by `governor`: an account that is the access manager's only administrator, where a deployment has the
 * timelock. The catalogue lists `hosting`, the network is open, nothing is staked, and no market or token is listed.
 */
export async function deployPolicy({ viem }: Connection) {
  const [governor, provider, operator, customer, market, stranger] = await viem.getWalletClients();
  if (!governor || !provider || !operator || !customer || !market || !stranger) throw new Error("too few accounts");
  const holders = [provider, customer, stranger].map((holder): Address => holder.account.address);
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const ever = await viem.deployContract("EverToken", [holders, holders.map(() => GENESIS_EVER), manager.address]);
  const vault = await viem.deployContract("StakeVault", [
    ever.address,
    UNBONDING_SECONDS,
    VOTES_STEP_SECONDS,
    manager.address,
  ]);
  const catalog = await viem.deployContract("ServiceCatalog", [manager.address]);
  const invites = await viem.deployContract("InviteRegistry", [manager.address]);
  const registry = await viem.deployContract("ProviderRegistry", [invites.address, catalog.address, manager.address]);
  await invites.write.setGate([registry.address]);
  await invites.write.setPhase([Phase.Open]);
  await catalog.write.setService(["hosting", GIB, STAKE_PER_GIB, 1, FEE_BPS, MAX_TERM_PERIODS, true]);
  return { manager, ever, vault, catalog, invites, registry, governor, provider, operator, customer, market, stranger };
}

/** `IInviteRegistry.Phase`. */
export const Phase = { Closed: 0, Invite: 1, Open: 2 } as const;
