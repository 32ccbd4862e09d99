// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Governor, IGovernor } from "@openzeppelin/contracts/governance/Governor.sol";
import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";
import { GovernorPreventLateQuorum } from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import { GovernorSettings } from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import { GovernorTimelockControl } from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import { GovernorVotes } from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import { GovernorVotesQuorumFraction } from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import { IVotes } from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import { IEverGovernor } from "../interfaces/governance/IEverGovernor.sol";
import { IEverTimelock } from "../interfaces/governance/IEverTimelock.sol";
import { IStakeVotes } from "../interfaces/staking/IStakeVotes.sol";
import { GovernorBounds } from "./GovernorBounds.sol";
import { GovernorPools } from "./GovernorPools.sol";

/// @title EverGovernor
/// @notice Votes of EVER and of staked EVER decide what the timelock does; nobody else administers policy.
/// @dev The quorum is a share of EVER's total supply, of which staked tokens are a part: they are counted once.
contract EverGovernor is
    GovernorBounds,
    GovernorSettings,
    GovernorPools,
    GovernorVotesQuorumFraction,
    GovernorPreventLateQuorum,
    GovernorTimelockControl,
    IEverGovernor
{
    /// @notice Most calls of one proposal.
    uint256 public constant MAX_CALLS = 16;
    uint256 private constant _BPS = 10_000;

    /// @param ever Token votes.
    /// @param stake Votes of staked EVER, on the same clock.
    /// @param timelock_ What executes.
    /// @param settings At first.
    /// @param floors Shortest spans for ever.
    constructor(
        IVotes ever,
        IStakeVotes stake,
        TimelockController timelock_,
        Settings memory settings,
        Floors memory floors
    )
        Governor("4EVER Governor")
        GovernorBounds(floors)
        GovernorSettings(settings.votingDelay, settings.votingPeriod, settings.proposalThreshold)
        GovernorVotes(ever)
        GovernorPools(stake)
        GovernorVotesQuorumFraction(settings.quorumBps)
        GovernorPreventLateQuorum(settings.voteExtension)
        GovernorTimelockControl(timelock_)
    {}

    // solhint-disable gas-calldata-parameters
    /// @inheritdoc IEverGovernor
    /// @dev In memory, as the base contract takes them.
    function proposeWithPools(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address[] memory providers
    ) external returns (uint256 proposalId) {
        address proposer = _msgSender();
        if (!_isValidDescriptionForProposer(proposer, description)) revert GovernorRestrictedProposer(proposer);
        uint256 votes = getVotesWithParams(proposer, clock() - 1, abi.encode(providers));
        if (votes < proposalThreshold()) {
            revert GovernorInsufficientProposerVotes(proposer, votes, proposalThreshold());
        }
        return _propose(targets, values, calldatas, description, proposer);
    }
    // solhint-enable gas-calldata-parameters

    /// @notice Disabled.
    function relay(address, uint256, bytes calldata) public payable override {
        revert GovernorRelayDisabled();
    }

    /// @notice Disabled.
    function updateTimelock(TimelockController) public view override {
        revert GovernorTimelockFixed(timelock());
    }

    /// @notice Votes of an account with the pools that `params` name: what its first ballot carries when no delegator of its own pool
    /// votes itself. EVER base units.
    function getVotesWithParams(
        address account,
        uint256 timepoint,
        bytes memory params
    ) public view override(Governor, GovernorPools) returns (uint256) {
        return super.getVotesWithParams(account, timepoint, params);
    }

    /// @notice Clock of the votes. Unix seconds.
    function clock() public view override(Governor, GovernorVotes) returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice Kind of the clock, as ERC-6372 names it.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override(Governor, GovernorVotes) returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice What the quorum's numerator is divided by: basis points.
    function quorumDenominator() public pure override returns (uint256) {
        return _BPS;
    }

    /// @inheritdoc IGovernor
    function votingDelay() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.votingDelay();
    }

    /// @inheritdoc IGovernor
    function votingPeriod() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.votingPeriod();
    }

    /// @notice Votes that a proposer needs. EVER base units.
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @notice When the last ballot is taken. Unix seconds; later when the quorum was reached late.
    function proposalDeadline(
        uint256 proposalId
    ) public view override(Governor, GovernorPreventLateQuorum) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    /// @notice Whether a proposal waits in the timelock before it is executed: always.
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc IGovernor
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override returns (uint256) {
        if (targets.length > MAX_CALLS) revert GovernorCallsTooMany(MAX_CALLS, targets.length);
        // The base contract refuses lists of different lengths.
        if (targets.length == values.length && targets.length == calldatas.length) {
            for (uint256 i; i < targets.length; ++i) _requireCall(targets[i], values[i], calldatas[i]);
        }
        return super._propose(targets, values, calldatas, description, proposer);
    }

    function _setVotingDelay(uint48 value) internal override {
        _requireVotingDelay(value);
        super._setVotingDelay(value);
    }

    function _setVotingPeriod(uint32 value) internal override {
        _requireVotingPeriod(value);
        super._setVotingPeriod(value);
    }

    function _setProposalThreshold(uint256 value) internal override {
        _requireProposalThreshold(value);
        super._setProposalThreshold(value);
    }

    function _setLateQuorumVoteExtension(uint48 value) internal override {
        _requireVoteExtension(value);
        super._setLateQuorumVoteExtension(value);
    }

    function _updateQuorumNumerator(uint256 value) internal override {
        _requireQuorumBps(value);
        super._updateQuorumNumerator(value);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    /// @dev Refuses what can be known to fail: a vote over it would be wasted, and mislead.
    function _requireCall(address target, uint256 valueWei, bytes memory data) private view {
        if (valueWei != 0) revert GovernorValueRefused(target, valueWei);
        if (target.code.length == 0) revert GovernorTargetInvalid(target);
        bytes4 selector = bytes4(data);
        if (data.length < 4) revert GovernorCallInvalid(target, selector);
        if (target == address(this)) {
            _requireSetting(selector, data);
        } else if (target == timelock() && selector == TimelockController.updateDelay.selector) {
            IEverTimelock bounds = IEverTimelock(target);
            _requireWithin("delay", _wordOf(target, data), bounds.MIN_DELAY_SECONDS(), bounds.MAX_DELAY_SECONDS());
        }
    }

    /// @dev A proposal may call this contract to change one of its settings within the bounds, and in no other way.
    function _requireSetting(bytes4 selector, bytes memory data) private view {
        uint256 value = _wordOf(address(this), data);
        if (selector == GovernorSettings.setVotingDelay.selector) _requireVotingDelay(value);
        else if (selector == GovernorSettings.setVotingPeriod.selector) _requireVotingPeriod(value);
        else if (selector == GovernorSettings.setProposalThreshold.selector) _requireProposalThreshold(value);
        else if (selector == GovernorPreventLateQuorum.setLateQuorumVoteExtension.selector)
            _requireVoteExtension(value);
        else if (selector == GovernorVotesQuorumFraction.updateQuorumNumerator.selector) _requireQuorumBps(value);
        else revert GovernorCallInvalid(address(this), selector);
    }

    /// @dev The only argument of a call.
    function _wordOf(address target, bytes memory data) private pure returns (uint256 value) {
        if (data.length != 36) revert GovernorCallInvalid(target, bytes4(data));
        assembly ("memory-safe") {
            value := mload(add(data, 36))
        }
    }
}
