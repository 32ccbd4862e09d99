// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MetaWord
/// @notice What a proving set remembers of a piece, in one word: start 56 | length 40 | leaves 40 | addedIn 32 | removedIn 32 | dealId 56,
/// from the most significant bit on. Counts in leaves, periods absolute, removedIn 0 for a piece that nobody removed.
library MetaWord {
    /// @notice A piece that fills its range. The caller guarantees that each value fits.
    function encode(uint256 from, uint256 count, uint256 addedIn, uint256 deal) internal pure returns (uint256) {
        return (from << 200) | (count << 160) | (count << 120) | (addedIn << 88) | deal;
    }

    /// @notice The same range of the line with another piece in it, of at most its length.
    function reuse(uint256 meta, uint256 count, uint256 addedIn, uint256 deal) internal pure returns (uint256) {
        return ((meta >> 160) << 160) | (count << 120) | (addedIn << 88) | deal;
    }

    /// @notice The same piece, removed in `period`, which is not 0.
    function remove(uint256 meta, uint256 period) internal pure returns (uint256) {
        return meta | (period << 56);
    }

    /// @notice First position of the range on the set's line. Leaves.
    function start(uint256 meta) internal pure returns (uint256) {
        return meta >> 200;
    }

    /// @notice Length of the range. Leaves.
    function length(uint256 meta) internal pure returns (uint256) {
        return uint40(meta >> 160);
    }

    /// @notice Real leaves of the piece, at most the length of the range.
    function leaves(uint256 meta) internal pure returns (uint256) {
        return uint40(meta >> 120);
    }

    /// @notice Period in which the piece was removed; 0 when it was not.
    function removedIn(uint256 meta) internal pure returns (uint256) {
        return uint32(meta >> 56);
    }

    /// @notice Deal of the set's market.
    function dealId(uint256 meta) internal pure returns (uint256) {
        return uint56(meta);
    }

    /// @notice Whether the piece is part of the proof of `period`: added before it, and not removed before it.
    function isLive(uint256 meta, uint256 period) internal pure returns (bool) {
        uint256 removed = uint32(meta >> 56);
        return uint32(meta >> 88) < period && (removed == 0 || removed >= period);
    }

    /// @notice What a slot stores.
    function commit(bytes32 root, uint256 meta) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            mstore(0, root)
            mstore(0x20, meta)
            word := keccak256(0, 0x40)
        }
    }
}
