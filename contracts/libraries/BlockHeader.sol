// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IRandomBeacon } from "../interfaces/verification/IRandomBeacon.sol";

/// @title BlockHeader
/// @notice Reads what a beacon needs from the RLP of a block header.
/// @dev Source: Ethereum Yellow Paper, appendix B (RLP) and section 4.4 (header); EIP-4399 for `mixHash`. The first 14 of 20, 21 or more
/// fields are read, lists and extra data of any length are taken. Only what leads the reader to these fields is checked, and that all
/// of it lies inside the header: bytes that hash to a block of the chain are a header in canonical form, others are worth nothing.
library BlockHeader {
    /// @notice What a beacon needs.
    /// @param parentHash Hash of the parent's header.
    /// @param number Height.
    /// @param timestamp Unix seconds.
    /// @param mixHash The beacon chain's RANDAO of the slot before.
    struct Fields {
        bytes32 parentHash;
        uint256 number;
        uint256 timestamp;
        bytes32 mixHash;
    }

    /// @dev parentHash, ommersHash, beneficiary, stateRoot, transactionsRoot, receiptsRoot: 5 × 33 + 21 bytes; then logsBloom: 259 bytes.
    uint256 private constant _BLOOM_OFFSET = 186;
    uint256 private constant _FIXED_BYTES = 445;

    /// @notice Decodes a header.
    /// @dev The cursor only rises, and its last place is compared with the end: what was read before lies inside as well.
    function decode(bytes calldata header) internal pure returns (Fields memory fields) {
        unchecked {
            uint256 cursor = _enter(header);
            if (_byteAt(cursor) != 0xa0 || _load(cursor + _BLOOM_OFFSET) >> 232 != 0xb90100) _refuse();
            fields.parentHash = bytes32(_load(cursor + 1));
            uint256 difficulty;
            (difficulty, cursor) = _number(cursor + _FIXED_BYTES);
            if (difficulty != 0) _refuse(); // proof of work: a miner chooses the mixHash
            (fields.number, cursor) = _number(cursor);
            (, cursor) = _number(cursor); // gasLimit
            (, cursor) = _number(cursor); // gasUsed
            (fields.timestamp, cursor) = _number(cursor);
            cursor = _skip(cursor); // extraData
            if (_byteAt(cursor) != 0xa0 || cursor + 33 > _offset(header) + header.length) _refuse();
            fields.mixHash = bytes32(_load(cursor + 1));
        }
    }

    /// @dev Offset of the first field. A header is nothing but one list, always longer than the 55 bytes of a short one.
    function _enter(bytes calldata header) private pure returns (uint256 cursor) {
        unchecked {
            uint256 start = _offset(header);
            uint256 prefix = _byteAt(start);
            if (prefix < 0xf8) _refuse();
            cursor = start + 1 + (prefix - 0xf7);
            if (cursor + _bigEndian(start + 1, prefix - 0xf7) != start + header.length) _refuse();
        }
    }

    /// @dev An integer of at most 8 bytes, and the offset after it.
    function _number(uint256 cursor) private pure returns (uint256 value, uint256 next) {
        unchecked {
            uint256 prefix = _byteAt(cursor);
            if (prefix < 0x80) return (prefix, cursor + 1);
            if (prefix > 0x88) _refuse();
            return (_bigEndian(cursor + 1, prefix - 0x80), cursor + 1 + (prefix - 0x80));
        }
    }

    /// @dev Offset after a string of any length.
    function _skip(uint256 cursor) private pure returns (uint256) {
        unchecked {
            uint256 prefix = _byteAt(cursor);
            if (prefix < 0x80) return cursor + 1;
            if (prefix < 0xb8) return cursor + 1 + (prefix - 0x80);
            if (prefix > 0xbf) _refuse();
            return cursor + 1 + (prefix - 0xb7) + _bigEndian(cursor + 1, prefix - 0xb7);
        }
    }

    /// @dev A number of `width` bytes, at most 8.
    function _bigEndian(uint256 cursor, uint256 width) private pure returns (uint256) {
        unchecked {
            return _load(cursor) >> (256 - 8 * width);
        }
    }

    function _byteAt(uint256 cursor) private pure returns (uint256) {
        return _load(cursor) >> 248;
    }

    function _load(uint256 cursor) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(cursor)
        }
    }

    function _offset(bytes calldata header) private pure returns (uint256 offset) {
        assembly ("memory-safe") {
            offset := header.offset
        }
    }

    function _refuse() private pure {
        revert IRandomBeacon.BeaconHeaderInvalid();
    }
}
