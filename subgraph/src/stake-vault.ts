import { Address, BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import {
  Allocated,
  CutChanged,
  Delegated,
  PoolIndexChanged,
  ReservationChanged,
  Slashed,
  StakeFreezeChanged,
  StakeMarketChanged,
  StakeRewarded,
  StakeWithdrawn,
  Staked,
  ThawStarted,
  Undelegated,
} from "../generated/StakeVault/StakeVault";
import {
  Allocation,
  CutChange,
  Delegation,
  Freeze,
  Provider,
  Reward,
  Service,
  Slash,
  StakeDeposit,
  StakeWithdrawal,
  Thaw,
  Tranche,
} from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { allocationIdOf, delegationIdOf, eventIdOf, freezeIdOf, trancheIdOf } from "./ids";
import { loadOrCreateMarket } from "./market";
import { loadNetwork, saveNetwork } from "./network";
import { ZERO } from "./numbers";
import { loadOrCreateProvider } from "./provider";

/** Times its own active stake that a provider's delegations count: the vault's `MAX_DELEGATION_RATIO`. */
const MAX_DELEGATION_RATIO = BigInt.fromI32(8);
/** `IStakeVault.PoolKind`. */
const POOL_DELEGATED = 0;
const POOL_DELEGATED_THAWING = 1;

export function handleStaked(event: Staked): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.activeStake = event.params.active;
  saveProvider(provider);
  const network = loadNetwork();
  network.activeStake = network.activeStake.plus(event.params.amount);
  saveNetwork(event, network);
  keepDeposit(event, event.params.provider, event.params.from, event.params.amount, null);
}

export function handleDelegated(event: Delegated): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.delegatedStake = provider.delegatedStake.plus(event.params.amount);
  saveProvider(provider);
  moveDelegated(event, event.params.amount);
  const delegation = loadOrCreateDelegation(provider, event.params.delegator);
  delegation.deposited = delegation.deposited.plus(event.params.amount);
  saveDelegation(event, delegation, provider, event.params.held);
  keepDeposit(event, event.params.provider, event.params.delegator, event.params.amount, event.params.shares);
}

/** What it thaws is told by the `ThawStarted` that follows. */
export function handleUndelegated(event: Undelegated): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.delegatedStake = provider.delegatedStake.minus(event.params.amount);
  saveProvider(provider);
  moveDelegated(event, event.params.amount.neg());
  const delegation = loadOrCreateDelegation(provider, event.params.delegator);
  delegation.undelegated = delegation.undelegated.plus(event.params.amount);
  saveDelegation(event, delegation, provider, event.params.held);
}

export function handleAllocated(event: Allocated): void {
  const allocation = loadOrCreateAllocation(event.params.provider, event.params.serviceId);
  changeAllocation(event, allocation, event.params.amount.minus(allocation.amount));
}

export function handleReservationChanged(event: ReservationChanged): void {
  const allocation = loadOrCreateAllocation(event.params.provider, event.params.serviceId);
  allocation.reserved = event.params.reserved;
  allocation.updatedAt = event.block.timestamp;
  allocation.save();
}

/** Own stake stops being active here; of delegated stake `Undelegated` has told it. */
export function handleThawStarted(event: ThawStarted): void {
  const params = event.params;
  const isOwn = params.account.equals(params.provider);
  const provider = loadOrCreateProvider(params.provider);
  const network = loadNetwork();
  if (isOwn) {
    provider.activeStake = provider.activeStake.minus(params.amount);
    provider.thawingStake = provider.thawingStake.plus(params.amount);
    network.activeStake = network.activeStake.minus(params.amount);
  } else {
    provider.delegatedThawingStake = provider.delegatedThawingStake.plus(params.amount);
  }
  saveProvider(provider);
  network.thawingStake = network.thawingStake.plus(params.amount);
  saveNetwork(event, network);

  const id = trancheIdOf(params.provider, params.account, params.tranche);
  const known = Tranche.load(id);
  const tranche = known ? known : new Tranche(id);
  if (!known) {
    tranche.provider = provider.id;
    tranche.account = loadOrCreateAccount(params.account).id;
    tranche.number = params.tranche;
    tranche.isOwn = isOwn;
    tranche.withdrawn = ZERO;
  }
  tranche.shares = params.shares;
  tranche.epoch = isOwn ? provider.ownThawingEpoch : provider.thawingPoolEpoch;
  tranche.thawsAt = params.thawsAt;
  tranche.save();

  const thaw = new Thaw(eventIdOf(event));
  thaw.provider = provider.id;
  thaw.account = params.account;
  thaw.tranche = id;
  thaw.amount = params.amount;
  thaw.thawsAt = params.thawsAt;
  thaw.blockNumber = event.block.number;
  thaw.timestamp = event.block.timestamp;
  thaw.transactionHash = event.transaction.hash;
  thaw.save();
}

