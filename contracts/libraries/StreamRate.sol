// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a stream earns from a boundary on, together with what adding a piece needs: one word of storage.
/// @param unitPrice Token base units per GiB and 30 periods. 80 bits.
/// @param liveBytes Bytes under proof. 48 bits.
/// @param fromPeriod First period of this rate. 24 bits.
/// @param endPeriod First period that is not paid any more; before the start: how many periods the money pays for. 24 bits.
/// @param setId Proving set. 32 bits.
/// @param nextNonce Least nonce that may add pieces. 32 bits.
/// @param verifierNumber Number of the verifier among those of its market; 0 before the start. 16 bits.
struct StreamRate {
    uint256 unitPrice;
    uint256 liveBytes;
    uint256 fromPeriod;
    uint256 endPeriod;
    uint256 setId;
    uint256 nextNonce;
    uint256 verifierNumber;
}

/// @title StreamRates
/// @notice Packs a rate into a word and back. Written by hand because payments read and write all of it: one access, not seven.
library StreamRates {
    /// @notice The fields must fit; nothing is checked here.
    function pack(StreamRate memory rate) internal pure returns (uint256 word) {
        word = (rate.unitPrice << 176) | (rate.liveBytes << 128) | (rate.fromPeriod << 104) | (rate.endPeriod << 80);
        word |= (rate.setId << 48) | (rate.nextNonce << 16) | rate.verifierNumber;
    }

    /// @notice As `pack`, for a stream that has not started: all else is zero.
    function packReserved(uint256 unitPrice, uint256 periods) internal pure returns (uint256 word) {
        return (unitPrice << 176) | (periods << 80);
    }

    /// @notice What the live bytes cost in a proven period. Token base units × byte-periods.
    function perPeriod(StreamRate memory rate) internal pure returns (uint256) {
        unchecked {
            return rate.unitPrice * rate.liveBytes;
        }
    }

    /// @notice What a payment needs of a past rate in a word: its first period, and what a proven one cost.
    function unpackPast(uint256 word) internal pure returns (uint256 fromPeriod, uint256 scaled) {
        unchecked {
            return (uint24(word >> 104), (word >> 176) * uint48(word >> 128));
        }
    }

    /// @notice The latest rate of a deal.
    /// @dev Reads and unpacks in one step: each further function on the way would clear a struct of its own first.
    function load(
        mapping(uint256 dealKey => uint256) storage words,
        uint256 dealKey
    ) internal view returns (StreamRate memory rate) {
        uint256 word = words[dealKey];
        rate.unitPrice = word >> 176;
        rate.liveBytes = uint48(word >> 128);
        rate.fromPeriod = uint24(word >> 104);
        rate.endPeriod = uint24(word >> 80);
        rate.setId = uint32(word >> 48);
        rate.nextNonce = uint32(word >> 16);
        rate.verifierNumber = uint16(word);
    }
}
