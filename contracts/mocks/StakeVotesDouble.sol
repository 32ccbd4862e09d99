// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Checkpoints } from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import { Time } from "@openzeppelin/contracts/utils/types/Time.sol";
import { IStakeVotes } from "../interfaces/staking/IStakeVotes.sol";

/// @title StakeVotesDouble
/// @notice For tests: stake votes that anyone sets.
contract StakeVotesDouble is IStakeVotes {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice The total is told at once. Seconds.
    uint256 public constant VOTES_STEP_SECONDS = 1;

    mapping(address provider => mapping(address account => Checkpoints.Trace208)) private _votes;
    mapping(address provider => Checkpoints.Trace208) private _delegated;
    Checkpoints.Trace208 private _total;

    /// @notice Sets what an account has in a pool from now on. EVER base units.
    function set(address provider, address account, uint208 votes) external {
        uint48 now_ = clock();
        (uint208 before, ) = _votes[provider][account].push(now_, votes);
        _total.push(now_, _total.latest() - before + votes);
        if (account != provider) _delegated[provider].push(now_, _delegated[provider].latest() - before + votes);
    }

    /// @notice Says that the delegators of a pool have this together, whatever they have. EVER base units.
    function setDelegated(address provider, uint208 votes) external {
        _delegated[provider].push(clock(), votes);
    }

    /// @inheritdoc IStakeVotes
    function getPastStakeVotes(address provider, address account, uint256 timepoint) public view returns (uint256) {
        return _votes[provider][account].upperLookupRecent(uint48(timepoint));
    }

    /// @inheritdoc IStakeVotes
    function getPastPoolVotes(
        address provider,
        uint256 timepoint
    ) external view returns (uint256 own, uint256 delegated) {
        own = getPastStakeVotes(provider, provider, timepoint);
        delegated = _delegated[provider].upperLookupRecent(uint48(timepoint));
    }

    /// @inheritdoc IStakeVotes
    function getPastTotalStakeVotes(uint256 timepoint) external view returns (uint256) {
        return _total.upperLookupRecent(uint48(timepoint));
    }

    /// @notice Clock of the votes. Unix seconds.
    function clock() public view returns (uint48) {
        return Time.timestamp();
    }

    /// @notice Kind of the clock, as ERC-6372 names it.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }
}