export function handleStakeWithdrawn(event: StakeWithdrawn): void {
  const params = event.params;
  const provider = loadOrCreateProvider(params.provider);
  if (params.account.equals(params.provider)) provider.thawingStake = provider.thawingStake.minus(params.amount);
  else provider.delegatedThawingStake = provider.delegatedThawingStake.minus(params.amount);
  provider.save();
  const network = loadNetwork();
  network.thawingStake = network.thawingStake.minus(params.amount);
  saveNetwork(event, network);

  const id = trancheIdOf(params.provider, params.account, params.tranche);
  const tranche = Tranche.load(id);
  if (tranche) {
    tranche.shares = tranche.shares.minus(params.shares);
    tranche.withdrawn = tranche.withdrawn.plus(params.amount);
    tranche.save();
  }

  const withdrawal = new StakeWithdrawal(eventIdOf(event));
  withdrawal.provider = provider.id;
  withdrawal.account = params.account;
  withdrawal.tranche = id;
  withdrawal.amount = params.amount;
  withdrawal.blockNumber = event.block.number;
  withdrawal.timestamp = event.block.timestamp;
  withdrawal.transactionHash = event.transaction.hash;
  withdrawal.save();
}

/** What is taken from active stake is taken from the service's allocation first, as far as it goes. */
export function handleSlashed(event: Slashed): void {
  const params = event.params;
  const allocation = loadOrCreateAllocation(params.provider, params.serviceId);
  const fromActive = params.fromActive.plus(params.fromDelegated);
  const fromThawing = params.fromThawing.plus(params.fromDelegatedThawing);
  const fromAllocation = fromActive.lt(allocation.amount) ? fromActive : allocation.amount;
  changeAllocation(event, allocation, fromAllocation.neg());

  const taken = fromActive.plus(fromThawing);
  const provider = loadOrCreateProvider(params.provider);
  provider.activeStake = provider.activeStake.minus(params.fromActive);
  provider.thawingStake = provider.thawingStake.minus(params.fromThawing);
  provider.delegatedStake = provider.delegatedStake.minus(params.fromDelegated);
  provider.delegatedThawingStake = provider.delegatedThawingStake.minus(params.fromDelegatedThawing);
  provider.slashedStake = provider.slashedStake.plus(taken);
  saveProvider(provider);
  const network = loadNetwork();
  network.activeStake = network.activeStake.minus(fromActive);
  network.delegatedStake = network.delegatedStake.minus(params.fromDelegated);
  network.thawingStake = network.thawingStake.minus(fromThawing);
  network.slashedStake = network.slashedStake.plus(taken);
  saveNetwork(event, network);

  const slash = new Slash(eventIdOf(event));
  slash.provider = provider.id;
  slash.serviceId = params.serviceId;
  slash.reason = params.reason;
  slash.fromActive = params.fromActive;
  slash.fromThawing = params.fromThawing;
  slash.fromDelegated = params.fromDelegated;
  slash.fromDelegatedThawing = params.fromDelegatedThawing;
  slash.recipient = params.recipient;
  slash.blockNumber = event.block.number;
  slash.timestamp = event.block.timestamp;
  slash.transactionHash = event.transaction.hash;
  slash.save();
}

export function handleStakeRewarded(event: StakeRewarded): void {
  const params = event.params;
  const provider = loadOrCreateProvider(params.provider);
  provider.activeStake = provider.activeStake.plus(params.toOwn);
  provider.delegatedStake = provider.delegatedStake.plus(params.toPool);
  provider.rewardedStake = provider.rewardedStake.plus(params.toOwn);
  provider.rewardedDelegation = provider.rewardedDelegation.plus(params.toPool);
  saveProvider(provider);
  const network = loadNetwork();
  network.activeStake = network.activeStake.plus(params.toOwn).plus(params.toPool);
  network.delegatedStake = network.delegatedStake.plus(params.toPool);
  saveNetwork(event, network);

  const reward = new Reward(eventIdOf(event));
  reward.provider = provider.id;
  reward.from = params.from;
  reward.toOwn = params.toOwn;
  reward.toPool = params.toPool;
  reward.cut = params.cut;
  reward.blockNumber = event.block.number;
  reward.timestamp = event.block.timestamp;
  reward.transactionHash = event.transaction.hash;
  reward.save();
}

export function handlePoolIndexChanged(event: PoolIndexChanged): void {
  const provider = loadOrCreateProvider(event.params.provider);
  const epoch = event.params.epoch.toI32();
  if (event.params.pool == POOL_DELEGATED) {
    provider.poolIndex = event.params.index;
    provider.poolEpoch = epoch;
  } else if (event.params.pool == POOL_DELEGATED_THAWING) {
    provider.thawingPoolIndex = event.params.index;
    provider.thawingPoolEpoch = epoch;
  } else {
    provider.ownThawingIndex = event.params.index;
    provider.ownThawingEpoch = epoch;
  }
  provider.save();
}

