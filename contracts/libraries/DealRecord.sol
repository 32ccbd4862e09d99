// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import { IDealMarket } from "../interfaces/market/IDealMarket.sol";

/// @notice What a market remembers of a deal: one word of storage.
/// @param detail While requested: the deadline to accept (32 bits) and the term (24 bits); afterwards: the reserved stake in steps.
struct DealRecord {
    address customer;
    IDealMarket.Status status;
    uint32 offerId;
    uint56 detail;
}

/// @title DealRecords
/// @notice Reads and writes the detail of a record.
library DealRecords {
    /// @dev `IServiceCatalog.stakeFor` answers in multiples of it. EVER base units.
    uint256 internal constant STAKE_STEP = 1e12;

    /// @notice Detail of a requested deal. The caller has checked that the term fits.
    /// @param acceptBy Unix seconds.
    function ofRequest(uint256 acceptBy, uint256 termPeriods) internal pure returns (uint56) {
        return (uint56(uint32(acceptBy)) << 24) | uint24(termPeriods);
    }

    /// @notice Detail of an accepted deal. Reverts when the stake does not fit.
    /// @param stake EVER base units, a multiple of `STAKE_STEP`.
    function ofStake(uint256 stake) internal pure returns (uint56) {
        return SafeCast.toUint56(stake / STAKE_STEP);
    }

    /// @notice Deadline and term of a requested deal. Unix seconds; periods.
    function termsOf(DealRecord memory record) internal pure returns (uint40 acceptBy, uint32 termPeriods) {
        return (uint40(record.detail >> 24), uint32(uint24(record.detail)));
    }

    /// @notice Stake of an accepted deal. EVER base units.
    function stakeOf(DealRecord memory record) internal pure returns (uint128) {
        return uint128(record.detail * STAKE_STEP);
    }
}
