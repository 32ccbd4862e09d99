// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IStakeVault } from "../interfaces/staking/IStakeVault.sol";
import { MarketListing, MarketListings } from "../libraries/MarketListing.sol";
import { StakeVotes } from "./StakeVotes.sol";

/// @title StakeBacking
/// @notice What stake can back, what it is allocated to, and what deals have reserved of it.
/// @dev A market is trusted with reservations only: one that released too much would let stake thaw, which stays slashable all the while.
abstract contract StakeBacking is AccessManaged, StakeVotes, IStakeVault {
    using MarketListings for MarketListing;

    /// @dev What nearly every call has to know of a provider: one word, which most of them only read. Of the pool its index and epoch, see
    /// `StakePool`; what is allocated, in EVER base units; and whether that is more than active stake covers.
    struct Standing {
        uint104 index;
        uint32 epoch;
        uint96 allocated;
        bool isShort;
    }

    /// @inheritdoc IStakeVault
    uint256 public constant MAX_DELEGATION_RATIO = 8;

    mapping(address provider => Standing) internal _standings;
    mapping(address provider => mapping(bytes32 serviceId => Allocation)) private _allocations;
    mapping(address market => MarketListing) private _markets;

    /// @inheritdoc IStakeVault
    function allocationOf(address provider, bytes32 serviceId) external view returns (Allocation memory) {
        return _allocations[provider][serviceId];
    }

    /// @inheritdoc IStakeVault
    function isMarket(address market) external view returns (bool) {
        return _markets[market] == MarketListing.Listed;
    }

    /// @inheritdoc IStakeVault
    function allocate(bytes32 serviceId, uint128 amount) external {
        Standing storage standing = _standings[msg.sender];
        Allocation storage allocation = _allocations[msg.sender][serviceId];
        (uint128 before, uint128 reserved) = (allocation.amount, allocation.reserved);
        // After a slash more may be reserved than allocated: such an allocation can only be raised.
        if (amount < reserved && amount < before) revert StakeInsufficient(msg.sender, amount, reserved);
        (uint256 own, uint256 delegated) = _activeOf(msg.sender);
        uint256 capacity = _capacityOf(own, delegated);
        uint256 wanted = uint256(standing.allocated) - before + amount;
        if (amount > before && wanted > capacity) revert StakeInsufficient(msg.sender, capacity, wanted);

        allocation.amount = amount;
        // Casting is safe: lowered it is below what it was, raised it is at most `capacity`.
        (standing.allocated, standing.isShort) = (uint96(wanted), wanted > capacity);
        emit Allocated(msg.sender, serviceId, amount, uint128(wanted));
    }

    /// @inheritdoc IStakeVault
    function reserve(address provider, bytes32 serviceId, uint128 amount) external {
        if (_markets[msg.sender] != MarketListing.Listed) revert StakeMarketOnly(msg.sender);
        if (_standings[provider].isShort) _refuseShort(provider);
        Allocation storage allocation = _allocations[provider][serviceId];
        uint128 reserved = allocation.reserved;
        uint128 free = _above(allocation.amount, reserved);
        if (amount > free) revert StakeInsufficient(provider, free, amount);

        allocation.reserved = reserved + amount;
        emit ReservationChanged(provider, serviceId, msg.sender, reserved + amount);
    }

    /// @inheritdoc IStakeVault
    function release(address provider, bytes32 serviceId, uint128 amount) external {
        if (_markets[msg.sender] == MarketListing.None) revert StakeMarketOnly(msg.sender);
        Allocation storage allocation = _allocations[provider][serviceId];
        uint128 reserved = _above(allocation.reserved, amount);
        allocation.reserved = reserved;
        emit ReservationChanged(provider, serviceId, msg.sender, reserved);
    }

    /// @inheritdoc IStakeVault
    function setMarket(address market, bool allowed) external restricted {
        _markets[market] = _markets[market].changed(allowed);
        emit StakeMarketChanged(market, allowed);
    }

    /// @dev Active stake after a change, with its votes and whether it covers what is allocated. EVER base units.
    function _setActive(address provider, uint256 own, uint256 delegated) internal {
        _checkpointActive(provider, own, delegated);
        Standing storage standing = _standings[provider];
        bool isShort = _capacityOf(own, delegated) < standing.allocated;
        if (isShort != standing.isShort) standing.isShort = isShort;
    }

    /// @dev A slash takes what it took of active stake out of the service's allocation first, as far as that goes. EVER base units.
    function _shrinkAllocation(address provider, bytes32 serviceId, uint256 taken) internal {
        Allocation storage allocation = _allocations[provider][serviceId];
        uint128 amount = allocation.amount;
        uint128 fromAllocation = taken < amount ? uint128(taken) : amount;
        if (fromAllocation == 0) return;
        allocation.amount = amount - fromAllocation;
        _standings[provider].allocated -= uint96(fromAllocation);
    }

    /// @dev What can back deals. EVER base units.
    function _capacityOf(uint256 own, uint256 delegated) internal pure returns (uint256) {
        unchecked {
            uint256 counted = own * MAX_DELEGATION_RATIO;
            return own + (delegated < counted ? delegated : counted);
        }
    }

    /// @dev Own active stake above what allocations need: they must be covered by own and delegated stake together, and by nine times the
    /// own alone. EVER base units.
    function _freeOf(address provider, uint256 own, uint256 delegated) internal view returns (uint256) {
        uint256 allocated = _standings[provider].allocated;
        uint256 most = MAX_DELEGATION_RATIO + 1;
        uint256 needed = (allocated + most - 1) / most;
        if (allocated > delegated && allocated - delegated > needed) needed = allocated - delegated;
        return own > needed ? own - needed : 0;
    }

    function _refuseShort(address provider) private view {
        (uint256 own, uint256 delegated) = _activeOf(provider);
        revert StakeInsufficient(provider, _capacityOf(own, delegated), _standings[provider].allocated);
    }

    /// @dev What is left of `total` above `part`; 0 when it is below.
    function _above(uint128 total, uint128 part) private pure returns (uint128) {
        return total > part ? total - part : 0;
    }
}
