// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Checkpoints } from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import { IStakeVotes } from "../interfaces/staking/IStakeVotes.sol";
import { StakePools } from "../libraries/StakePool.sol";

/// @title StakeVotes
/// @notice Active stake as it is and as it was.
/// @dev The newest checkpoint is also the present value: nothing is stored twice, which is what makes votes affordable.
abstract contract StakeVotes is IStakeVotes {
    using Checkpoints for Checkpoints.Trace208;

    /// @dev Bits of the lower half of a checkpoint, and of shares or index below an epoch.
    uint256 private constant _HALF = 104;
    uint256 private constant _BELOW_EPOCH = 128;

    /// @inheritdoc IStakeVotes
    uint256 public immutable VOTES_STEP_SECONDS;

    /// @dev The provider's own, upper half, and its pool's, lower half. EVER base units.
    mapping(address provider => Checkpoints.Trace208) private _actives;
    /// @dev Epoch, upper part, and shares.
    mapping(address provider => mapping(address delegator => Checkpoints.Trace208)) private _shares;
    /// @dev Epoch, upper part, and index; nothing until a slash or reward changes it for the first time.
    mapping(address provider => Checkpoints.Trace208) private _indexes;
    /// @dev Active, upper half, and all that is held, lower half. EVER base units. By the end of the step in which it changed.
    Checkpoints.Trace208 private _totals;

    /// @param stepSeconds Span in which changes of the total are told together.
    constructor(uint256 stepSeconds) {
        if (stepSeconds == 0) revert StakeVotesStepInvalid(stepSeconds);
        VOTES_STEP_SECONDS = stepSeconds;
    }

    /// @inheritdoc IStakeVotes
    function getPastStakeVotes(address provider, address account, uint256 timepoint) external view returns (uint256) {
        uint48 moment = _requirePast(timepoint);
        if (account == provider) return _actives[provider].upperLookupRecent(moment) >> _HALF;
        uint256 shares = _shares[provider][account].upperLookupRecent(moment);
        uint256 index = _indexes[provider].upperLookupRecent(moment);
        if (shares >> _BELOW_EPOCH != index >> _BELOW_EPOCH) return 0;
        return StakePools.worthOf(uint128(shares), StakePools.indexOf(uint128(index)));
    }

    /// @inheritdoc IStakeVotes
    function getPastPoolVotes(
        address provider,
        uint256 timepoint
    ) external view returns (uint256 own, uint256 delegated) {
        return _halvesOf(_actives[provider].upperLookupRecent(_requirePast(timepoint)));
    }

    /// @inheritdoc IStakeVotes
    function getPastTotalStakeVotes(uint256 timepoint) external view returns (uint256) {
        return _totals.upperLookupRecent(_requirePast(timepoint)) >> _HALF;
    }

    /// @notice Clock of the votes. Unix seconds.
    function clock() public view returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice Kind of the clock, as ERC-6372 names it.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    /// @dev Active stake now. EVER base units.
    function _activeOf(address provider) internal view returns (uint256 own, uint256 delegated) {
        return _halvesOf(_actives[provider].latest());
    }

    /// @dev The caller has checked that both fit into 96 bits.
    function _checkpointActive(address provider, uint256 own, uint256 delegated) internal {
        _actives[provider].push(clock(), uint208((own << _HALF) | delegated));
    }

    /// @dev Shares of the given epoch that an account holds now.
    function _sharesOf(address provider, address delegator, uint32 epoch) internal view returns (uint256) {
        uint256 held = _shares[provider][delegator].latest();
        return held >> _BELOW_EPOCH == epoch ? uint128(held) : 0;
    }

    function _checkpointShares(address provider, address delegator, uint32 epoch, uint256 shares) internal {
        _shares[provider][delegator].push(clock(), uint208((uint256(epoch) << _BELOW_EPOCH) | shares));
    }

    function _checkpointIndex(address provider, uint32 epoch, uint256 index) internal {
        _indexes[provider].push(clock(), uint208((uint256(epoch) << _BELOW_EPOCH) | index));
    }

    /// @dev EVER base units that are held, active and thawing.
    function _held() internal view returns (uint256 held) {
        (, held) = _halvesOf(_totals.latest());
    }

    /// @dev Changes of what is active and of all that is held, which the caller knows to be there. EVER base units.
    function _moveTotals(int256 active, int256 held) internal {
        unchecked {
            int256 changed = int256(uint256(_totals.latest())) + active * int256(1 << _HALF) + held;
            uint256 stepEnd = (block.timestamp / VOTES_STEP_SECONDS + 1) * VOTES_STEP_SECONDS;
            _totals.push(uint48(stepEnd), uint208(uint256(changed)));
        }
    }

    function _halvesOf(uint256 checkpoint) private pure returns (uint256 upper, uint256 lower) {
        return (checkpoint >> _HALF, uint104(checkpoint));
    }

    function _requirePast(uint256 timepoint) private view returns (uint48) {
        if (timepoint >= clock()) revert StakeVotesNotPast(timepoint, clock());
        return uint48(timepoint);
    }
}
