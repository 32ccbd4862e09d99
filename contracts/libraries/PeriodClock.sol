// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IPeriodClock } from "../interfaces/verification/IPeriodClock.sol";

/// @title PeriodClock
/// @notice The division of time into periods that beacon, proofs, payments and market share.
abstract contract PeriodClock is IPeriodClock {
    /// @inheritdoc IPeriodClock
    uint256 public immutable ORIGIN;
    /// @inheritdoc IPeriodClock
    uint256 public immutable PERIOD_SECONDS;

    /// @param origin Unix seconds at which period 0 begins.
    /// @param periodSeconds Length of a period. Seconds.
    constructor(uint256 origin, uint256 periodSeconds) {
        if (origin == 0 || periodSeconds == 0) revert ClockInvalid(origin, periodSeconds);
        ORIGIN = origin;
        PERIOD_SECONDS = periodSeconds;
    }

    /// @inheritdoc IPeriodClock
    function currentPeriod() public view returns (uint256) {
        return (block.timestamp - ORIGIN) / PERIOD_SECONDS;
    }

    /// @inheritdoc IPeriodClock
    function endOf(uint256 period) public view returns (uint256) {
        return ORIGIN + (period + 1) * PERIOD_SECONDS;
    }

    /// @dev Periods whose verdict can no longer change: all before the previous one.
    function _closedPeriods() internal view returns (uint256) {
        uint256 period = currentPeriod();
        unchecked {
            return period == 0 ? 0 : period - 1;
        }
    }
}
