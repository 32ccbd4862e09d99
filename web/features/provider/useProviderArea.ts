"use client";

import type { Cut } from "@4ever/sdk/pools";
import { type Address, getAddress, type Hex } from "viem";
import { useConnection } from "wagmi";
import { OWN_PROVIDER } from "@/features/provider/queries";
import { useAppConfig } from "@/lib/config-context";
import type { TokenUnit } from "@/lib/format/money";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

export type Phase = "CLOSED" | "INVITE" | "OPEN";
export type LedgerToken = TokenUnit & { address: Address; tokenId: number };

export interface Service {
  id: Hex;
  name: string;
  unitBytes: bigint;
  /** EVER base units that back one unit. */
  stakePerUnit: bigint;
  feeBps: number;
  maxTermPeriods: number;
}

export interface OwnOffer {
  offerId: number;
  unitPrice: bigint;
  capacityBytes: bigint;
  freeBytes: bigint;
  minTermPeriods: number;
  region: string;
  isActive: boolean;
  dealCount: number;
  service: { id: Hex; name: string };
  token: LedgerToken;
}

export interface Allocation {
  serviceId: Hex;
  /** EVER base units. */
  amount: bigint;
  reserved: bigint;
}

/** A proving set. `operator` is the key that may add to it and prove it, which can be another than the provider's present one. */
export interface OwnSet {
  id: Hex;
  setId: bigint;
  operator: Address;
  liveBytes: bigint;
  livePieceCount: number;
}

/** A provider whose keeper runs with the connected account. */
export interface OperatedProvider {
  address: Address;
  name: string;
  operator: Address;
  endpoint: string;
}

/** Own stake that began to thaw at one time. EVER base units; Unix seconds. */
export interface OwnTranche {
  number: number;
  amount: bigint;
  thawsAt: number;
}

/** A registered provider. Stake is EVER base units; moments are Unix seconds. */
export interface OwnProvider {
  address: Address;
  name: string;
  endpoint: string;
  operator: Address | undefined;
  group: number;
  registeredAt: number | undefined;
  isJailed: boolean;
  activeStake: bigint;
  allocatedStake: bigint;
  /** What it can allocate: own stake, and what is delegated up to eight times that. */
  capacityStake: bigint;
  delegatedStake: bigint;
  delegatedThawingStake: bigint;
  /** Rewards that its own stake, its cut included, and its delegators ever got. */
  rewardedStake: bigint;
  rewardedDelegation: bigint;
  cut: Cut;
  thawingStake: bigint;
  /** What open cases hold back. */
  frozenStake: bigint;
  /** Oldest first. */
  tranches: readonly OwnTranche[];
  slashedStake: bigint;
  dealCount: number;
  activeDealCount: number;
  liveBytes: bigint;
  proofCount: number;
  missedCount: number;
  offers: readonly OwnOffer[];
  allocations: readonly Allocation[];
  provingSets: readonly OwnSet[];
  earnings: readonly { token: LedgerToken; earned: bigint; paid: bigint; fees: bigint }[];
}

/** What there is to know before and after registering. `provider` is null for an account that never registered or staked. */
export interface ProviderArea {
  provider: OwnProvider | null;
  operated: readonly OperatedProvider[];
  phase: Phase;
  services: readonly Service[];
  tokens: readonly LedgerToken[];
}

interface TokenRow {
  address: Hex;
  symbol: string;
  decimals: number;
  tokenId: string;
}
interface ServiceRow {
  id: Hex;
  name: string;
  unitBytes: string;
  stakePerUnit: string;
  feeBps: number;
  maxTermPeriods: number;
}
interface ProviderRow {
  id: Hex;
  name: string;
  endpoint: string;
  operator: Hex | null;
  group: string;
  registeredAt: string | null;
  jailed: boolean;
  activeStake: string;
  allocatedStake: string;
  capacityStake: string;
  delegatedStake: string;
  delegatedThawingStake: string;
  rewardedStake: string;
  rewardedDelegation: string;
  cutBps: number;
  nextCutBps: number;
  cutChangesAt: string;
  thawingStake: string;
  frozenStake: string;
  ownThawingIndex: string;
  ownThawingEpoch: number;
  tranches: { number: string; shares: string; epoch: number; thawsAt: string }[];
  slashedStake: string;
  dealCount: number;
  activeDealCount: number;
  liveBytes: string;
  proofCount: number;
  missedCount: number;
  offers: {
    offerId: string;
    unitPrice: string;
    capacityBytes: string;
    freeBytes: string;
    minTermPeriods: number;
    region: string;
    active: boolean;
    dealCount: number;
    service: { id: Hex; name: string };
    token: TokenRow;
  }[];
  allocations: { serviceId: Hex; amount: string; reserved: string }[];
  provingSets: { id: Hex; setId: string; operator: Hex; liveBytes: string; livePieceCount: number }[];
  earnings: { token: TokenRow; earned: string; paid: string; fees: string }[];
}
interface Response {
  provider: ProviderRow | null;
  operated: { id: Hex; name: string; operator: Hex; endpoint: string }[];
  network: { phase: Phase } | null;
  services: ServiceRow[];
  tokens: TokenRow[];
}

