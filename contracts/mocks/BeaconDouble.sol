// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { PeriodClock } from "../libraries/PeriodClock.sol";

/// @title BeaconDouble
/// @notice A beacon for tests whose seeds are chosen, so that a proof can be the same in each run.
contract BeaconDouble is PeriodClock {
    mapping(uint256 period => uint256) private _rounds;

    constructor(uint256 origin, uint256 periodSeconds) PeriodClock(origin, periodSeconds) {}

    /// @notice Sets a round, also one that the real beacon would not. The seed's last five bytes are dropped.
    function setRound(uint256 period, bytes32 seed, uint40 dueAt) external {
        _rounds[period] = ((uint256(seed) >> 40) << 40) | dueAt;
    }

    /// @notice As `IRandomBeacon`; it costs what the real one costs.
    function roundOf(uint256 period) external view returns (bytes32 seed, uint40 dueAt) {
        uint256 round = _rounds[period];
        return (bytes32((round >> 40) << 40), uint40(round));
    }
}
