// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a policy contract lets a market do. A retired market takes nothing new, and still gives everything back: unlisting
/// never blocks the exit of a running deal.
enum MarketListing {
    None,
    Listed,
    Retired
}

/// @notice The listing after governance listed or unlisted a market. One that was never listed cannot retire.
function listingAfter(MarketListing current, bool allowed) pure returns (MarketListing) {
    if (allowed) return MarketListing.Listed;
    return current == MarketListing.None ? MarketListing.None : MarketListing.Retired;
}
