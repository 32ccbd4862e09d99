// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IStakeVault
/// @notice Holds what providers pledge and what others delegate to them. A provider allocates what its stake can back to services; deals
/// reserve parts of an allocation. Own stake thaws as far as allocations do not need it, delegated stake always; after the unbonding it
/// can be withdrawn. Thawing stake is still slashable, and an open case freezes what it may cost.
/// @dev Delegated stake is owned by shares of the provider's pool. What they are worth is one index, which a slash or a reward changes in
/// one write; a slash that takes all begins a new epoch, in which old shares are worth nothing.
interface IStakeVault {
    /// @notice All EVER behind a provider, in base units.
    /// @param active The provider's own; may back deals.
    /// @param allocated What the provider allocated to services, of `capacity`. Above it after a slash or an undelegation: then nothing can
    /// be reserved until it is covered again.
    /// @param capacity What can back deals: own active stake, and delegated stake up to eight times that.
    /// @param free Of `active` what can thaw.
    /// @param thawing The provider's own, waits for the unbonding; still slashable.
    /// @param delegated Active stake of the pool.
    /// @param delegatedThawing Delegated stake that waits for the unbonding; still slashable.
    /// @param frozen What open cases hold back.
    struct Stake {
        uint128 active;
        uint128 allocated;
        uint128 capacity;
        uint128 free;
        uint128 thawing;
        uint128 delegated;
        uint128 delegatedThawing;
        uint128 frozen;
    }

    /// @notice What backs one service of a provider, in EVER base units.
    /// @param amount Allocated.
    /// @param reserved Part of it that running deals hold.
    struct Allocation {
        uint128 amount;
        uint128 reserved;
    }

    /// @notice One start of an unbonding.
    /// @param number Counts the tranches of an account at a provider, from 0.
    /// @param shares Of the thawing pool that it is part of.
    /// @param amount What they are worth, in EVER base units, rounded down.
    /// @param thawsAt Unix seconds from which it can be withdrawn.
    struct Tranche {
        uint32 number;
        uint128 shares;
        uint128 amount;
        uint40 thawsAt;
    }

    /// @notice What a case holds back at a provider.
    /// @param amount EVER base units; 0 once the case is over.
    /// @param endsAt Unix seconds from which anybody may end it; 0 for a case that never was.
    struct CaseFreeze {
        uint128 amount;
        uint40 endsAt;
    }

    /// @notice An ERC-2612 signature over (caller, vault, `amount`, `deadline`).
    struct StakePermit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice The three pools of a provider whose owners hold shares.
    enum PoolKind {
        Delegated,
        DelegatedThawing,
        OwnThawing
    }

    /// @notice Less stake is available than required. EVER base units.
    error StakeInsufficient(address provider, uint256 available, uint256 required);
    /// @notice Fewer shares of the running epoch are held than required.
    error StakeSharesInsufficient(address provider, uint256 available, uint256 required);
    /// @notice The unbonding has not ended. Unix seconds.
    error StakeStillThawing(address account, uint256 thawsAt);
    /// @notice Nothing is thawing.
    error StakeNothingThawing(address account);
    /// @notice Open cases hold back all that has thawed. EVER base units.
    error StakeFrozen(address provider, uint256 frozen);
    /// @notice The amount is zero, worth nothing, or more EVER than there can be.
    error StakeAmountInvalid(uint256 amount);
    /// @notice Only a market that governance listed may reserve stake.
    error StakeMarketOnly(address caller);
    /// @notice Allowance or permit do not cover the payment. EVER base units.
    error StakeAllowanceInsufficient(address owner, uint256 available, uint256 required);
    /// @notice A provider stakes, and does not delegate to itself.
    error StakeDelegationOwn(address provider);
    /// @notice More would be delegated than the provider's own active stake carries. EVER base units.
    error StakeDelegationExceeded(address provider, uint256 most, uint256 delegated);
    /// @notice More than a provider may keep of its delegators' rewards. Basis points.
    error StakeCutInvalid(uint256 cutBps, uint256 most);
    /// @notice A share of the pool would become so dear that small delegations were lost; such a pool takes no more rewards.
    error StakeIndexExceeded(address provider, uint256 most, uint256 index);
    /// @notice A case freezes a provider's stake once.
    error StakeCaseKnown(address provider, bytes32 caseId);
    /// @notice The case may still hold stake back. Unix seconds.
    error StakeCaseOpen(address provider, bytes32 caseId, uint256 endsAt);

