// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IPossessionProofs } from "../interfaces/verification/IPossessionProofs.sol";
import { MetaWord } from "./MetaWord.sol";
import { PieceProof } from "./PieceProof.sol";

/// @title SetProof
/// @notice Judges the proof of one proving set and period, as `IPossessionProofs` describes it.
/// @dev Each position of the line belongs to one slot for ever, and slots commit to their range: a range that is dead cannot be
/// passed off as live, nor the other way round. The proof is read straight from calldata; the end is compared last.
library SetProof {
    using MetaWord for uint256;

    /// @notice Challenges per proof. Our choice: who drops a share f of the bytes loses about 5 f of its proofs.
    uint256 internal constant CHALLENGES = 5;
    uint256 private constant _SLOT_BYTES = 5;
    uint256 private constant _ENTRY_BYTES = 69; // slot 5, meta 32, root 32
    uint256 private constant _MAX_UINT64 = type(uint64).max;
    uint256 private constant _CUT_OUT = 1 << 128; // of a dead range that was hit

    /// @notice What the proof must answer. The first four words are what a challenge hashes.
    /// @param seed Seed of the period.
    /// @param challenge Number of the challenge.
    /// @param attempt Draws of it that fell on dead ranges.
    /// @param total Length of the line as of the end of the period. Leaves, not 0.
    struct Question {
        bytes32 seed;
        uint256 setId;
        uint256 challenge;
        uint256 attempt;
        uint256 period;
        uint256 total;
    }

    /// @notice Reverts unless `proof` answers `question`.
    function check(
        mapping(uint256 slot => bytes32) storage slots,
        Question memory question,
        bytes calldata proof
    ) internal view {
        unchecked {
            uint256 cursor;
            assembly ("memory-safe") {
                cursor := proof.offset
            }
            uint256 end = cursor + proof.length;
            uint256[] memory dead;
            (dead, cursor) = _readDead(slots, question, cursor);
            uint256[] memory positions = _draw(question, dead);
            for (uint256 i; i < positions.length;) (i, cursor) = _readPiece(slots, question, positions, i, cursor);
            if (cursor != end) _refuse(question, question.total);
        }
    }

    /// @dev The ranges that are no part of this proof, in rising order, each as from 64 | to 64.
    function _readDead(
        mapping(uint256 slot => bytes32) storage slots,
        Question memory question,
        uint256 cursor
    ) private view returns (uint256[] memory dead, uint256) {
        unchecked {
            dead = new uint256[](_load(cursor) >> 248);
            ++cursor;
            uint256 least;
            for (uint256 i; i < dead.length; ++i) {
                uint256 meta = _load(cursor + _SLOT_BYTES);
                bytes32 root = bytes32(_load(cursor + _SLOT_BYTES + 32));
                uint256 from = meta.start();
                uint256 to = from + meta.length();
                // A piece that is shorter than its range leaves a dead rest.
                if (meta.isLive(question.period)) from += meta.leaves();
                if (from < least || slots[_load(cursor) >> 216] != MetaWord.commit(root, meta)) _refuse(question, from);
                dead[i] = (from << 64) | to;
                least = to;
                cursor += _ENTRY_BYTES;
            }
            return (dead, cursor);
        }
    }

    /// @dev Positions to open, distinct and rising.
    function _draw(Question memory question, uint256[] memory dead) private pure returns (uint256[] memory positions) {
        unchecked {
            positions = new uint256[](CHALLENGES);
            uint256 count;
            uint256 rest = question.total;
            for (uint256 k; k < CHALLENGES; ++k) {
                uint256 position;
                (position, rest) = _next(question, k, dead, rest);
                uint256 i = count;
                while (i != 0 && positions[i - 1] > position) --i;
                if (i != 0 && positions[i - 1] == position) continue;
                for (uint256 j = count++; j > i; --j) positions[j] = positions[j - 1];
                positions[i] = position;
            }
            assembly ("memory-safe") {
                mstore(positions, count)
            }
        }
    }

    /// @dev One challenge: drawn again while it falls on a dead range, which is cut out of the line first. So each range costs one more
    /// draw at most, and the set stays provable however little of its line is live.
    function _next(
        Question memory question,
        uint256 k,
        uint256[] memory dead,
        uint256 rest
    ) private pure returns (uint256 position, uint256) {
        unchecked {
            question.challenge = k;
            question.attempt = 0;
            while (rest != 0) {
                assembly ("memory-safe") {
                    // The first four words of the struct are abi.encode(seed, setId, challenge, attempt).
                    position := mod(keccak256(question, 0x80), rest)
                }
                if (dead.length == 0) return (position, rest);
                uint256 cut;
                (position, cut) = _place(position, dead);
                if (cut == 0) return (position, rest);
                rest -= cut;
                ++question.attempt;
            }
            _refuse(question, question.total); // nothing is live
        }
    }

    /// @dev Where a draw on what is left of the line falls on the whole line; `cut` is the length of the dead range that it hit, if it
    /// did, which is cut out now.
    function _place(uint256 position, uint256[] memory dead) private pure returns (uint256, uint256 cut) {
        unchecked {
            for (uint256 i; i < dead.length; ++i) {
                uint256 range = dead[i];
                uint256 from = (range >> 64) & _MAX_UINT64;
                if (position < from) break;
                uint256 to = range & _MAX_UINT64;
                if (range >= _CUT_OUT) {
                    position += to - from;
                } else if (position < to) {
                    dead[i] = range | _CUT_OUT;
                    return (position, to - from);
                }
            }
            return (position, 0);
        }
    }

    /// @dev Checks one piece, with all the challenges from number `from` on that hit it.
    function _readPiece(
        mapping(uint256 slot => bytes32) storage slots,
        Question memory question,
        uint256[] memory positions,
        uint256 from,
        uint256 cursor
    ) private view returns (uint256 to, uint256) {
        unchecked {
            uint256 meta = _load(cursor + _SLOT_BYTES);
            bytes32 committed = slots[_load(cursor) >> 216];
            uint256 first = positions[from];
            uint256 start = meta.start();
            uint256 leaves = meta.leaves();
            // The difference wraps, and is too large, before the start.
            if (first - start >= leaves || !meta.isLive(question.period)) _refuse(question, first);
            to = from + 1;
            while (to < positions.length && positions[to] - start < leaves) ++to;
            bytes32 root;
            cursor += _SLOT_BYTES + 32;
            if (to == from + 1) {
                (root, cursor) = PieceProof.rootOf(cursor, first - start, PieceProof.depthOf(leaves));
            } else {
                uint256[] memory indices = new uint256[](to - from);
                for (uint256 i; i < indices.length; ++i) indices[i] = positions[from + i] - start;
                (root, cursor) = PieceProof.rootOf(cursor, indices, PieceProof.depthOf(leaves));
            }
            if (committed != MetaWord.commit(root, meta)) _refuse(question, first);
            return (to, cursor);
        }
    }

    function _load(uint256 cursor) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(cursor)
        }
    }

    function _refuse(Question memory question, uint256 position) private pure {
        revert IPossessionProofs.ProofsProofInvalid(question.setId, question.period, position);
    }
}
