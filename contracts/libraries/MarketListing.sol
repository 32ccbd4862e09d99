// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a policy contract lets a market do. A retired market takes nothing new, and still gives everything back: unlisting
/// never blocks the exit of a running deal.
enum MarketListing {
    None,
    Listed,
    Retired
}

/// @title MarketListings
/// @notice How governance's word changes a listing.
library MarketListings {
    /// @notice The listing after governance listed or unlisted a market. One that was never listed cannot retire.
    function changed(MarketListing current, bool allowed) internal pure returns (MarketListing) {
        if (allowed) return MarketListing.Listed;
        return current == MarketListing.None ? MarketListing.None : MarketListing.Retired;
    }
}
