// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Bits
/// @notice Counts and finds set bits.
library Bits {
    /// @notice Number of set bits.
    /// @dev Warning: counts in bytes, so all 256 bits set would overflow to 0.
    function count(uint256 word) internal pure returns (uint256) {
        unchecked {
            word -= (word >> 1) & 0x5555555555555555555555555555555555555555555555555555555555555555;
            word =
                (word & 0x3333333333333333333333333333333333333333333333333333333333333333) +
                ((word >> 2) & 0x3333333333333333333333333333333333333333333333333333333333333333);
            word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
            return (word * 0x0101010101010101010101010101010101010101010101010101010101010101) >> 248;
        }
    }

    /// @notice Index of the highest set bit of a number below 2^64; 0 for 0.
    function highest(uint256 word) internal pure returns (uint256 index) {
        assembly ("memory-safe") {
            index := shl(5, gt(word, 0xffffffff))
            index := or(index, shl(4, gt(shr(index, word), 0xffff)))
            index := or(index, shl(3, gt(shr(index, word), 0xff)))
            index := or(index, shl(2, gt(shr(index, word), 0xf)))
            index := or(index, shl(1, gt(shr(index, word), 0x3)))
            index := or(index, gt(shr(index, word), 0x1))
        }
    }
}
