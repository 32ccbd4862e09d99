// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { LocalUsd } from "./LocalUsd.sol";

/// @title Faucet
/// @notice Hands out EVER and local dollars on a local chain, so that anybody can try the network. Each account may claim once per
/// `WAIT_SECONDS`. EVER comes out of a stock that the faucet was given; dollars are minted.
contract Faucet {
    using SafeERC20 for IERC20;

    /// @notice The account claimed a moment ago. Unix seconds.
    error FaucetTooSoon(address account, uint256 availableAt);
    /// @notice The stock is used up. EVER base units.
    error FaucetEmpty(uint256 available, uint256 required);

    /// @notice Tokens were handed out. EVER base units; dollar base units.
    event FaucetClaimed(address indexed account, uint256 everAmount, uint256 usdAmount);

    /// @notice The staked token.
    IERC20 public immutable EVER;
    /// @notice The payment token, which this contract deploys and alone may mint.
    LocalUsd public immutable USD;
    /// @notice EVER base units per claim.
    uint256 public immutable EVER_AMOUNT;
    /// @notice Dollar base units per claim.
    uint256 public immutable USD_AMOUNT;
    /// @notice Span between two claims of one account. Seconds.
    uint256 public immutable WAIT_SECONDS;

    /// @notice Unix seconds from which an account may claim again; 0 when it never did.
    mapping(address account => uint256) public availableAtOf;

    constructor(IERC20 ever, uint256 everAmount, uint256 usdAmount, uint256 waitSeconds) {
        EVER = ever;
        USD = new LocalUsd(address(this));
        EVER_AMOUNT = everAmount;
        USD_AMOUNT = usdAmount;
        WAIT_SECONDS = waitSeconds;
    }

    /// @notice Gives `account` its share of both tokens. Anyone may call it for anyone.
    function claim(address account) external {
        uint256 availableAt = availableAtOf[account];
        if (block.timestamp < availableAt) revert FaucetTooSoon(account, availableAt);
        uint256 stock = EVER.balanceOf(address(this));
        if (stock < EVER_AMOUNT) revert FaucetEmpty(stock, EVER_AMOUNT);

        availableAtOf[account] = block.timestamp + WAIT_SECONDS;
        emit FaucetClaimed(account, EVER_AMOUNT, USD_AMOUNT);
        USD.mint(account, USD_AMOUNT);
        EVER.safeTransfer(account, EVER_AMOUNT);
    }
}
