// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IGovernorPools
/// @notice Counts votes of EVER and of staked EVER. A ballot carries the caller's token votes, once, and those of up to 16 stake pools.
/// @dev The provider of a pool votes with all of it, less what its delegators voted themselves; a delegator's own ballot takes its part
/// out, whether it is cast before or after the provider's. In `params` a ballot names its pools: abi.encode(address[] providers), in
/// rising order. Without `params` it carries token votes only. Staked tokens are not delegated, so no token is in both.
interface IGovernorPools {
    /// @notice A ballot names no pool, too many, or cannot be read.
    error GovernorPoolsInvalid(uint256 count, uint256 max);
    /// @notice The pools are not in rising order.
    error GovernorPoolsUnsorted(address previous, address next);
    /// @notice The account has already voted with this pool.
    error GovernorPoolVoted(address provider, address account);
    /// @notice The account had neither token votes nor stake votes that it may still cast.
    error GovernorVotesNone(address account);

    /// @notice Votes of a pool were counted. EVER base units. The sum over a ballot and its token votes is what `VoteCast` tells.
    event PoolVotesCast(
        uint256 indexed proposalId,
        address indexed provider,
        address indexed voter,
        uint8 support,
        uint256 votes
    );
    /// @notice A delegator's ballot took these out of what the pool's provider had voted. EVER base units.
    event PoolVotesReduced(uint256 indexed proposalId, address indexed provider, uint8 support, uint256 votes);

    /// @notice Most pools in one ballot.
    function MAX_POOLS() external view returns (uint256); // solhint-disable-line func-name-mixedcase
    /// @notice What was counted so far. EVER base units.
    function proposalVotes(
        uint256 proposalId
    ) external view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);
    /// @notice Where a pool stands.
    /// @return isCast Whether its provider voted.
    /// @return support What for, when it did.
    /// @return overridden What its delegators voted themselves. EVER base units.
    function poolBallotOf(
        uint256 proposalId,
        address provider
    ) external view returns (bool isCast, uint8 support, uint256 overridden);
    /// @notice Whether an account voted with a pool: its own, or as one of its delegators.
    function hasVotedWithPool(uint256 proposalId, address provider, address account) external view returns (bool);
}
