// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IEverTimelock
/// @notice What decisions wait in before anybody may execute them; the only administrator of policy.
interface IEverTimelock {
    /// @notice The delay is outside its hard bounds. Seconds.
    error TimelockDelayInvalid(uint256 delaySeconds, uint256 min, uint256 max);

    /// @notice Shortest delay that a vote can set. Seconds.
    // solhint-disable-next-line func-name-mixedcase
    function MIN_DELAY_SECONDS() external view returns (uint256);
    /// @notice Longest delay that a vote can set: what the unbonding leaves for execution. Seconds.
    // solhint-disable-next-line func-name-mixedcase
    function MAX_DELAY_SECONDS() external view returns (uint256);
}
