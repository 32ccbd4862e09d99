// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PeriodClock
/// @notice The division of time into periods that beacon, proofs, payments and market share.
abstract contract PeriodClock {
    /// @notice The clock has not begun, or its period is zero.
    error ClockInvalid(uint256 origin, uint256 periodSeconds);

    /// @notice Unix seconds at which period 0 began.
    uint256 public immutable ORIGIN;
    /// @notice Length of a period. Seconds.
    uint256 public immutable PERIOD_SECONDS;

    constructor(uint256 origin, uint256 periodSeconds) {
        if (origin == 0 || periodSeconds == 0) revert ClockInvalid(origin, periodSeconds);
        ORIGIN = origin;
        PERIOD_SECONDS = periodSeconds;
    }

    /// @notice The period that runs now. Reverts before `ORIGIN`.
    function currentPeriod() public view returns (uint256) {
        return (block.timestamp - ORIGIN) / PERIOD_SECONDS;
    }

    /// @notice Unix seconds at which a period ends and the next one begins.
    function endOf(uint256 period) public view returns (uint256) {
        return ORIGIN + (period + 1) * PERIOD_SECONDS;
    }
}
