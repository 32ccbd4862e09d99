// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bits } from "./Bits.sol";

/// @title PeriodWords
/// @notice Remembers periods, and counts those in any span at the cost of one to three reads.
/// @dev A word holds 224 periods as bits and, in the 32 bits above them, one more than the number of periods before the word: no word
/// in use is zero. Words are used without gaps, so the count carries on from the word before: whoever uses this keeps the index of the
/// last word in use.
library PeriodWords {
    /// @notice Periods in a word.
    uint256 internal constant WORD_PERIODS = 224;

    /// @notice Index of the word that holds a period.
    function indexOf(uint256 period) internal pure returns (uint256) {
        return period / WORD_PERIODS;
    }

    /// @notice Takes the first word into use, which costs the 20,000 gas of new storage before its first period is set.
    function open(mapping(uint256 index => uint256) storage words, uint256 index) internal {
        words[index] = 1 << WORD_PERIODS;
    }

    /// @notice Whether a period is set.
    function has(mapping(uint256 index => uint256) storage words, uint256 period) internal view returns (bool) {
        return (words[period / WORD_PERIODS] >> (period % WORD_PERIODS)) & 1 == 1;
    }

    /// @notice Sets a period that is not before the last word in use.
    /// @param last Index of the last word in use; afterwards it is the period's. `canReach` must hold for it.
    /// @return isNew False when the period was set before.
    function set(
        mapping(uint256 index => uint256) storage words,
        uint256 last,
        uint256 period
    ) internal returns (bool isNew) {
        uint256 index = period / WORD_PERIODS;
        uint256 bit = 1 << (period % WORD_PERIODS);
        uint256 word = words[index];
        if (word & bit != 0) return false;
        if (word == 0) word = (_countIn(words[last], WORD_PERIODS) + 1) << WORD_PERIODS;
        words[index] = word | bit;
        return true;
    }

    /// @notice Whether word `index` may follow the last one in use: no count could be found across a gap. As long as nothing is set,
    /// there is nothing to be found.
    function canReach(
        mapping(uint256 index => uint256) storage words,
        uint256 last,
        uint256 index
    ) internal view returns (bool) {
        return index <= last + 1 || _countIn(words[last], WORD_PERIODS) == 0;
    }

    /// @notice Number of periods set in [`from`, `to`), when one word in use holds both.
    /// @return isWithin False when it is not so; then ask `countBefore`.
    function countWithin(
        mapping(uint256 index => uint256) storage words,
        uint256 from,
        uint256 to
    ) internal view returns (bool isWithin, uint256 count) {
        unchecked {
            uint256 index = from / WORD_PERIODS;
            if (index != to / WORD_PERIODS) return (false, 0);
            uint256 word = words[index];
            if (word == 0) return (false, 0);
            return (true, Bits.count((word & ((1 << (to % WORD_PERIODS)) - 1)) >> (from % WORD_PERIODS)));
        }
    }

    /// @notice Number of periods set before `period`.
    /// @param last Index of the last word in use.
    function countBefore(
        mapping(uint256 index => uint256) storage words,
        uint256 last,
        uint256 period
    ) internal view returns (uint256) {
        uint256 index = period / WORD_PERIODS;
        uint256 word = words[index];
        if (word != 0) return _countIn(word, period % WORD_PERIODS);
        // A word that is not in use is either before the first period or after the last.
        return index < last ? 0 : _countIn(words[last], WORD_PERIODS);
    }

    /// @dev Periods set before bit `end` of a word; 0 for a word that is not in use.
    function _countIn(uint256 word, uint256 end) private pure returns (uint256) {
        return word == 0 ? 0 : (word >> WORD_PERIODS) - 1 + Bits.count(word & ((1 << end) - 1));
    }
}