    /// @notice Own stake came in. EVER base units; `active` after it.
    event Staked(address indexed provider, address indexed from, uint128 amount, uint128 active);
    /// @notice Delegated stake came in. EVER base units; the shares that it bought, and all that the delegator holds after it.
    event Delegated(address indexed provider, address indexed delegator, uint128 amount, uint128 shares, uint128 held);
    /// @notice Delegated stake left the pool and thaws. EVER base units; shares that went, and all that the delegator holds after it.
    event Undelegated(
        address indexed provider,
        address indexed delegator,
        uint128 amount,
        uint128 shares,
        uint128 held
    );
    /// @notice A provider changed what backs a service. EVER base units; totals after it.
    event Allocated(address indexed provider, bytes32 indexed serviceId, uint128 amount, uint128 allocated);
    /// @notice A market reserved or released stake of an allocation. EVER base units; `reserved` after it.
    event ReservationChanged(
        address indexed provider,
        bytes32 indexed serviceId,
        address indexed market,
        uint128 reserved
    );
    /// @notice Stake began its unbonding: the provider's own when `account` is the provider, else delegated. EVER base units that were
    /// added; number of the tranche and all its shares after it; Unix seconds.
    event ThawStarted(
        address indexed provider,
        address indexed account,
        uint32 tranche,
        uint128 amount,
        uint128 shares,
        uint40 thawsAt
    );
    /// @notice A tranche, or what a freeze let go of it, was paid to its owner. Shares that went; EVER base units, 0 when a slash took all.
    event StakeWithdrawn(
        address indexed provider,
        address indexed account,
        uint32 tranche,
        uint128 shares,
        uint128 amount
    );
    /// @notice Stake was taken: the provider's own, active and thawing, and of its pool. EVER base units. `reason` is the fault's id.
    event Slashed(
        address indexed provider,
        bytes32 indexed serviceId,
        bytes32 indexed reason,
        uint128 fromActive,
        uint128 fromThawing,
        uint128 fromDelegated,
        uint128 fromDelegatedThawing,
        address recipient
    );
    /// @notice Somebody paid a reward. EVER base units: to the provider's own active stake, the cut included, and to its pool.
    event StakeRewarded(address indexed provider, address indexed from, uint128 toOwn, uint128 toPool, uint128 cut);
    /// @notice A slash or a reward changed what shares of a pool are worth: EVER base units per share, times 2⁶⁴.
    event PoolIndexChanged(address indexed provider, PoolKind indexed pool, uint32 epoch, uint128 index);
    /// @notice A provider changed its cut of the delegators' rewards. Basis points; Unix seconds from which it holds.
    event CutChanged(address indexed provider, uint16 cutBps, uint40 changesAt);
    /// @notice A case holds back more, less or nothing. EVER base units after it; Unix seconds.
    event StakeFreezeChanged(address indexed provider, bytes32 indexed caseId, uint128 amount, uint40 endsAt);
    /// @notice Governance listed or unlisted a market.
    event StakeMarketChanged(address indexed market, bool allowed);

    /// @notice The staked token.
    function EVER() external view returns (address);
    /// @notice Span between thaw and withdrawal. Seconds.
    function UNBONDING_SECONDS() external view returns (uint256);
    /// @notice Times its own active stake that a provider may be delegated, and that counts.
    function MAX_DELEGATION_RATIO() external view returns (uint256);
    /// @notice Longest that one case can freeze stake. Seconds.
    function MAX_FREEZE_SECONDS() external view returns (uint256);
    /// @notice Notice that a provider gives before it raises its cut. Seconds.
    function CUT_NOTICE_SECONDS() external view returns (uint256);
    /// @notice Most that a provider may keep of its delegators' rewards. Basis points.
    function MAX_CUT_BPS() external view returns (uint16);
    /// @notice Stake behind a provider.
    function stakeOf(address provider) external view returns (Stake memory);
    /// @notice Allocation of a provider for a service.
    function allocationOf(address provider, bytes32 serviceId) external view returns (Allocation memory);
    /// @notice What an account has delegated.
    /// @return shares Of the running epoch.
    /// @return amount What they are worth. EVER base units, rounded down.
    /// @return epoch The pool's running one.
    function delegationOf(
        address provider,
        address delegator
    ) external view returns (uint128 shares, uint128 amount, uint32 epoch);
    /// @notice What an account thaws at a provider, oldest first: at most 16.
    function tranchesOf(address provider, address account) external view returns (Tranche[] memory);
    /// @notice A provider's cut of its delegators' rewards. Basis points.
    /// @return cutBps Now.
    /// @return nextCutBps What it rises to; 0 when nothing is announced.
    /// @return changesAt Unix seconds of the rise; 0 when nothing is announced.
    function cutOf(address provider) external view returns (uint16 cutBps, uint16 nextCutBps, uint40 changesAt);
    /// @notice What a case holds back.
    function freezeOf(address provider, bytes32 caseId) external view returns (CaseFreeze memory);
    /// @notice EVER base units of all providers and delegators, active and thawing.
    function totalStake() external view returns (uint256);
    /// @notice Whether governance lists a market for new deals.
    function isMarket(address market) external view returns (bool);

