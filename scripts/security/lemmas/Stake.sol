// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What `npm run lemmas` asks a solver to prove: one contract for each lemma, whose arguments are any values within the bounds that
// `require` says. The libraries are the protocol's own; a line that begins with "include" stands for the text of a private function of
// the contract that it names.

import { StakePools } from "../../../contracts/libraries/StakePool.sol";

/// @dev What the pools keep to: amounts and pools of at most 2⁹⁵ and indexes between the least and the most.
abstract contract Bounds {
    function isIndex(uint256 index) internal pure returns (bool) {
        return index >= StakePools.LEAST_INDEX && index <= StakePools.MOST_INDEX;
    }

    function isAmount(uint256 amount) internal pure returns (bool) {
        return amount <= StakePools.MOST_TOKENS;
    }

    /// @dev A pool's shares are worth no more than it holds.
    function isSolvent(uint256 shares, uint256 index, uint256 tokens) internal pure returns (bool) {
        return shares < 2 ** 128 && shares * index <= tokens * StakePools.ONE;
    }
}

/// @title Tokens that buy shares are worth no more when they come back
contract SharesNeverGain is Bounds {
    function lemma(uint256 amount, uint256 index) external pure {
        require(isAmount(amount) && isIndex(index));
        assert(StakePools.worthOf(StakePools.sharesFor(amount, index), index) <= amount);
    }
}

/// @title Shares that go for tokens are worth at least these
contract SharesOutCover is Bounds {
    function lemma(uint256 amount, uint256 index) external pure {
        require(isAmount(amount) && isIndex(index));
        assert(StakePools.worthOf(StakePools.sharesOut(amount, index), index) >= amount);
    }
}

/// @title A tranche of which a freeze holds back a part has enough shares for the rest
contract SharesOutWithinTranche is Bounds {
    function lemma(uint256 shares, uint256 left, uint256 index) external pure {
        require(isIndex(index) && shares < 2 ** 128 && left < StakePools.worthOf(shares, index));
        assert(StakePools.sharesOut(left, index) <= shares);
    }
}

/// @title Shares in two parts are worth no more than together
contract SharesNeverGainBySplitting is Bounds {
    function lemma(uint256 one, uint256 other, uint256 index) external pure {
        require(isIndex(index) && one < 2 ** 127 && other < 2 ** 127);
        uint256 together = StakePools.worthOf(one + other, index);
        assert(StakePools.worthOf(one, index) + StakePools.worthOf(other, index) <= together);
    }
}

/// @title Tokens in two parts buy no more shares than together
contract TokensNeverGainBySplitting is Bounds {
    function lemma(uint256 one, uint256 other, uint256 index) external pure {
        require(isIndex(index) && isAmount(one) && isAmount(other));
        uint256 together = StakePools.sharesFor(one + other, index);
        assert(StakePools.sharesFor(one, index) + StakePools.sharesFor(other, index) <= together);
    }
}

/// @title A slash never raises the index of a pool that goes on
contract SlashNeverRaisesIndex is Bounds {
    function lemma(uint256 index, uint32 epoch, uint256 tokens, uint256 taken) external pure {
        require(isIndex(index) && isAmount(tokens) && taken <= tokens && epoch < type(uint32).max);
        (uint256 lowered, uint32 next) = StakePools.afterSlash(index, epoch, tokens, taken);
        assert(next != epoch || lowered <= index);
    }
}

/// @title A slash of everything ends the epoch
contract SlashOfAllEndsEpoch is Bounds {
    function lemma(uint256 index, uint32 epoch, uint256 tokens) external pure {
        require(isIndex(index) && isAmount(tokens) && tokens > 0 && epoch < type(uint32).max);
        (uint256 lowered, uint32 next) = StakePools.afterSlash(index, epoch, tokens, tokens);
        assert(next == epoch + 1 && lowered == StakePools.ONE);
    }
}

/// @title After a slash shares are worth no more than the pool holds
contract SlashKeepsSolvency is Bounds {
    function lemma(uint256 shares, uint256 index, uint256 tokens, uint256 taken) external pure {
        require(isIndex(index) && isAmount(tokens) && taken <= tokens && isSolvent(shares, index, tokens));
        (uint256 lowered, uint32 epoch) = StakePools.afterSlash(index, 0, tokens, taken);
        assert(epoch != 0 || isSolvent(shares, lowered, tokens - taken));
    }
}

/// @title A reward never lowers the index
contract RewardNeverLowersIndex is Bounds {
    function lemma(uint256 index, uint256 tokens, uint256 added) external pure {
        require(isIndex(index) && isAmount(tokens) && isAmount(added));
        assert(StakePools.indexAfterReward(index, tokens, added) >= index);
    }
}

