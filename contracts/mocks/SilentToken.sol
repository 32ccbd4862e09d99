// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { PlainToken } from "./PlainToken.sol";

/// @title SilentToken
/// @notice Takes every call that it does not know without a word, as WETH does: a permit seems to work and changes nothing.
contract SilentToken is PlainToken {
    fallback() external {}

    /// @notice Some of these tokens answer for nonces, and never count one.
    function nonces(address) external pure returns (uint256) {
        return 0;
    }
}
