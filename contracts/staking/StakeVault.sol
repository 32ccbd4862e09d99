// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { IStakeVault } from "../interfaces/staking/IStakeVault.sol";
import { MarketListing, MarketListings } from "../libraries/MarketListing.sol";

/// @title StakeVault
/// @notice Holds what providers pledge, and gives it back after the unbonding.
/// @dev Source: announcement of 2024-08-19, "Overview of 4EVER Network" (providers pledge, dishonest ones are penalised).
/// It is bound to EVER, which neither takes a fee on transfers nor calls its receivers, so no reentrancy guard is needed.
/// A market is trusted with reservations only: one that released too much would let stake thaw, which stays slashable all the while.
contract StakeVault is AccessManaged, IStakeVault {
    using SafeERC20 for IERC20;
    using MarketListings for MarketListing;

    /// @inheritdoc IStakeVault
    address public immutable EVER;
    /// @inheritdoc IStakeVault
    uint256 public immutable UNBONDING_SECONDS;

    mapping(address provider => Stake) private _stakes;
    mapping(address provider => mapping(bytes32 serviceId => Allocation)) private _allocations;
    mapping(address market => MarketListing) private _markets;
    /// @inheritdoc IStakeVault
    uint256 public totalStake;

    /// @param ever The staked token.
    /// @param unbondingSeconds Longer than everything that may lead to a slash; the deployment asserts it.
    /// @param authority AccessManager that says who may list markets and slash.
    constructor(address ever, uint256 unbondingSeconds, address authority) AccessManaged(authority) {
        EVER = ever;
        UNBONDING_SECONDS = unbondingSeconds;
    }

    /// @inheritdoc IStakeVault
    function stakeOf(address provider) external view returns (Stake memory) {
        return _stakes[provider];
    }

    /// @inheritdoc IStakeVault
    function allocationOf(address provider, bytes32 serviceId) external view returns (Allocation memory) {
        return _allocations[provider][serviceId];
    }

    /// @inheritdoc IStakeVault
    function isMarket(address market) external view returns (bool) {
        return _markets[market] == MarketListing.Listed;
    }

    /// @inheritdoc IStakeVault
    function stake(uint128 amount) external {
        _stake(amount);
    }

    /// @inheritdoc IStakeVault
    function stakeWithPermit(uint128 amount, StakePermit calldata permit) external {
        // Whoever saw the permit may have used it first; the allowance that it left decides.
        try
            IERC20Permit(EVER).permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s)
        {} catch {}
        _stake(amount);
    }

    /// @inheritdoc IStakeVault
    function allocate(bytes32 serviceId, uint128 amount) external {
        Stake storage held = _stakes[msg.sender];
        Allocation storage allocation = _allocations[msg.sender][serviceId];
        (uint128 before, uint128 reserved) = (allocation.amount, allocation.reserved);
        // After a slash more may be reserved than allocated: such an allocation can only be raised.
        if (amount < reserved && amount < before) revert StakeInsufficient(msg.sender, amount, reserved);
        (uint128 active, uint128 allocated) = (held.active, held.allocated);
        uint256 wanted = uint256(allocated) - before + amount;
        if (amount > before && wanted > active) revert StakeInsufficient(msg.sender, active, wanted);

        allocation.amount = amount;
        // Casting is safe: lowered it is below a uint128, raised it is at most `active`.
        held.allocated = uint128(wanted);
        emit Allocated(msg.sender, serviceId, amount, uint128(wanted));
    }

    /// @inheritdoc IStakeVault
    function thaw(uint128 amount) external returns (uint40 thawsAt) {
        if (amount == 0) revert StakeAmountInvalid(amount);
        Stake storage held = _stakes[msg.sender];
        (uint128 active, uint128 allocated) = (held.active, held.allocated);
        uint128 free = _above(active, allocated);
        if (amount > free) revert StakeInsufficient(msg.sender, free, amount);

        thawsAt = uint40(block.timestamp + UNBONDING_SECONDS);
        uint128 thawing = held.thawing + amount;
        held.active = active - amount;
        held.thawing = thawing;
        held.thawsAt = thawsAt;
        emit ThawStarted(msg.sender, amount, thawing, thawsAt);
    }

    /// @inheritdoc IStakeVault
    function withdraw() external returns (uint128 amount) {
        Stake storage held = _stakes[msg.sender];
        uint40 thawsAt;
        (amount, thawsAt) = (held.thawing, held.thawsAt);
        if (amount == 0) revert StakeNothingThawing(msg.sender);
        if (block.timestamp < thawsAt) revert StakeStillThawing(msg.sender, thawsAt);

        held.thawing = 0;
        held.thawsAt = 0;
        totalStake -= amount;
        emit StakeWithdrawn(msg.sender, amount);
        IERC20(EVER).safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function reserve(address provider, bytes32 serviceId, uint128 amount) external {
        if (_markets[msg.sender] != MarketListing.Listed) revert StakeMarketOnly(msg.sender);
        Stake storage held = _stakes[provider];
        (uint128 active, uint128 allocated) = (held.active, held.allocated);
        if (active < allocated) revert StakeInsufficient(provider, active, allocated);
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
    function slash(
        address provider,
        bytes32 serviceId,
        uint128 amount,
        bytes32 reason,
        address recipient
    ) external restricted returns (uint128 taken) {
        Stake storage held = _stakes[provider];
        (uint128 active, uint128 thawing) = (held.active, held.thawing);
        uint128 fromActive = _least(amount, active);
        uint128 fromThawing = _least(amount - fromActive, thawing);
        taken = fromActive + fromThawing;

        Allocation storage allocation = _allocations[provider][serviceId];
        uint128 fromAllocation = _least(fromActive, allocation.amount);
        allocation.amount -= fromAllocation;
        held.allocated -= fromAllocation;
        held.active = active - fromActive;
        held.thawing = thawing - fromThawing;
        if (thawing == fromThawing) held.thawsAt = 0;
        totalStake -= taken;
        emit Slashed(provider, serviceId, reason, fromActive, fromThawing, recipient);
        if (taken != 0) IERC20(EVER).safeTransfer(recipient, taken);
    }

    /// @inheritdoc IStakeVault
    function setMarket(address market, bool allowed) external restricted {
        _markets[market] = _markets[market].changed(allowed);
        emit StakeMarketChanged(market, allowed);
    }

    function _stake(uint128 amount) private {
        if (amount == 0) revert StakeAmountInvalid(amount);
        uint256 allowance = IERC20(EVER).allowance(msg.sender, address(this));
        if (allowance < amount) revert StakeAllowanceInsufficient(msg.sender, allowance, amount);

        uint128 active = _stakes[msg.sender].active + amount;
        _stakes[msg.sender].active = active;
        totalStake += amount;
        emit Staked(msg.sender, msg.sender, amount, active);
        IERC20(EVER).safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev What is left of `total` above `part`; 0 when it is below.
    function _above(uint128 total, uint128 part) private pure returns (uint128) {
        return total > part ? total - part : 0;
    }

    function _least(uint128 left, uint128 right) private pure returns (uint128) {
        return left < right ? left : right;
    }
}
