// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Tokens that several accounts own by shares. One word of storage.
/// @param index Tokens per share, times `StakePools.ONE`; 0 stands for `ONE`, as in a pool that nothing ever happened to.
/// @param tokens EVER base units, those included that rounding left to nobody.
/// @param epoch Shares of an earlier one are worth nothing: a slash took all of them.
struct StakePool {
    uint128 index;
    uint96 tokens;
    uint32 epoch;
}

/// @notice What one slash takes from where. EVER base units.
struct SlashParts {
    uint256 active;
    uint256 thawing;
    uint256 delegated;
    uint256 delegatedThawing;
}

/// @title StakePools
/// @notice Arithmetic of pools: what a share is worth is one number, so that a slash or a reward of any number of owners is one write.
/// @dev All divisions round against the owners and for the pool, so that the worth of all shares never exceeds the pool's tokens:
/// Σ shares × index ≤ tokens × ONE is kept by each function here. What rounding leaves belongs to nobody and stays slashable.
/// Amounts are at most 2⁹⁶, shares and indexes below 2¹²⁸, so that no product overflows.
library StakePools {
    /// @dev A share of a new pool is one base unit.
    uint256 internal constant ONE = 2 ** 64;
    /// @dev Below it a pool counts as wholly slashed: what is left of each token is less than 2⁻²⁴ of it, and shares would outgrow 128 bits.
    uint256 internal constant LEAST_INDEX = 2 ** 40;
    /// @dev Above it one share would be more than 2³⁶ base units, a ten-millionth of an EVER, and dust of depositors would be lost.
    uint256 internal constant MOST_INDEX = 2 ** 100;
    /// @dev Tokens that every reward is shared with, beside the pool's own: a reward for a pool of dust cannot make its shares dear.
    uint256 internal constant VIRTUAL_TOKENS = 1e15;
    /// @dev Far above EVER's cap, and two of it still fit into the 96 bits of a pool. EVER base units.
    uint256 internal constant MOST_TOKENS = 2 ** 95;

    /// @notice Index of a pool that may be new.
    function indexOf(uint128 stored) internal pure returns (uint256) {
        return stored == 0 ? ONE : stored;
    }

    /// @notice Shares that some tokens buy, rounded down.
    function sharesFor(uint256 amount, uint256 index) internal pure returns (uint256) {
        unchecked {
            return (amount * ONE) / index;
        }
    }

    /// @notice Shares that must go for some tokens, rounded up.
    function sharesOut(uint256 amount, uint256 index) internal pure returns (uint256) {
        unchecked {
            return (amount * ONE + index - 1) / index;
        }
    }

    /// @notice What shares of the running epoch are worth, rounded down. EVER base units.
    function worthOf(uint256 shares, uint256 index) internal pure returns (uint256) {
        unchecked {
            return (shares * index) / ONE;
        }
    }

    /// @notice Index after a reward.
    /// @param tokens What the pool holds before it. EVER base units.
    function indexAfterReward(uint256 index, uint256 tokens, uint256 added) internal pure returns (uint256) {
        return (index * (tokens + VIRTUAL_TOKENS + added)) / (tokens + VIRTUAL_TOKENS);
    }

    /// @notice Index and epoch after a slash.
    /// @param tokens What the pool holds before it, at least `taken`. EVER base units.
    function afterSlash(
        uint256 index,
        uint32 epoch,
        uint256 tokens,
        uint256 taken
    ) internal pure returns (uint256, uint32) {
        if (taken == 0) return (index, epoch);
        uint256 lowered = (index * (tokens - taken)) / tokens;
        return lowered < LEAST_INDEX ? (ONE, epoch + 1) : (lowered, epoch);
    }

    /// @notice Puts tokens in. The caller has checked that they fit.
    /// @return shares What they buy.
    /// @return epoch In which they count.
    function add(StakePool storage pool, uint256 amount) internal returns (uint256 shares, uint32 epoch) {
        StakePool memory held = pool;
        uint256 index = indexOf(held.index);
        (shares, epoch) = (sharesFor(amount, index), held.epoch);
        pool.index = uint128(index);
        pool.tokens = uint96(held.tokens + amount);
    }

    /// @notice Takes at most what is there.
    /// @return index After it.
    /// @return epoch After it.
    function slash(StakePool storage pool, uint256 taken) internal returns (uint128 index, uint32 epoch) {
        StakePool memory held = pool;
        (uint256 lowered, uint32 next) = afterSlash(indexOf(held.index), held.epoch, held.tokens, taken);
        (index, epoch) = (uint128(lowered), next);
        (pool.index, pool.tokens, pool.epoch) = (index, uint96(held.tokens - taken), epoch);
    }

    /// @notice Splits a slash: the provider's own active stake, its own thawing stake, then both parts of the pool in proportion, so that
    /// thawing helps nobody. Takes what is there when it is less.
    /// @param held What is there.
    function split(uint256 amount, SlashParts memory held) internal pure returns (SlashParts memory taken) {
        taken.active = _least(amount, held.active);
        amount -= taken.active;
        taken.thawing = _least(amount, held.thawing);
        uint256 pool = held.delegated + held.delegatedThawing;
        amount = _least(amount - taken.thawing, pool);
        if (amount == 0) return taken;
        taken.delegated = (amount * held.delegated) / pool;
        taken.delegatedThawing = amount - taken.delegated;
    }

    function _least(uint256 left, uint256 right) private pure returns (uint256) {
        return left < right ? left : right;
    }
}
