// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Address } from "@openzeppelin/contracts/utils/Address.sol";
import { HostileMarket } from "./HostileMarket.sol";

/// @title GreedyReceiver
/// @notice A contract that takes coin, and calls back whenever it gets some.
contract GreedyReceiver is HostileMarket {
    /// @notice Calls back that went through.
    uint256 public successCount;
    /// @notice Calls back that failed.
    uint256 public failureCount;
    address private _target;
    bytes private _data;

    receive() external payable {
        _callBack();
    }

    /// @notice What it calls when it gets coin.
    function arm(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// @notice Calls as this contract, with coin that came along. A failure rises with its error.
    function attemptWithValue(address target, bytes calldata data) external payable returns (bytes memory) {
        return Address.functionCallWithValue(target, data, msg.value);
    }

    function _callBack() private {
        if (_target == address(0)) return;
        try this.attempt(_target, _data) {
            ++successCount;
        } catch {
            ++failureCount;
        }
    }
}
