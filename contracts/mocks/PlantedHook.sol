// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PlantedHook
/// @notice For tests: a door whose lock is only in what inherits it.
abstract contract PlantedHook {
    uint256 private _opened;

    function byHook() external {
        _requireAllowed(msg.sender);
        ++_opened;
    }

    function _requireAllowed(address account) internal view virtual;
}
