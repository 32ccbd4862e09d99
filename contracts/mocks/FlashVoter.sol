// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IVotes } from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { Address } from "@openzeppelin/contracts/utils/Address.sol";

/// @title FlashVoter
/// @notice For tests: borrows EVER, does something with a governor and gives it back, in one transaction.
contract FlashVoter {
    /// @notice Borrows from an account that approved it, makes the call, and pays back.
    /// @param amount EVER base units.
    function attack(address ever, address lender, uint256 amount, address governor, bytes calldata data) external {
        IERC20(ever).transferFrom(lender, address(this), amount);
        IVotes(ever).delegate(address(this));
        Address.functionCall(governor, data);
        IERC20(ever).transfer(lender, amount);
    }
}
