import { Address, BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import {
  Allocated,
  ReservationChanged,
  Slashed,
  StakeMarketChanged,
  StakeWithdrawn,
  Staked,
  ThawStarted,
} from "../generated/StakeVault/StakeVault";
import { Allocation, Service, Slash, StakeDeposit, StakeWithdrawal, Thaw } from "../generated/schema";
import { allocationIdOf, eventIdOf } from "./ids";
import { loadOrCreateMarket } from "./market";
import { loadNetwork, saveNetwork } from "./network";
import { ZERO } from "./numbers";
import { loadOrCreateProvider } from "./provider";

export function handleStaked(event: Staked): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.activeStake = event.params.active;
  provider.save();
  const network = loadNetwork();
  network.activeStake = network.activeStake.plus(event.params.amount);
  saveNetwork(event, network);

  const deposit = new StakeDeposit(eventIdOf(event));
  deposit.provider = provider.id;
  deposit.from = event.params.from;
  deposit.amount = event.params.amount;
  deposit.blockNumber = event.block.number;
  deposit.timestamp = event.block.timestamp;
  deposit.transactionHash = event.transaction.hash;
  deposit.save();
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

export function handleThawStarted(event: ThawStarted): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.activeStake = provider.activeStake.minus(event.params.amount);
  provider.thawingStake = event.params.thawing;
  provider.thawsAt = event.params.thawsAt;
  provider.save();
  const network = loadNetwork();
  network.activeStake = network.activeStake.minus(event.params.amount);
  network.thawingStake = network.thawingStake.plus(event.params.amount);
  saveNetwork(event, network);

  const thaw = new Thaw(eventIdOf(event));
  thaw.provider = provider.id;
  thaw.amount = event.params.amount;
  thaw.thawing = event.params.thawing;
  thaw.thawsAt = event.params.thawsAt;
  thaw.blockNumber = event.block.number;
  thaw.timestamp = event.block.timestamp;
  thaw.transactionHash = event.transaction.hash;
  thaw.save();
}

/** A withdrawal always takes everything that was thawing. */
export function handleStakeWithdrawn(event: StakeWithdrawn): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.thawingStake = provider.thawingStake.minus(event.params.amount);
  provider.thawsAt = ZERO;
  provider.save();
  const network = loadNetwork();
  network.thawingStake = network.thawingStake.minus(event.params.amount);
  saveNetwork(event, network);

  const withdrawal = new StakeWithdrawal(eventIdOf(event));
  withdrawal.provider = provider.id;
  withdrawal.amount = event.params.amount;
  withdrawal.blockNumber = event.block.number;
  withdrawal.timestamp = event.block.timestamp;
  withdrawal.transactionHash = event.transaction.hash;
  withdrawal.save();
}

/** What is taken from active stake is taken from the service's allocation first, as far as it goes. */
export function handleSlashed(event: Slashed): void {
  const allocation = loadOrCreateAllocation(event.params.provider, event.params.serviceId);
  const fromAllocation = event.params.fromActive.lt(allocation.amount) ? event.params.fromActive : allocation.amount;
  changeAllocation(event, allocation, fromAllocation.neg());

  const taken = event.params.fromActive.plus(event.params.fromThawing);
  const provider = loadOrCreateProvider(event.params.provider);
  provider.activeStake = provider.activeStake.minus(event.params.fromActive);
  provider.thawingStake = provider.thawingStake.minus(event.params.fromThawing);
  provider.slashedStake = provider.slashedStake.plus(taken);
  if (provider.thawingStake.isZero()) provider.thawsAt = ZERO;
  provider.save();
  const network = loadNetwork();
  network.activeStake = network.activeStake.minus(event.params.fromActive);
  network.thawingStake = network.thawingStake.minus(event.params.fromThawing);
  network.slashedStake = network.slashedStake.plus(taken);
  saveNetwork(event, network);

  const slash = new Slash(eventIdOf(event));
  slash.provider = provider.id;
  slash.serviceId = event.params.serviceId;
  slash.reason = event.params.reason;
  slash.fromActive = event.params.fromActive;
  slash.fromThawing = event.params.fromThawing;
  slash.recipient = event.params.recipient;
  slash.blockNumber = event.block.number;
  slash.timestamp = event.block.timestamp;
  slash.transactionHash = event.transaction.hash;
  slash.save();
}

export function handleStakeMarketChanged(event: StakeMarketChanged): void {
  const market = loadOrCreateMarket(event.params.market);
  market.reservesStake = event.params.allowed;
  market.save();
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
