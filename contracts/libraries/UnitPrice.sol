// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title UnitPrice
/// @notice What a price means: token base units for one GiB (2^30 bytes) during 30 periods.
library UnitPrice {
    /// @notice One GiB during 30 periods. Byte-periods.
    uint256 internal constant BYTE_PERIODS = 2 ** 30 * 30;

    /// @notice Cost of some bytes for some periods. Token base units, rounded up.
    function costOf(uint256 unitPrice, uint256 amountBytes, uint256 periods) internal pure returns (uint256) {
        return Math.ceilDiv(unitPrice * amountBytes * periods, BYTE_PERIODS);
    }
}
