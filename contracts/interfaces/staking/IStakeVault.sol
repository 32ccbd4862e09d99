// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IStakeVault
/// @notice Holds what providers pledge. A provider allocates its stake to services; deals reserve parts of an allocation; what is
/// not allocated can thaw and, after the unbonding, be withdrawn. Thawing stake is still slashable.
interface IStakeVault {
    /// @notice All EVER of a provider, in base units.
    /// @param active Backs, or may back, deals.
    /// @param allocated Part of `active` that is allocated to services.
    /// @param thawing Waits for the unbonding; still slashable.
    /// @param thawsAt Unix seconds from which `thawing` can be withdrawn; 0 when nothing is thawing.
    struct Stake {
        uint128 active;
        uint128 allocated;
        uint128 thawing;
        uint40 thawsAt;
    }

    /// @notice Stake of a provider that backs one service, in EVER base units.
    /// @param amount Allocated.
    /// @param reserved Part of it that running deals hold.
    struct Allocation {
        uint128 amount;
        uint128 reserved;
    }

    /// @notice An ERC-2612 signature over (caller, vault, `amount`, `deadline`).
    struct StakePermit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice Less stake is available than required. EVER base units.
    error StakeInsufficient(address provider, uint256 available, uint256 required);
    /// @notice The unbonding has not ended. Unix seconds.
    error StakeStillThawing(address provider, uint256 thawsAt);
    /// @notice Nothing is thawing.
    error StakeNothingThawing(address provider);
    /// @notice The amount is zero.
    error StakeAmountInvalid(uint256 amount);
    /// @notice Only a market that governance listed may reserve stake.
    error StakeMarketOnly(address caller);
    /// @notice Allowance or permit do not cover the deposit. EVER base units.
    error StakeAllowanceInsufficient(address owner, uint256 available, uint256 required);

    /// @notice Stake came in. EVER base units; `active` after it.
    event Staked(address indexed provider, address indexed from, uint128 amount, uint128 active);
    /// @notice A provider changed what backs a service. EVER base units; totals after it.
    event Allocated(address indexed provider, bytes32 indexed serviceId, uint128 amount, uint128 allocated);
    /// @notice A market reserved or released stake of an allocation. EVER base units; `reserved` after it.
    event ReservationChanged(
        address indexed provider,
        bytes32 indexed serviceId,
        address indexed market,
        uint128 reserved
    );
    /// @notice Stake began its unbonding. EVER base units; all that thaws, Unix seconds.
    event ThawStarted(address indexed provider, uint128 amount, uint128 thawing, uint40 thawsAt);
    /// @notice Stake left. EVER base units.
    event StakeWithdrawn(address indexed provider, uint128 amount);
    /// @notice Stake was taken. EVER base units: from active stake, from thawing stake. `reason` is the fault's id.
    event Slashed(
        address indexed provider,
        bytes32 indexed serviceId,
        bytes32 indexed reason,
        uint128 fromActive,
        uint128 fromThawing,
        address recipient
    );
    /// @notice Governance listed or unlisted a market.
    event StakeMarketChanged(address indexed market, bool allowed);

    /// @notice The staked token.
    function EVER() external view returns (address);
    /// @notice Span between thaw and withdrawal. Seconds.
    function UNBONDING_SECONDS() external view returns (uint256);
    /// @notice Stake of a provider.
    function stakeOf(address provider) external view returns (Stake memory);
    /// @notice Allocation of a provider for a service.
    function allocationOf(address provider, bytes32 serviceId) external view returns (Allocation memory);
    /// @notice EVER base units of all providers, active and thawing.
    function totalStake() external view returns (uint256);
    /// @notice Whether governance lists a market for new deals.
    function isMarket(address market) external view returns (bool);

    /// @notice Pledges the caller's EVER, by allowance.
    function stake(uint128 amount) external;
    /// @notice Pledges the caller's EVER, by permit. A permit that somebody used first does not make it fail.
    function stakeWithPermit(uint128 amount, StakePermit calldata permit) external;
    /// @notice Sets what of the caller's stake backs a service: never below what deals have reserved, never above what is there.
    function allocate(bytes32 serviceId, uint128 amount) external;
    /// @notice Starts the unbonding of unallocated stake.
    /// @dev Warning: a second thaw restarts the unbonding of everything that is thawing.
    function thaw(uint128 amount) external returns (uint40 thawsAt);
    /// @notice Pays everything whose unbonding has ended to the caller.
    function withdraw() external returns (uint128 amount);

    /// @notice Markets only: reserves allocated stake for a deal.
    function reserve(address provider, bytes32 serviceId, uint128 amount) external;
    /// @notice Markets only, also one that is not listed any more: releases what it reserved. Never reverts for a slashed provider.
    function release(address provider, bytes32 serviceId, uint128 amount) external;
    /// @notice Slasher only, granted to nobody yet: takes at most what is there, active stake first, thawing after it. Never reverts
    /// for want of stake. What it takes is taken out of the service's allocation first; when it reaches what backs other services, no
    /// stake can be reserved until the provider covers its allocations again.
    /// @return taken EVER base units that were taken and sent to `recipient`.
    function slash(
        address provider,
        bytes32 serviceId,
        uint128 amount,
        bytes32 reason,
        address recipient
    ) external returns (uint128 taken);
    /// @notice Governance: lists or unlists a market.
    function setMarket(address market, bool allowed) external;
}