/// @title After a reward shares are worth no more than the pool holds
contract RewardKeepsSolvency is Bounds {
    function lemma(uint256 shares, uint256 index, uint256 tokens, uint256 added) external pure {
        require(isIndex(index) && isAmount(tokens) && isAmount(added) && isSolvent(shares, index, tokens));
        uint256 raised = StakePools.indexAfterReward(index, tokens, added);
        require(raised <= StakePools.MOST_INDEX);
        assert(isSolvent(shares, raised, tokens + added));
    }
}

/// @title After a delegation shares are worth no more than the pool holds
contract DelegationKeepsSolvency is Bounds {
    function lemma(uint256 shares, uint256 index, uint256 tokens, uint256 amount) external pure {
        require(isIndex(index) && isAmount(tokens) && isAmount(amount) && isSolvent(shares, index, tokens));
        uint256 held = shares + StakePools.sharesFor(amount, index);
        assert(held * index <= (tokens + amount) * StakePools.ONE);
    }
}

/// @title After shares left they are worth no more than the pool holds, and the pool holds what they take
contract UndelegationKeepsSolvency is Bounds {
    function lemma(uint256 shares, uint256 part, uint256 index, uint256 tokens) external pure {
        require(isIndex(index) && isAmount(tokens) && isSolvent(shares, index, tokens) && part <= shares);
        uint256 amount = StakePools.worthOf(part, index);
        assert(amount <= tokens);
        assert((shares - part) * index <= (tokens - amount) * StakePools.ONE);
    }
}

/// @dev `StakePools.split` over plain numbers instead of structs in memory, of which the checker takes two for possibly the same one.
abstract contract Split is Bounds {
    function parts(
        uint256 amount,
        uint256 active,
        uint256 thawing,
        uint256 delegated,
        uint256 delegatedThawing
    ) internal pure returns (uint256 fromActive, uint256 fromThawing, uint256 fromDelegated, uint256 fromLast) {
        require(isAmount(active) && isAmount(thawing) && isAmount(delegated) && isAmount(delegatedThawing));
        fromActive = amount < active ? amount : active;
        amount -= fromActive;
        fromThawing = amount < thawing ? amount : thawing;
        uint256 pool = delegated + delegatedThawing;
        amount = amount - fromThawing < pool ? amount - fromThawing : pool;
        if (amount == 0) return (fromActive, fromThawing, 0, 0);
        fromDelegated = (amount * delegated) / pool;
        fromLast = amount - fromDelegated;
    }
}

/// @title The parts of a slash sum to what was asked for, or to all that there is
contract SlashPartsSum is Split {
    function lemma(
        uint128 amount,
        uint96 own,
        uint96 thawing,
        uint96 delegated,
        uint96 delegatedThawing
    ) external pure {
        (uint256 a, uint256 b, uint256 c, uint256 d) = parts(amount, own, thawing, delegated, delegatedThawing);
        uint256 all = uint256(own) + thawing + delegated + delegatedThawing;
        assert(a + b + c + d == (amount < all ? amount : all));
    }
}

/// @title No part of a slash exceeds what is there
contract SlashPartsFit is Split {
    function lemma(
        uint128 amount,
        uint96 own,
        uint96 thawing,
        uint96 delegated,
        uint96 delegatedThawing
    ) external pure {
        (uint256 a, uint256 b, uint256 c, uint256 d) = parts(amount, own, thawing, delegated, delegatedThawing);
        assert(a <= own && b <= thawing && c <= delegated);
        assert(d <= delegatedThawing);
    }
}

/// @title Delegated stake is taken only when the provider's own is gone
contract SlashTakesOwnFirst is Split {
    function lemma(
        uint128 amount,
        uint96 own,
        uint96 thawing,
        uint96 delegated,
        uint96 delegatedThawing
    ) external pure {
        (uint256 a, uint256 b, uint256 c, uint256 d) = parts(amount, own, thawing, delegated, delegatedThawing);
        assert(c + d == 0 || (a == own && b == thawing));
    }
}

/// @dev What of own stake is free, and what stake can back, as `StakeBacking` computes it.
abstract contract Backing {
    struct Standing {
        uint96 allocated;
    }
    uint256 internal constant MAX_DELEGATION_RATIO = 8;
    mapping(address provider => Standing) internal _standings;

    // include staking/StakeBacking.sol _capacityOf
    // include staking/StakeBacking.sol _freeOf
}

/// @title Own stake that is free leaves enough for what is allocated
contract ThawKeepsBacking is Backing {
    function lemma(address provider, uint96 own, uint96 delegated, uint96 amount) external view {
        uint256 allocated = _standings[provider].allocated;
        require(amount <= _freeOf(provider, own, delegated) && allocated <= _capacityOf(own, delegated));
        assert(allocated <= _capacityOf(own - amount, delegated));
    }
}

/// @title Stake backs at most nine times the own, and at most all of it
contract BackingIsBounded is Backing {
    function lemma(uint96 own, uint96 delegated) external pure {
        uint256 capacity = _capacityOf(own, delegated);
        assert(capacity >= own && capacity <= 9 * uint256(own) && capacity <= uint256(own) + delegated);
    }
}
