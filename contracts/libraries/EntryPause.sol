// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IEntryGate } from "../interfaces/governance/IEntryGate.sol";

/// @title EntryPause
/// @notice How long new entries may be paused.
library EntryPause {
    /// @notice Longest pause. Seconds.
    uint256 internal constant MAX_SECONDS = 14 days;

    /// @notice Refuses a pause that would last too long. `until` in Unix seconds.
    function requireWithin(uint256 until) internal view {
        uint256 latestEnd = block.timestamp + MAX_SECONDS;
        if (until > latestEnd) revert IEntryGate.EntryPauseTooLong(latestEnd, until);
    }
}
