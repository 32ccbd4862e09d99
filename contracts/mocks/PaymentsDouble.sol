// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";

/// @title PaymentsDouble
/// @notice Payments and ledger of one test: tells of deals what a test says.
contract PaymentsDouble {
    /// @notice As `ILedger`.
    uint256 public constant REFUND_DELAY = 1_000;
    /// @notice As `ILedger`.
    mapping(uint32 tokenId => address) public tokenOf;
    mapping(uint256 dealKey => ILedger.Lock) private _locks;
    mapping(uint256 dealKey => IDealPayments.Stream) private _streams;

    /// @notice Sets the token of a number.
    function setToken(uint32 tokenId, address token) external {
        tokenOf[tokenId] = token;
    }

    /// @notice Sets who pays whom in which token, without an end.
    function setDeal(uint256 dealKey, address payer, address payee, uint32 tokenId) external {
        _locks[dealKey] = ILedger.Lock(payer, 0, payee, tokenId, type(uint40).max);
    }

    /// @notice Sets what a deal released and paid as fees.
    function setPaid(uint256 dealKey, uint96 released, uint96 feeSwept) external {
        (_streams[dealKey].released, _streams[dealKey].feeSwept) = (released, feeSwept);
    }

    /// @notice As `ILedger`.
    function lockOf(address, uint256 dealKey) external view returns (ILedger.Lock memory) {
        return _locks[dealKey];
    }

    /// @notice As `IDealPayments`.
    function streamOf(uint256 dealKey) external view returns (IDealPayments.Stream memory) {
        return _streams[dealKey];
    }
}
