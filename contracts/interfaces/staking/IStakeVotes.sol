// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC6372 } from "@openzeppelin/contracts/interfaces/IERC6372.sol";

/// @title IStakeVotes
/// @notice Votes of staked EVER, as they were at a moment that has passed. One vote for each base unit of active stake: a provider votes
/// with its own, a delegator with its shares of the provider's pool at what they were worth then, so that a slash costs votes at once.
/// Thawing stake does not vote.
/// @dev The clock is Unix seconds, as that of EVER's own votes. No vote can be borrowed for a transaction: the moment must have passed.
interface IStakeVotes is IERC6372 {
    /// @notice The moment has not passed yet. Unix seconds.
    error StakeVotesNotPast(uint256 timepoint, uint48 clock);
    /// @notice The span in which the total is told is zero. Seconds.
    error StakeVotesStepInvalid(uint256 stepSeconds);

    /// @notice Votes of an account at one provider. For the provider itself: its own active stake. For anybody else: its shares of the
    /// pool at their worth, rounded down. EVER base units.
    /// @param timepoint Unix seconds, before now.
    function getPastStakeVotes(address provider, address account, uint256 timepoint) external view returns (uint256);

    /// @notice All votes at one provider. EVER base units.
    /// @param timepoint Unix seconds, before now.
    /// @return own The provider's own active stake.
    /// @return delegated Active stake of its pool: never less than the votes of all its delegators together.
    function getPastPoolVotes(
        address provider,
        uint256 timepoint
    ) external view returns (uint256 own, uint256 delegated);

    /// @notice Active stake of all providers and pools. EVER base units.
    /// @dev Warning: as it was when the running step of `VOTES_STEP_SECONDS` began, so that it may differ from the sum of all votes by
    /// what changed since then.
    /// @param timepoint Unix seconds, before now.
    function getPastTotalStakeVotes(uint256 timepoint) external view returns (uint256);

    /// @notice Span in which changes of the total are told together. Seconds.
    function VOTES_STEP_SECONDS() external view returns (uint256);
}
