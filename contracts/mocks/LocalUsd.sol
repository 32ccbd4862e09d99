// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title LocalUsd
/// @notice Payment token of a local chain: ERC-20 with permit and 6 decimals, worth nothing anywhere.
contract LocalUsd is ERC20, ERC20Permit {
    /// @notice Only the minter makes new tokens.
    error LocalUsdMinterOnly(address minter, address caller);

    /// @notice Account that may mint: the faucet of the local chain.
    address public immutable MINTER;

    constructor(address minter) ERC20("Local Dollar", "LUSD") ERC20Permit("Local Dollar") {
        MINTER = minter;
    }

    /// @notice Minter only: makes `amount` for `to`. Base units.
    function mint(address to, uint256 amount) external {
        if (msg.sender != MINTER) revert LocalUsdMinterOnly(MINTER, msg.sender);
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
