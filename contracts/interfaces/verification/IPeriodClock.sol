// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IPeriodClock
/// @notice The division of time into periods.
interface IPeriodClock {
    /// @notice The clock has not begun, or its period is zero.
    error ClockInvalid(uint256 origin, uint256 periodSeconds);

    /// @notice Unix seconds at which period 0 began.
    function ORIGIN() external view returns (uint256);
    /// @notice Length of a period. Seconds.
    function PERIOD_SECONDS() external view returns (uint256);
    /// @notice The period that runs now. Reverts before `ORIGIN`.
    function currentPeriod() external view returns (uint256);
    /// @notice Unix seconds at which a period ends and the next one begins.
    function endOf(uint256 period) external view returns (uint256);
}
