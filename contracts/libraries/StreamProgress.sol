// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How far a stream is settled: one word of storage.
/// @param earnedScaled Earned by all settled periods, gross and exact: token base units × byte-periods. 128 bits.
/// @param released Part of it that is not held back, gross. Token base units, 88 bits.
/// @param settledPeriod First period that is not settled. 24 bits.
/// @param feeBps Protocol fee of what is released. Basis points, 16 bits.
struct StreamProgress {
    uint256 earnedScaled;
    uint256 released;
    uint256 settledPeriod;
    uint256 feeBps;
}

/// @title StreamProgresses
/// @notice Packs a progress into a word and back; see `StreamRates`.
library StreamProgresses {
    /// @notice The fields must fit; nothing is checked here.
    function pack(StreamProgress memory progress) internal pure returns (uint256 word) {
        word = (progress.earnedScaled << 128) | (progress.released << 40);
        word |= (progress.settledPeriod << 16) | progress.feeBps;
    }

    /// @notice The progress of a deal.
    function load(
        mapping(uint256 dealKey => uint256) storage words,
        uint256 dealKey
    ) internal view returns (StreamProgress memory progress) {
        uint256 word = words[dealKey];
        progress.earnedScaled = word >> 128;
        progress.released = uint88(word >> 40);
        progress.settledPeriod = uint24(word >> 16);
        progress.feeBps = uint16(word);
    }
}