    /// @notice Pledges the caller's EVER, by allowance.
    function stake(uint128 amount) external;
    /// @notice Pledges the caller's EVER, by permit. A permit that somebody used first does not make it fail.
    function stakeWithPermit(uint128 amount, StakePermit calldata permit) external;
    /// @notice Delegates the caller's EVER to a provider, by allowance: at most eight times the provider's own active stake in all.
    /// @dev Warning: it is slashed for the provider's faults, after the provider's own stake.
    function delegate(address provider, uint128 amount) external;
    /// @notice Delegates the caller's EVER to a provider, by permit. A permit that somebody used first does not make it fail.
    function delegateWithPermit(address provider, uint128 amount, StakePermit calldata permit) external;
    /// @notice Sets what of the caller's capacity backs a service: never below what deals have reserved, never above what is there.
    function allocate(bytes32 serviceId, uint128 amount) external;
    /// @notice Starts the unbonding of own stake that no allocation needs, in a tranche of its own.
    /// @dev Warning: while 16 tranches wait, it joins the newest one, which begins to wait anew.
    /// @return thawsAt Unix seconds from which `withdraw` pays it.
    function thaw(uint128 amount) external returns (uint40 thawsAt);
    /// @notice Starts the unbonding of delegated stake, whatever deals hold. Otherwise as `thaw`.
    /// @param shares Of the provider's pool, see `delegationOf`: what a slash leaves of them is what thaws.
    function undelegate(address provider, uint128 shares) external returns (uint40 thawsAt);
    /// @notice Pays what an account has thawed at a provider, the provider's own or delegated, to that account. Anybody may call it.
    /// @dev Open cases hold back what they froze: own stake first, delegated stake for the rest.
    /// @return amount EVER base units; 0 when a slash took all of it.
    function withdraw(address provider, address account) external returns (uint128 amount);
    /// @notice Pays a reward from the caller's EVER, by allowance: shared by own and delegated active stake in proportion, of the latter
    /// the provider's cut to its own. It is active stake at once.
    function reward(address provider, uint128 amount) external;
    /// @notice Sets the caller's cut of its delegators' rewards. A fall holds at once, a rise after its notice; either replaces what was
    /// announced.
    function setCut(uint16 cutBps) external;

    /// @notice Markets only: reserves allocated stake for a deal.
    function reserve(address provider, bytes32 serviceId, uint128 amount) external;
    /// @notice Markets only, also one that is not listed any more: releases what it reserved. Never reverts for a slashed provider.
    function release(address provider, bytes32 serviceId, uint128 amount) external;
    /// @notice Slasher only, granted to nobody yet: takes at most what is there. The provider's own active stake first, its own thawing
    /// stake next, then active and thawing stake of its pool in proportion. Never reverts for want of stake, and costs the same whoever
    /// and however many own it. What it takes of active stake is taken out of the service's allocation first; when it reaches what backs
    /// other services, no stake can be reserved until the provider covers its allocations again.
    /// @param reason Id of the fault; what a case of that id froze is lowered by what is taken.
    /// @return taken EVER base units that were taken and sent to `recipient`.
    function slash(
        address provider,
        bytes32 serviceId,
        uint128 amount,
        bytes32 reason,
        address recipient
    ) external returns (uint128 taken);
    /// @notice Slasher only: holds back what a case may cost, thawing stake included, until the case is over, at most for
    /// `MAX_FREEZE_SECONDS`. Only withdrawals wait for it.
    function freeze(address provider, bytes32 caseId, uint128 amount) external;
    /// @notice Slasher only: ends what a case holds back. Nothing happens when it holds nothing.
    function unfreeze(address provider, bytes32 caseId) external;
    /// @notice Ends what a case holds back after its longest time. Anybody may call it. Nothing happens when it holds nothing.
    function endFreeze(address provider, bytes32 caseId) external;
    /// @notice Governance: lists or unlists a market.
    function setMarket(address market, bool allowed) external;
}
