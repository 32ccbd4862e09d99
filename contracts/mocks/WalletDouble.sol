// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC1271 } from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import { HostileMarket } from "./HostileMarket.sol";

/// @title WalletDouble
/// @notice A contract wallet: does what it is told, and answers for signatures as a test wants.
contract WalletDouble is HostileMarket, IERC1271 {
    /// @notice How it answers.
    enum Answer {
        No,
        Yes,
        Failure,
        Garbage
    }

    /// @notice What `Failure` reverts with.
    error WalletFailed();

    Answer private _answer;
    bytes32 private _digest;

    /// @notice Answers for `digest` as told, and for any other one with no.
    function setAnswer(bytes32 digest, Answer answer) external {
        (_digest, _answer) = (digest, answer);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        if (_answer == Answer.Failure) revert WalletFailed();
        if (_answer == Answer.Garbage) {
            assembly ("memory-safe") {
                return(0, 100000)
            }
        }
        return digest == _digest && _answer == Answer.Yes ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
