// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IEverGovernor
/// @notice Decides by votes of EVER and of staked EVER what the timelock does.
/// @dev Votes are those of a past second, so that a loan within one transaction carries none. What a proposal may call is refused as
/// early as it can be known; the rest ends in the target's own error when it is executed. The proposals' own settings bind later
/// proposals only.
interface IEverGovernor {
    /// @notice Settings at first, and what a vote can later change.
    /// @param votingDelay Seconds between a proposal and the moment whose votes count.
    /// @param votingPeriod Seconds in which ballots are taken.
    /// @param voteExtension Seconds that are left to answer, at least, after the quorum was reached.
    /// @param proposalThreshold Votes that a proposer needs. EVER base units.
    /// @param quorumBps Share of EVER's total supply, staked or not, that must vote for or abstain. Basis points.
    struct Settings {
        uint48 votingDelay;
        uint32 votingPeriod;
        uint48 voteExtension;
        uint256 proposalThreshold;
        uint256 quorumBps;
    }

    /// @notice The shortest spans that a vote can set, for ever. Seconds.
    struct Floors {
        uint48 votingDelay;
        uint32 votingPeriod;
        uint48 voteExtension;
    }

    /// @notice A setting is outside its hard bounds.
    error GovernorSettingInvalid(bytes32 setting, uint256 value, uint256 min, uint256 max);
    /// @notice There are more calls than one proposal may make.
    error GovernorCallsTooMany(uint256 max, uint256 count);
    /// @notice There is no contract at the target.
    error GovernorTargetInvalid(address target);
    /// @notice The target is called with too little data, or in a way that can never succeed.
    error GovernorCallInvalid(address target, bytes4 selector);
    /// @notice Proposals move no native coin.
    error GovernorValueRefused(address target, uint256 valueWei);
    /// @notice The timelock is fixed; another governor is named by the timelock itself.
    error GovernorTimelockFixed(address timelock);
    /// @notice This governor calls nothing but its timelock.
    error GovernorRelayDisabled();

    /// @notice Proposes with the votes of the stake pools named, beside the caller's token votes.
    /// @param targets As for `propose`.
    /// @param values Zeros.
    /// @param calldatas As for `propose`.
    /// @param description As for `propose`.
    /// @param providers Pools of the caller, in rising order, at most 16. Its own counts with all that is delegated to it.
    function proposeWithPools(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address[] memory providers
    ) external returns (uint256 proposalId);
}
