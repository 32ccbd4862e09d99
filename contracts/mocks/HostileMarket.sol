// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Address } from "@openzeppelin/contracts/utils/Address.sol";
import { IApprovalReceiver } from "../interfaces/payments/ILedger.sol";

/// @title HostileMarket
/// @notice A contract that tries anything: operator, agent, market and verifier in one. Used to show what it cannot do.
contract HostileMarket is IApprovalReceiver {
    /// @notice One call.
    struct Attempt {
        address target;
        bytes data;
    }

    /// @notice Calls as this contract. A failure rises with its error.
    function attempt(address target, bytes calldata data) external returns (bytes memory) {
        return Address.functionCall(target, data);
    }

    /// @notice Handed a call by the ledger, does what `data` says: `abi.encode(Attempt[])`. Returns the last reply.
    function onApproval(address, bytes calldata data) external returns (bytes memory reply) {
        Attempt[] memory attempts = abi.decode(data, (Attempt[]));
        for (uint256 i; i < attempts.length; ++i) reply = Address.functionCall(attempts[i].target, attempts[i].data);
    }
}
