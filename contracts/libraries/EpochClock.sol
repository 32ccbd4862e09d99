// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IEpochClock } from "../interfaces/payments/IEpochClock.sol";

/// @title EpochClock
/// @notice Counts epochs.
abstract contract EpochClock is IEpochClock {
    /// @inheritdoc IEpochClock
    uint256 public immutable EPOCH_ORIGIN;
    /// @inheritdoc IEpochClock
    uint256 public immutable EPOCH_SECONDS;

    /// @param origin Unix seconds at which epoch 0 began; not in the future.
    /// @param epochSeconds Length of an epoch. Seconds.
    constructor(uint256 origin, uint256 epochSeconds) {
        if (epochSeconds == 0 || origin > block.timestamp) revert EpochClockInvalid(origin, epochSeconds);
        EPOCH_ORIGIN = origin;
        EPOCH_SECONDS = epochSeconds;
    }

    /// @inheritdoc IEpochClock
    function currentEpoch() public view returns (uint64) {
        return uint64((block.timestamp - EPOCH_ORIGIN) / EPOCH_SECONDS);
    }
}
