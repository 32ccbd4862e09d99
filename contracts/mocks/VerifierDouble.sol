// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealPayments, IProofVerifier } from "../interfaces/payments/IDealPayments.sol";

/// @title VerifierDouble
/// @notice A judge of proofs that finds proven what a test says, or more than there is.
contract VerifierDouble is IProofVerifier {
    mapping(uint256 setId => mapping(uint256 period => bool)) private _proven;
    uint256 private _extra;

    /// @notice Marks periods [`fromPeriod`, `toPeriod`) of a set.
    function setProven(uint256 setId, uint256 fromPeriod, uint256 toPeriod, bool proven) external {
        for (uint256 period = fromPeriod; period < toPeriod; ++period) _proven[setId][period] = proven;
    }

    /// @notice Adds this many periods to every later answer.
    function exaggerate(uint256 extra) external {
        _extra = extra;
    }

    /// @notice Adds bytes to a deal as its verifier.
    function addBytes(
        IDealPayments payments,
        uint256 dealKey,
        uint256 setId,
        uint64 amountBytes,
        uint256 nonce
    ) external returns (address) {
        return payments.addBytes(dealKey, setId, amountBytes, nonce);
    }

    /// @notice Removes bytes from a deal as its verifier.
    function removeBytes(IDealPayments payments, uint256 dealKey, uint64 amountBytes) external {
        payments.removeBytes(dealKey, amountBytes);
    }

    /// @inheritdoc IProofVerifier
    function provenPeriods(uint256 setId, uint256 fromPeriod, uint256 toPeriod) external view returns (uint256 count) {
        count = _extra;
        for (uint256 period = fromPeriod; period < toPeriod; ++period) if (_proven[setId][period]) ++count;
    }
}
