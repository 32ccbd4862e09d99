// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title OddToken
/// @notice Answers `decimals()` and `symbol()` with whatever bytes a test wants, well-formed or not.
contract OddToken {
    bytes private _decimals;
    bytes private _symbol;

    constructor(bytes memory decimals_, bytes memory symbol_) {
        _decimals = decimals_;
        _symbol = symbol_;
    }

    fallback(bytes calldata data) external returns (bytes memory) {
        return bytes4(data) == 0x313ce567 ? _decimals : _symbol;
    }
}
