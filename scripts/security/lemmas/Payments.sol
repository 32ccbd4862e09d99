// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What `npm run lemmas` asks a solver to prove: one contract for each lemma, whose arguments are any values within the bounds that
// `require` says. The libraries are the protocol's own; a line that begins with "include" stands for the text of a private function of
// the contract that it names.

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { StreamEarnings } from "../../../contracts/libraries/StreamEarnings.sol";
import { StreamProgress } from "../../../contracts/libraries/StreamProgress.sol";
import { StreamRate } from "../../../contracts/libraries/StreamRate.sol";
import { UnitPrice } from "../../../contracts/libraries/UnitPrice.sol";

/// @title Fee and net are the gross amount, and the fee is at most its share
contract FeePlusNetIsGross {
    function lemma(uint88 gross, uint16 feeBps) external pure {
        require(feeBps <= 500);
        uint256 fee = StreamEarnings.feeOf(gross, feeBps);
        assert(fee + StreamEarnings.netOf(gross, feeBps) == gross);
        assert(fee * 10_000 <= uint256(gross) * feeBps);
    }
}

/// @title More gross is never less net, nor a smaller fee
contract NetNeverFalls {
    function lemma(uint88 before, uint88 later, uint16 feeBps) external pure {
        require(feeBps <= 500 && before <= later);
        assert(StreamEarnings.netOf(before, feeBps) <= StreamEarnings.netOf(later, feeBps));
        assert(StreamEarnings.feeOf(before, feeBps) <= StreamEarnings.feeOf(later, feeBps));
    }
}

/// @title What periods earn never exceeds what they cost at most
contract EarnedWithinCost {
    function lemma(uint80 unitPrice, uint48 live, uint48 capacity, uint24 proven, uint24 periods) external pure {
        require(live <= capacity && proven <= periods);
        uint256 earned = (uint256(unitPrice) * live * proven) / UnitPrice.BYTE_PERIODS;
        assert(earned <= UnitPrice.costOf(unitPrice, capacity, periods));
    }
}

/// @title What may be released never exceeds what was earned, nor falls below what was released
contract ReleasedWithinEarned {
    function lemma(uint128 scaled, uint88 released, uint80 unitPrice, uint48 live, uint24 holdback) external pure {
        uint256 earned = scaled / UnitPrice.BYTE_PERIODS;
        require(released <= earned);
        StreamRate memory rate;
        (rate.unitPrice, rate.liveBytes) = (unitPrice, live);
        StreamProgress memory progress;
        (progress.earnedScaled, progress.released) = (scaled, released);
        uint256 releasable = StreamEarnings.releasable(rate, progress, holdback);
        assert(releasable >= released && releasable <= earned);
    }
}

/// @dev An auction's price, as `FeeRouter` computes it.
abstract contract Prices {
    struct Auction {
        uint128 startPrice;
        uint40 startedAt;
    }
    uint256 internal immutable HALF_LIFE_SECONDS;
    uint128 internal immutable FLOOR_PRICE;
    Auction internal _auction;

    constructor(uint40 halfLifeSeconds, uint128 floorPrice) {
        require(halfLifeSeconds != 0);
        (HALF_LIFE_SECONDS, FLOOR_PRICE) = (halfLifeSeconds, floorPrice);
    }

    // include payments/FeeRouter.sol _priceOf
}

/// @title In its first half-life a price is never below the floor, nor above the start
contract PriceWithinBounds is Prices {
    constructor(uint40 halfLifeSeconds, uint128 floorPrice) Prices(halfLifeSeconds, floorPrice) {}

    function lemma() external view {
        require(_auction.startPrice >= FLOOR_PRICE && _auction.startedAt <= block.timestamp);
        require(block.timestamp - _auction.startedAt < HALF_LIFE_SECONDS);
        uint256 price = _priceOf(_auction);
        assert(price >= FLOOR_PRICE && price <= _auction.startPrice);
    }
}

/// @title Within a half-life a price never rises, and stays at half of what it was at least
/// @dev The straight line of `_priceOf`, written out for two moments.
contract PriceFallsWithinHalfLife {
    function lemma(uint128 price, uint40 halfLife, uint40 before, uint40 later) external pure {
        require(before <= later && later < halfLife);
        uint256 first = uint256(price) - (uint256(price) * before) / (2 * uint256(halfLife));
        uint256 second = uint256(price) - (uint256(price) * later) / (2 * uint256(halfLife));
        assert(second <= first && second >= price / 2);
    }
}
