// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Address } from "@openzeppelin/contracts/utils/Address.sol";
import { PlainToken } from "./PlainToken.sol";

/// @title ReentrantToken
/// @notice Calls back while it is being transferred.
contract ReentrantToken is PlainToken {
    address private _target;
    bytes private _data;

    /// @notice What the next transfer calls.
    function arm(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        Address.functionCall(target, _data);
    }
}
