// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { StreamRates } from "./StreamRate.sol";
import { UnitPrice } from "./UnitPrice.sol";

/// @title StreamTerms
/// @notice Which values a stream can have: as many bits as its words give them. Refuses with the payments' errors.
library StreamTerms {
    /// @notice Highest protocol fee. Basis points.
    uint16 internal constant MAX_FEE_BPS = 500;
    /// @notice Last period that a stream can name.
    uint256 internal constant MAX_PERIOD = type(uint24).max;
    /// @notice Highest price. Token base units per GiB and 30 periods.
    uint256 internal constant MAX_UNIT_PRICE = type(uint80).max;
    /// @notice Most bytes of a deal.
    uint256 internal constant MAX_BYTES = type(uint48).max;
    /// @notice Most that a deal may cost. Token base units.
    uint256 internal constant MAX_AMOUNT = type(uint88).max;

    /// @notice The rate of a stream that has not started: its price, and for how many periods of the whole capacity the money suffices.
    /// @return word A `StreamRate`.
    function reservedRate(
        uint256 dealKey,
        IDealPayments.Reservation memory terms
    ) internal pure returns (uint256 word) {
        (uint256 most, uint256 unitPrice, uint256 capacityBytes) = (terms.most, terms.unitPrice, terms.capacityBytes);
        requireFits(most, MAX_AMOUNT);
        requireFits(unitPrice, MAX_UNIT_PRICE);
        requireFits(capacityBytes, MAX_BYTES);
        if (terms.feeBps > MAX_FEE_BPS) revert IDealPayments.PaymentsFeeTooHigh(terms.feeBps, MAX_FEE_BPS);
        uint256 scaled = unitPrice * capacityBytes;
        if (scaled == 0) revert IDealPayments.PaymentsRateInvalid(unitPrice, capacityBytes);
        uint256 periods = (most * UnitPrice.BYTE_PERIODS) / scaled;
        if (periods == 0) {
            uint256 missing = Math.ceilDiv(scaled, UnitPrice.BYTE_PERIODS) - most;
            revert IDealPayments.PaymentsUnderfunded(dealKey, missing);
        }
        return StreamRates.packReserved(unitPrice, Math.min(periods, MAX_PERIOD));
    }

    /// @notice Refuses a value that does not fit its field.
    function requireFits(uint256 value, uint256 max) internal pure {
        if (value > max) revert IDealPayments.PaymentsValueTooLarge(value, max);
    }
}