const tokenFrom = (row: TokenRow): LedgerToken => ({
  ...row,
  address: getAddress(row.address),
  tokenId: Number(row.tokenId),
});

function providerFrom(row: ProviderRow): OwnProvider {
  return {
    address: getAddress(row.id),
    name: row.name,
    endpoint: row.endpoint,
    operator: row.operator ? getAddress(row.operator) : undefined,
    group: Number(row.group),
    registeredAt: row.registeredAt === null ? undefined : Number(row.registeredAt),
    isJailed: row.jailed,
    activeStake: BigInt(row.activeStake),
    allocatedStake: BigInt(row.allocatedStake),
    capacityStake: BigInt(row.capacityStake),
    delegatedStake: BigInt(row.delegatedStake),
    delegatedThawingStake: BigInt(row.delegatedThawingStake),
    rewardedStake: BigInt(row.rewardedStake),
    rewardedDelegation: BigInt(row.rewardedDelegation),
    cut: { bps: row.cutBps, nextBps: row.nextCutBps, changesAt: Number(row.cutChangesAt) },
    thawingStake: BigInt(row.thawingStake),
    frozenStake: BigInt(row.frozenStake),
    tranches: row.tranches.map(({ number, shares, epoch, thawsAt }) => ({
      number: Number(number),
      // Shares of an earlier epoch are worth nothing: a slash took all of them.
      amount: epoch === row.ownThawingEpoch ? (BigInt(shares) * BigInt(row.ownThawingIndex)) >> 64n : 0n,
      thawsAt: Number(thawsAt),
    })),
    slashedStake: BigInt(row.slashedStake),
    dealCount: row.dealCount,
    activeDealCount: row.activeDealCount,
    liveBytes: BigInt(row.liveBytes),
    proofCount: row.proofCount,
    missedCount: row.missedCount,
    offers: row.offers.map(({ active, ...offer }) => ({
      ...offer,
      offerId: Number(offer.offerId),
      unitPrice: BigInt(offer.unitPrice),
      capacityBytes: BigInt(offer.capacityBytes),
      freeBytes: BigInt(offer.freeBytes),
      isActive: active,
      token: tokenFrom(offer.token),
    })),
    allocations: row.allocations.map(({ serviceId, amount, reserved }) => ({
      serviceId,
      amount: BigInt(amount),
      reserved: BigInt(reserved),
    })),
    provingSets: row.provingSets.map((set) => ({
      ...set,
      setId: BigInt(set.setId),
      operator: getAddress(set.operator),
      liveBytes: BigInt(set.liveBytes),
    })),
    earnings: row.earnings.map(({ token, earned, paid, fees }) => ({
      token: tokenFrom(token),
      earned: BigInt(earned),
      paid: BigInt(paid),
      fees: BigInt(fees),
    })),
  };
}

const LOCAL_REFRESH_MS = 3_000;
const REFRESH_MS = 15_000;

/** The provider behind the connected account, with what it can choose from. Disabled without an account. */
export function useProviderArea() {
  const subgraph = useSubgraph();
  const { chain } = useAppConfig();
  const { address } = useConnection();
  return useLiveQuery({
    queryKey: ["provider-area", address],
    enabled: address !== undefined,
    refetchInterval: chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS,
    queryFn: async ({ signal }): Promise<ProviderArea> => {
      const { provider, operated, network, services, tokens } = await subgraph.request<Response>({
        document: OWN_PROVIDER,
        variables: { id: address?.toLowerCase(), account: address?.toLowerCase() },
        signal,
      });
      return {
        provider: provider ? providerFrom(provider) : null,
        operated: operated.map(({ id, operator, ...rest }) => ({
          ...rest,
          address: getAddress(id),
          operator: getAddress(operator),
        })),
        phase: network?.phase ?? "CLOSED",
        services: services.map((service) => ({
          ...service,
          unitBytes: BigInt(service.unitBytes),
          stakePerUnit: BigInt(service.stakePerUnit),
        })),
        tokens: tokens.map(tokenFrom),
      };
    },
  });
}
