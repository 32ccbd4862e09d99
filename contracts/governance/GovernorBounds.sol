// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IEverGovernor } from "../interfaces/governance/IEverGovernor.sol";

/// @title GovernorBounds
/// @notice Between what a vote can set the governor's own settings. The shortest spans differ by network, everything else is the same.
/// @dev Constructed before what sets the first settings, which are checked as any later ones.
abstract contract GovernorBounds {
    /// @notice Longest delay before the votes are taken. Seconds.
    uint256 public constant MAX_VOTING_DELAY = 14 days;
    /// @notice Longest vote. Seconds.
    uint256 public constant MAX_VOTING_PERIOD = 30 days;
    /// @notice Longest extension. Seconds; never above the voting period.
    uint256 public constant MAX_VOTE_EXTENSION = 7 days;
    /// @notice Least votes of a proposer. EVER base units: enough that spam is not free.
    uint256 public constant MIN_PROPOSAL_THRESHOLD = 1_000 ether;
    /// @notice Most votes of a proposer. EVER base units: half a percent of the cap.
    uint256 public constant MAX_PROPOSAL_THRESHOLD = 5_000_000 ether;
    /// @notice Least quorum. Basis points of the total supply.
    uint256 public constant MIN_QUORUM_BPS = 100;
    /// @notice Largest quorum. Basis points: so that no vote can make every later one fail.
    uint256 public constant MAX_QUORUM_BPS = 3_000;
    /// @notice Shortest delay before the votes are taken. Seconds.
    uint256 public immutable MIN_VOTING_DELAY;
    /// @notice Shortest vote. Seconds.
    uint256 public immutable MIN_VOTING_PERIOD;
    /// @notice Shortest extension. Seconds.
    uint256 public immutable MIN_VOTE_EXTENSION;

    /// @param floors Each at least one second.
    constructor(IEverGovernor.Floors memory floors) {
        _requireWithin("votingDelay", floors.votingDelay, 1, MAX_VOTING_DELAY);
        _requireWithin("votingPeriod", floors.votingPeriod, 1, MAX_VOTING_PERIOD);
        _requireWithin("voteExtension", floors.voteExtension, 1, MAX_VOTE_EXTENSION);
        MIN_VOTING_DELAY = floors.votingDelay;
        MIN_VOTING_PERIOD = floors.votingPeriod;
        MIN_VOTE_EXTENSION = floors.voteExtension;
    }

    function _requireVotingDelay(uint256 value) internal view {
        _requireWithin("votingDelay", value, MIN_VOTING_DELAY, MAX_VOTING_DELAY);
    }

    function _requireVotingPeriod(uint256 value) internal view {
        _requireWithin("votingPeriod", value, MIN_VOTING_PERIOD, MAX_VOTING_PERIOD);
    }

    function _requireVoteExtension(uint256 value) internal view {
        _requireWithin("voteExtension", value, MIN_VOTE_EXTENSION, MAX_VOTE_EXTENSION);
    }

    function _requireProposalThreshold(uint256 value) internal pure {
        _requireWithin("proposalThreshold", value, MIN_PROPOSAL_THRESHOLD, MAX_PROPOSAL_THRESHOLD);
    }

    function _requireQuorumBps(uint256 value) internal pure {
        _requireWithin("quorumBps", value, MIN_QUORUM_BPS, MAX_QUORUM_BPS);
    }

    function _requireWithin(bytes32 setting, uint256 value, uint256 min, uint256 max) internal pure {
        if (value < min || value > max) revert IEverGovernor.GovernorSettingInvalid(setting, value, min, max);
    }
}
