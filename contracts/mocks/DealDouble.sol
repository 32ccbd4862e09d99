// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ILedger } from "../interfaces/payments/ILedger.sol";

/// @title DealDouble
/// @notice Payments, ledger, registry and market of one test: what `PossessionProofs` asks of them, without their rules.
contract DealDouble {
    /// @notice Answers for every deal of every market.
    struct Answers {
        address signer;
        address payer;
        uint32 endPeriod;
        bytes32 firstPieceHash;
    }

    /// @notice Bytes entered.
    event BytesAdded(uint256 dealKey, uint256 setId, uint64 amountBytes, uint256 nonce);
    /// @notice Bytes left.
    event BytesRemoved(uint256 dealKey, uint64 amountBytes);

    /// @notice What is answered.
    Answers public answers;
    /// @notice Key of the provider's keeper.
    mapping(address provider => address) public operatorOf;

    /// @notice Sets what is answered from now on.
    function setAnswers(Answers calldata answers_) external {
        answers = answers_;
    }

    /// @notice Sets a provider's operator.
    function setOperator(address provider, address operator) external {
        operatorOf[provider] = operator;
    }

    /// @notice As `IDealPayments`.
    function addBytes(uint256 dealKey, uint256 setId, uint64 amountBytes, uint256 nonce) external returns (address) {
        emit BytesAdded(dealKey, setId, amountBytes, nonce);
        return answers.signer;
    }

    /// @notice As `IDealPayments`.
    function removeBytes(uint256 dealKey, uint64 amountBytes) external returns (uint32 endPeriod) {
        emit BytesRemoved(dealKey, amountBytes);
        return answers.endPeriod;
    }

    /// @notice As `ILedger`.
    function lockOf(address, uint256) external view returns (ILedger.Lock memory lock) {
        lock.payer = answers.payer;
    }

    /// @notice As `IDealMarket`.
    function firstPieceHashOf(uint256) external view returns (bytes32) {
        return answers.firstPieceHash;
    }
}
