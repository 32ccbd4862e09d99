// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IRandomBeacon } from "../interfaces/verification/IRandomBeacon.sol";

/// @title BlockHeader
/// @notice Reads what a beacon needs from the RLP of a block header.
/// @dev Source: Ethereum Yellow Paper, appendix B (RLP) and section 4.4 (header); EIP-4399 for `mixHash`. The first 14 of 20, 21 or more
/// fields are read; what follows is only known to lie inside the list. Lists and extra data of any length are taken, each length in
/// its one canonical form, and no byte outside the header is read. Whether the header is a real one is for its hash to say.
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

    /// parentHash, ommersHash, beneficiary, stateRoot, transactionsRoot, receiptsRoot: 5 × 33 + 21 bytes, then logsBloom: 259 bytes.
    uint256 private constant FIXED_BYTES = 445;

    /// @notice Decodes a header.
    function decode(bytes calldata header) internal pure returns (Fields memory fields) {
        uint256 cursor = _enter(header);
        if (header.length < cursor + FIXED_BYTES) revert IRandomBeacon.BeaconHeaderInvalid();
        _expect(header, cursor, 0xa0);
        _expect(header, cursor + 33, 0xa0);
        _expect(header, cursor + 66, 0x94);
        _expect(header, cursor + 87, 0xa0);
        _expect(header, cursor + 120, 0xa0);
        _expect(header, cursor + 153, 0xa0);
        _expect(header, cursor + 186, 0xb9);
        _expect(header, cursor + 187, 0x01);
        _expect(header, cursor + 188, 0x00);
        fields.parentHash = bytes32(header[cursor + 1:cursor + 33]);
        cursor += FIXED_BYTES;

        uint256 difficulty;
        (difficulty, cursor) = _number(header, cursor);
        // A miner chooses the mixHash of a block with proof of work.
        if (difficulty != 0) revert IRandomBeacon.BeaconHeaderInvalid();
        (fields.number, cursor) = _number(header, cursor);
        (, cursor) = _number(header, cursor); // gasLimit
        (, cursor) = _number(header, cursor); // gasUsed
        (fields.timestamp, cursor) = _number(header, cursor);
        cursor = _skip(header, cursor); // extraData
        if (header.length < cursor + 33) revert IRandomBeacon.BeaconHeaderInvalid();
        _expect(header, cursor, 0xa0);
        fields.mixHash = bytes32(header[cursor + 1:cursor + 33]);
    }

    /// Offset of the first field. A header is always longer than the 55 bytes of a short list, and is nothing but one list.
    function _enter(bytes calldata header) private pure returns (uint256 cursor) {
        if (header.length == 0 || uint8(header[0]) < 0xf8) revert IRandomBeacon.BeaconHeaderInvalid();
        uint256 size;
        (size, cursor) = _length(header, 1, uint256(uint8(header[0])) - 0xf7);
        if (size != header.length - cursor) revert IRandomBeacon.BeaconHeaderInvalid();
    }

    /// An integer of at most 8 bytes, without leading zeros.
    function _number(bytes calldata header, uint256 cursor) private pure returns (uint256 value, uint256 next) {
        uint256 prefix = _byteAt(header, cursor);
        if (prefix < 0x80) {
            if (prefix == 0) revert IRandomBeacon.BeaconHeaderInvalid();
            return (prefix, cursor + 1);
        }
        if (prefix > 0x88) revert IRandomBeacon.BeaconHeaderInvalid();
        next = cursor + 1 + (prefix - 0x80);
        if (header.length < next) revert IRandomBeacon.BeaconHeaderInvalid();
        if (prefix == 0x80) return (0, next);
        value = uint256(bytes32(header[cursor + 1:next]) >> (8 * (0xa0 - prefix)));
        if (uint8(header[cursor + 1]) == 0 || value < 0x80) revert IRandomBeacon.BeaconHeaderInvalid();
    }

    /// Offset after a string of any length.
    function _skip(bytes calldata header, uint256 cursor) private pure returns (uint256 next) {
        uint256 prefix = _byteAt(header, cursor);
        if (prefix < 0x80) return cursor + 1;
        if (prefix < 0xb8) return cursor + 1 + (prefix - 0x80);
        if (prefix > 0xbf) revert IRandomBeacon.BeaconHeaderInvalid();
        uint256 size;
        (size, next) = _length(header, cursor + 1, prefix - 0xb7);
        next += size;
    }

    /// A length that takes `width` bytes, 1 to 8, without leading zeros and above the 55 that a short prefix can say.
    function _length(
        bytes calldata header,
        uint256 cursor,
        uint256 width
    ) private pure returns (uint256 size, uint256 next) {
        next = cursor + width;
        if (header.length < next) revert IRandomBeacon.BeaconHeaderInvalid();
        size = uint256(bytes32(header[cursor:next]) >> (256 - 8 * width));
        if (uint8(header[cursor]) == 0 || size < 56) revert IRandomBeacon.BeaconHeaderInvalid();
    }

    function _expect(bytes calldata header, uint256 cursor, uint256 prefix) private pure {
        if (uint8(header[cursor]) != prefix) revert IRandomBeacon.BeaconHeaderInvalid();
    }

    function _byteAt(bytes calldata header, uint256 cursor) private pure returns (uint256) {
        if (header.length <= cursor) revert IRandomBeacon.BeaconHeaderInvalid();
        return uint8(header[cursor]);
    }
}
