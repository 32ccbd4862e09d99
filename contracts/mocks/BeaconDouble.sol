// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { PeriodClock } from "../libraries/PeriodClock.sol";

/// @title BeaconDouble
/// @notice A beacon for tests whose seeds are chosen, so that a proof can be the same in each run.
contract BeaconDouble is PeriodClock {
    struct Round {
        bytes32 seed;
        uint40 dueAt;
    }

    /// @notice Seed of a period and the time until which its proofs are taken. Unix seconds.
    mapping(uint256 period => Round) public roundOf;

    constructor(uint256 origin, uint256 periodSeconds) PeriodClock(origin, periodSeconds) {}

    /// @notice Sets a round, also one that the real beacon would not.
    function setRound(uint256 period, bytes32 seed, uint40 dueAt) external {
        roundOf[period] = Round(seed, dueAt);
    }
}
