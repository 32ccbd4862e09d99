// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title PlainToken
/// @notice A payment token without permit, 6 decimals. Anyone may mint.
contract PlainToken is ERC20 {
    constructor() ERC20("Plain Dollar", "PLAIN") {}

    /// @notice Makes `amount` for `to`. Base units.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
