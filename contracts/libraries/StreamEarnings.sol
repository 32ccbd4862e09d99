// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IProofVerifier } from "../interfaces/payments/IDealPayments.sol";
import { StreamProgress } from "./StreamProgress.sol";
import { StreamRate, StreamRates } from "./StreamRate.sol";
import { UnitPrice } from "./UnitPrice.sol";

/// @title StreamEarnings
/// @notice What a stream earns in which periods, and how that is shared. Moves no money and writes nothing.
library StreamEarnings {
    using StreamRates for StreamRate;

    uint256 private constant _MAX_BPS = 10_000;

    /// @notice Moves `progress`, in memory only, to `toPeriod`, which is behind it. Returns the proven periods among those that it passes.
    /// @dev What a deal earns fits into its fields, since it never exceeds what the lock held.
    /// @param past The one or two rates before the latest, see `sum`.
    function advance(
        StreamProgress memory progress,
        uint256 toPeriod,
        StreamRate memory rate,
        uint256[2] storage past,
        address verifier
    ) internal view returns (uint256 provenPeriods) {
        uint256 scaled;
        (scaled, provenPeriods) = sum(rate, past, progress.settledPeriod, toPeriod, verifier);
        unchecked {
            progress.earnedScaled += scaled;
        }
        progress.settledPeriod = toPeriod;
    }

    /// @notice What [`fromPeriod`, `toPeriod`) earns, from the latest rate backwards: at most three rates.
    /// @param past A rate that ended at the boundary b is at b % 2.
    /// @param verifier Zero: every period counts as proven.
    /// @return scaled Token base units × byte-periods.
    /// @return provenPeriods The proven ones among these periods.
    function sum(
        StreamRate memory rate,
        uint256[2] storage past,
        uint256 fromPeriod,
        uint256 toPeriod,
        address verifier
    ) internal view returns (uint256 scaled, uint256 provenPeriods) {
        (uint256 setId, uint256 startPeriod, uint256 perPeriod) = (rate.setId, rate.fromPeriod, rate.perPeriod());
        // Prices, bytes and periods have 80, 48 and 24 bits.
        unchecked {
            for (uint256 i; i < 3; ++i) {
                uint256 first = startPeriod > fromPeriod ? startPeriod : fromPeriod;
                if (first < toPeriod) {
                    uint256 count = toPeriod - first;
                    if (verifier != address(0)) {
                        uint256 proven = IProofVerifier(verifier).provenPeriods(setId, first, toPeriod);
                        if (proven < count) count = proven;
                    }
                    scaled += perPeriod * count;
                    provenPeriods += count;
                    toPeriod = first;
                }
                if (startPeriod <= fromPeriod) break;
                (startPeriod, perPeriod) = StreamRates.unpackPast(past[startPeriod % 2]);
            }
        }
    }

    /// @notice What is not held back of what is earned: all but the last `holdbackPeriods` at the latest rate. It never falls.
    /// @return Token base units, gross.
    function releasable(
        StreamRate memory rate,
        StreamProgress memory progress,
        uint256 holdbackPeriods
    ) internal pure returns (uint256) {
        (uint256 earnedScaled, uint256 released) = (progress.earnedScaled, progress.released);
        uint256 held = (rate.perPeriod() * holdbackPeriods) / UnitPrice.BYTE_PERIODS + released;
        uint256 earned = earnedScaled / UnitPrice.BYTE_PERIODS;
        return earned > held ? earned - held + released : released;
    }

    /// @notice The protocol's part of a gross amount, rounded down. Token base units.
    function feeOf(uint256 gross, uint256 feeBps) internal pure returns (uint256) {
        unchecked {
            return (gross * feeBps) / _MAX_BPS; // 88 and 16 bits
        }
    }

    /// @notice The provider's part: it grows with the gross amount, so many settlements pay what one would. Token base units.
    function netOf(uint256 gross, uint256 feeBps) internal pure returns (uint256) {
        unchecked {
            return gross - feeOf(gross, feeBps);
        }
    }
}