/** A rise tells its notice, a fall its own second: what held until then is what holds while a rise is announced. */
export function handleCutChanged(event: CutChanged): void {
  const provider = loadOrCreateProvider(event.params.provider);
  if (event.block.timestamp.ge(provider.cutChangesAt)) provider.cutBps = provider.nextCutBps;
  provider.nextCutBps = event.params.cutBps;
  provider.cutChangesAt = event.params.changesAt;
  if (event.block.timestamp.ge(provider.cutChangesAt)) provider.cutBps = provider.nextCutBps;
  provider.save();

  const change = new CutChange(eventIdOf(event));
  change.provider = provider.id;
  change.cutBps = event.params.cutBps;
  change.changesAt = event.params.changesAt;
  change.blockNumber = event.block.number;
  change.timestamp = event.block.timestamp;
  change.transactionHash = event.transaction.hash;
  change.save();
}

export function handleStakeFreezeChanged(event: StakeFreezeChanged): void {
  const params = event.params;
  const provider = loadOrCreateProvider(params.provider);
  const id = freezeIdOf(params.provider, params.caseId);
  const known = Freeze.load(id);
  const freeze = known ? known : new Freeze(id);
  const before = known ? known.amount : ZERO;
  provider.frozenStake = provider.frozenStake.plus(params.amount).minus(before);
  provider.save();
  freeze.provider = provider.id;
  freeze.caseId = params.caseId;
  freeze.amount = params.amount;
  freeze.endsAt = params.endsAt;
  freeze.save();
}

export function handleStakeMarketChanged(event: StakeMarketChanged): void {
  const market = loadOrCreateMarket(event.params.market);
  market.reservesStake = event.params.allowed;
  market.save();
}

/** Saves a provider whose active stake has changed, and what follows from it. */
function saveProvider(provider: Provider): void {
  const carried = provider.activeStake.times(MAX_DELEGATION_RATIO);
  const counted = provider.delegatedStake.lt(carried) ? provider.delegatedStake : carried;
  provider.capacityStake = provider.activeStake.plus(counted);
  provider.save();
}

/** Changes the totals for stake that was delegated, or with a negative amount undelegated. */
function moveDelegated(event: ethereum.Event, amount: BigInt): void {
  const network = loadNetwork();
  network.activeStake = network.activeStake.plus(amount);
  network.delegatedStake = network.delegatedStake.plus(amount);
  saveNetwork(event, network);
}

function loadOrCreateDelegation(provider: Provider, delegator: Address): Delegation {
  const id = delegationIdOf(Address.fromBytes(provider.id), delegator);
  const known = Delegation.load(id);
  if (known) return known;

  const delegation = new Delegation(id);
  delegation.provider = provider.id;
  delegation.delegator = loadOrCreateAccount(delegator).id;
  delegation.deposited = ZERO;
  delegation.undelegated = ZERO;
  return delegation;
}

function saveDelegation(event: ethereum.Event, delegation: Delegation, provider: Provider, shares: BigInt): void {
  delegation.shares = shares;
  delegation.epoch = provider.poolEpoch;
  delegation.updatedAt = event.block.timestamp;
  delegation.save();
}

function keepDeposit(
  event: ethereum.Event,
  provider: Address,
  from: Address,
  amount: BigInt,
  shares: BigInt | null,
): void {
  const deposit = new StakeDeposit(eventIdOf(event));
  deposit.provider = provider;
  deposit.from = from;
  deposit.amount = amount;
  deposit.shares = shares;
  deposit.blockNumber = event.block.number;
  deposit.timestamp = event.block.timestamp;
  deposit.transactionHash = event.transaction.hash;
  deposit.save();
}

/** Changes what backs a service, with the totals of service, provider and network. */
function changeAllocation(event: ethereum.Event, allocation: Allocation, change: BigInt): void {
  allocation.amount = allocation.amount.plus(change);
  allocation.updatedAt = event.block.timestamp;
  allocation.save();
  const service = Service.load(allocation.serviceId);
  if (service) {
    service.allocatedStake = service.allocatedStake.plus(change);
    service.save();
  }
  const provider = loadOrCreateProvider(allocation.provider);
  provider.allocatedStake = provider.allocatedStake.plus(change);
  provider.save();
  const network = loadNetwork();
  network.allocatedStake = network.allocatedStake.plus(change);
  saveNetwork(event, network);
}

function loadOrCreateAllocation(provider: Address, serviceId: Bytes): Allocation {
  const id = allocationIdOf(provider, serviceId);
  const known = Allocation.load(id);
  if (known) return known;

  const allocation = new Allocation(id);
  allocation.provider = provider;
  allocation.serviceId = serviceId;
  allocation.service = serviceId;
  allocation.amount = ZERO;
  allocation.reserved = ZERO;
  return allocation;
}
