// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { HostileMarket } from "./HostileMarket.sol";

/// @title Bomb
/// @notice A contract that holds money and does what it is told, and that nobody can call for anything else: every such call burns all the
/// gas that it gets, or fails with more bytes than a caller likes to copy.
contract Bomb is HostileMarket {
    uint256 private constant _REPLY_BYTES = 100_000;

    bool private _floods;

    fallback() external {
        _explode();
    }

    /// @notice Whether it floods from now on, or burns.
    function setFloods(bool floods) external {
        _floods = floods;
    }

    function _explode() private view {
        bool floods = _floods;
        assembly ("memory-safe") {
            if floods {
                revert(0, _REPLY_BYTES)
            }
            invalid()
        }
    }
}
