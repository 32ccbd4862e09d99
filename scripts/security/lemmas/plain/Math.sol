// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Math
/// @notice What OpenZeppelin's functions of these names mean, without the assembly and bit tricks that the checker cannot follow: the
/// lemmas take it in the place of the original, whose own tests say that it means this.
library Math {
    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }

    function ceilDiv(uint256 a, uint256 b) internal pure returns (uint256) {
        return a == 0 ? 0 : (a - 1) / b + 1;
    }

    function saturatingSub(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : 0;
    }
}
