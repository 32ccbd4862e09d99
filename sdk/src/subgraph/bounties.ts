import { type Address, getAddress, type Hex } from "viem";
import type { Query, Subgraph } from "./client.ts";

/** A bounty that can be earned, now or later. */
export interface OfferedBounty {
  provider: Address;
  /** Whose exit it is for. */
  account: Address;
  /** Native coin. */
  amountWei: bigint;
  /** Number of the tranche that must be paid out. */
  tranche: number;
  /** From when it can be. Unix seconds. */
  thawsAt: number;
}

interface SentBounty {
  provider: { id: Hex };
  account: { id: Hex };
  amountWei: string;
  tranche: { number: string; thawsAt: string };
}

/** Bounties for exits, the highest first. Those whose tranche somebody paid out without them can only be taken back, and are left out. */
export async function listExitBounties(
  subgraph: Subgraph,
  { first = 100 }: { first?: number } = {},
  signal?: AbortSignal,
): Promise<OfferedBounty[]> {
  const { exitBounties } = await subgraph.ask(BOUNTIES, { first }, signal);
  return exitBounties.map(({ provider, account, amountWei, tranche }) => ({
    provider: getAddress(provider.id),
    account: getAddress(account.id),
    amountWei: BigInt(amountWei),
    tranche: Number(tranche.number),
    thawsAt: Number(tranche.thawsAt),
  }));
}
export const BOUNTIES: Query<{ first: number }, { exitBounties: SentBounty[] }> = {
  document: `query Bounties($first: Int!) {
    exitBounties(first: $first, orderBy: amountWei, orderDirection: desc, where: { amountWei_gt: 0, tranche_: { shares_gt: 0 } }) {
      provider { id }
      account { id }
      amountWei
      tranche { number thawsAt }
    }
  }`,
};
