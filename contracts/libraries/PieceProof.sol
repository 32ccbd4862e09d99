// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bits } from "./Bits.sol";

/// @title PieceProof
/// @notice Merkle root of a piece from some of its leaves and the siblings that they need.
/// @dev leaf = keccak256(0x00 ‖ 128 bytes), node = keccak256(0x01 ‖ left ‖ right). Everything is read straight from calldata.
/// Warning: nothing here knows where the proof ends. Reading past it yields whatever follows, or zeros: the caller must
/// compare the returned offset with the end before it believes a root.
library PieceProof {
    /// @notice Bytes of a leaf.
    uint256 internal constant LEAF_BYTES = 128;

    /// @notice Levels between a leaf and the root: ceil(log2(leafCount)).
    function depthOf(uint256 leafCount) internal pure returns (uint256) {
        return leafCount < 2 ? 0 : Bits.highest(leafCount - 1) + 1;
    }

    /// @notice Root over one leaf.
    /// @param cursor Offset in calldata of the leaf, which its siblings follow from the bottom up.
    /// @param index Leaf of the piece, below 2^depth.
    /// @param depth Levels of the piece's tree.
    /// @return root What the opening hashes to.
    /// @return end Offset in calldata after it.
    function rootOf(uint256 cursor, uint256 index, uint256 depth) internal pure returns (bytes32 root, uint256 end) {
        unchecked {
            return _climb(_leaf(cursor), cursor + LEAF_BYTES, index, depth);
        }
    }

    /// @notice Root over several leaves, the siblings that they share only once.
    /// @dev Each leaf climbs to just below where it meets its right neighbour; on the way it merges with those on its left that
    /// wait lower. The last one climbs to the root.
    /// @param cursor Offset in calldata of the first leaf.
    /// @param indices Leaves of the piece, distinct and rising, each below 2^depth.
    /// @param depth Levels of the piece's tree.
    /// @return root What the openings hash to.
    /// @return end Offset in calldata after them.
    function rootOf(
        uint256 cursor,
        uint256[] memory indices,
        uint256 depth
    ) internal pure returns (bytes32 root, uint256 end) {
        unchecked {
            uint256 last = indices.length - 1;
            // Waiting nodes, lowest last: the hash, and in the same place of `levels` the level where it waits.
            bytes32[] memory waiting = new bytes32[](last);
            uint256[] memory levels = new uint256[](last);
            uint256 count;
            for (uint256 i; ; ++i) {
                uint256 index = indices[i];
                uint256 target = i == last ? depth : Bits.highest(index ^ indices[i + 1]);
                uint256 level;
                root = _leaf(cursor);
                cursor += LEAF_BYTES;
                while (count != 0 && levels[count - 1] < target) {
                    uint256 meet = levels[--count];
                    (root, cursor) = _climb(root, cursor, index >> level, meet - level);
                    root = _node(waiting[count], root);
                    level = meet + 1;
                }
                (root, cursor) = _climb(root, cursor, index >> level, target - level);
                if (i == last) return (root, cursor);
                waiting[count] = root;
                levels[count++] = target;
            }
        }
    }

    function _leaf(uint256 cursor) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0)
            calldatacopy(add(free, 1), cursor, LEAF_BYTES)
            hash := keccak256(free, 129)
        }
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 1)
            mstore(add(free, 1), left)
            mstore(add(free, 33), right)
            hash := keccak256(free, 65)
        }
    }

    /// @dev Hashes with one sibling per level; bit 0 of the index says whether the node is the right one of its pair.
    /// @dev Nine tenths of a proof's execution: the loop does four levels at a time, `shift` being 32 for a right node, 0 for a left one.
    function _climb(
        bytes32 node,
        uint256 cursor,
        uint256 index,
        uint256 levels
    ) private pure returns (bytes32 hash, uint256 end) {
        assembly ("memory-safe") {
            hash := node
            end := add(cursor, shl(5, levels))
            let free := mload(0x40)
            let left := add(free, 1)
            let right := add(free, 33)
            mstore8(free, 1)
            index := shl(5, index)
            for {
                let single := add(cursor, shl(5, and(levels, 3)))
            } lt(cursor, single) {
                cursor := add(cursor, 32)
            } {
                let shift := and(index, 32)
                mstore(add(left, shift), hash)
                mstore(sub(right, shift), calldataload(cursor))
                hash := keccak256(free, 65)
                index := shr(1, index)
            }
            for {} lt(cursor, end) {
                cursor := add(cursor, 128)
            } {
                let shift := and(index, 32)
                mstore(add(left, shift), hash)
                mstore(sub(right, shift), calldataload(cursor))
                hash := keccak256(free, 65)
                shift := and(shr(1, index), 32)
                mstore(add(left, shift), hash)
                mstore(sub(right, shift), calldataload(add(cursor, 32)))
                hash := keccak256(free, 65)
                shift := and(shr(2, index), 32)
                mstore(add(left, shift), hash)
                mstore(sub(right, shift), calldataload(add(cursor, 64)))
                hash := keccak256(free, 65)
                shift := and(shr(3, index), 32)
                mstore(add(left, shift), hash)
                mstore(sub(right, shift), calldataload(add(cursor, 96)))
                hash := keccak256(free, 65)
                index := shr(4, index)
            }
        }
    }
}
