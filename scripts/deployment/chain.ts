import { type Address, getAddress, type PublicClient, zeroHash } from "viem";
import {
  accessManagerAbi,
  dealMarketAbi,
  dealPaymentsAbi,
  everTokenAbi,
  ledgerAbi,
  localUsdAbi,
  randomBeaconAbi,
  stakeVaultAbi,
  timelockControllerAbi,
} from "../../sdk/src/generated/abis.ts";
import { type DeployedContracts, type DeploymentRecord, type Identity, isSame, type ListedToken } from "./record.ts";

/** Whether a record is of this very chain, code and parameters, and the chain still has its contracts. */
export async function isDeployed(client: PublicClient, record: DeploymentRecord, identity: Identity): Promise<boolean> {
  if (!isSame(record, identity)) return false;
  const codes = await Promise.all(Object.values(record.contracts).map((address) => client.getCode({ address })));
  return codes.every((code) => code !== undefined);
}

/** The parameters as the contracts themselves tell them. */
export async function readParameters(client: PublicClient, contracts: DeployedContracts) {
  const { RandomBeacon, DealMarket, DealPayments, StakeVault, Ledger } = contracts;
  const beacon = { address: RandomBeacon, abi: randomBeaconAbi } as const;
  const market = { address: DealMarket, abi: dealMarketAbi } as const;
  const [origin, period, proofWindow, retry, accept, grace, notice, holdback, unbonding, refundDelay, feeRecipient] =
    await Promise.all([
      client.readContract({ ...beacon, functionName: "ORIGIN" }),
      client.readContract({ ...beacon, functionName: "PERIOD_SECONDS" }),
      client.readContract({ ...beacon, functionName: "PROOF_WINDOW_SECONDS" }),
      client.readContract({ ...beacon, functionName: "RETRY_SECONDS" }),
      client.readContract({ ...market, functionName: "ACCEPT_SECONDS" }),
      client.readContract({ ...market, functionName: "GRACE_PERIODS" }),
      client.readContract({ ...market, functionName: "NOTICE_PERIODS" }),
      client.readContract({ address: DealPayments, abi: dealPaymentsAbi, functionName: "HOLDBACK_PERIODS" }),
      client.readContract({ address: StakeVault, abi: stakeVaultAbi, functionName: "UNBONDING_SECONDS" }),
      client.readContract({ address: Ledger, abi: ledgerAbi, functionName: "REFUND_DELAY" }),
      client.readContract({ address: Ledger, abi: ledgerAbi, functionName: "FEE_RECIPIENT" }),
    ]);
  return {
    originAt: Number(origin),
    periodSeconds: Number(period),
    proofWindowSeconds: Number(proofWindow),
    retrySeconds: Number(retry),
    acceptSeconds: Number(accept),
    gracePeriods: Number(grace),
    noticePeriods: Number(notice),
    holdbackPeriods: Number(holdback),
    unbondingSeconds: Number(unbonding),
    refundDelaySeconds: Number(refundDelay),
    feeRecipient: getAddress(feeRecipient),
  };
}

/** What the ledger and the tokens tell of the listed payment tokens. */
export async function readTokens(
  client: PublicClient,
  ledger: Address,
  tokens: readonly Address[],
): Promise<ListedToken[]> {
  return await Promise.all(
    tokens.map(async (address) => {
      const [tokenId, symbol, decimals] = await Promise.all([
        client.readContract({ address: ledger, abi: ledgerAbi, functionName: "tokenIdOf", args: [address] }),
        client.readContract({ address, abi: localUsdAbi, functionName: "symbol" }),
        client.readContract({ address, abi: localUsdAbi, functionName: "decimals" }),
      ]);
      return { tokenId, address: getAddress(address), symbol, decimals };
    }),
  );
}

/** The deployer kept power or tokens, or the timelock did not get them. */
export class HandoverIncomplete extends Error {
  override readonly name = "HandoverIncomplete";
}

/** Checks that the deployer handed everything over. Throws {@link HandoverIncomplete}. */
export async function assertHandover(
  client: PublicClient,
  contracts: DeployedContracts,
  deployer: Address,
): Promise<void> {
  const manager = { address: contracts.AccessManager, abi: accessManagerAbi } as const;
  const adminRole = await client.readContract({ ...manager, functionName: "ADMIN_ROLE" });
  const isAdmin = (account: Address) =>
    client.readContract({ ...manager, functionName: "hasRole", args: [adminRole, account] });
  const timelock = { address: contracts.TimelockController, abi: timelockControllerAbi } as const;
  const [administersTimelock, [deployerIsAdmin], [timelockIsAdmin], left] = await Promise.all([
    client.readContract({ ...timelock, functionName: "hasRole", args: [zeroHash, deployer] }),
    isAdmin(deployer),
    isAdmin(contracts.TimelockController),
    client.readContract({
      address: contracts.EverToken,
      abi: everTokenAbi,
      functionName: "balanceOf",
      args: [deployer],
    }),
  ]);
  if (administersTimelock) throw new HandoverIncomplete(`The deployer ${deployer} still administers the timelock.`);
  if (deployerIsAdmin) throw new HandoverIncomplete(`The deployer ${deployer} still administers the access manager.`);
  if (!timelockIsAdmin) throw new HandoverIncomplete("The timelock does not administer the access manager.");
  if (left !== 0n) throw new HandoverIncomplete(`The deployer ${deployer} still has ${left} base units of EVER.`);
}
