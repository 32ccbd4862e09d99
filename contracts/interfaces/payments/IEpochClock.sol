// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IEpochClock
/// @notice The beat of burning and rewards: what was burned in an epoch bounds what is emitted for it afterwards.
interface IEpochClock {
    /// @notice An epoch has no length, or the first one would be in the future. Unix seconds; seconds.
    error EpochClockInvalid(uint256 origin, uint256 epochSeconds);

    /// @notice Unix seconds at which epoch 0 began.
    function EPOCH_ORIGIN() external view returns (uint256);
    /// @notice Length of an epoch. Seconds.
    function EPOCH_SECONDS() external view returns (uint256);
    /// @notice The running epoch.
    function currentEpoch() external view returns (uint64);
}
