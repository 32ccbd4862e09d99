// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import { ERC20Votes } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import { Nonces } from "@openzeppelin/contracts/utils/Nonces.sol";
import { IEverToken } from "../interfaces/token/IEverToken.sol";

/// @title EverToken
/// @notice EVER: ERC-20 with permit, votes and a hard cap.
/// @dev Votes are counted by time (ERC-6372), since a block number means another chain's height on some L2s.
contract EverToken is ERC20, ERC20Permit, ERC20Votes, AccessManaged, IEverToken {
    /// @inheritdoc IEverToken
    /// @dev Our choice: one billion EVER. The announcement names no supply.
    uint256 public constant CAP = 1_000_000_000 ether;

    /// @param holders First holders.
    /// @param amounts What each of them gets. Base units.
    /// @param authority AccessManager that says who may mint.
    constructor(
        address[] memory holders,
        uint256[] memory amounts,
        address authority
    ) ERC20("4EVER", "EVER") ERC20Permit("4EVER") AccessManaged(authority) {
        if (holders.length != amounts.length) revert EverGenesisInvalid(holders.length, amounts.length);
        for (uint256 i; i < holders.length; ++i) _mint(holders[i], amounts[i]);
    }

    /// @inheritdoc IEverToken
    function mint(address to, uint256 amount) external restricted {
        _mint(to, amount);
    }

    /// @inheritdoc IEverToken
    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
    }

    /// @notice Clock of the votes. Unix seconds.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice Kind of the clock, as ERC-6372 names it.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev Runs after every mint, so that no path can pass the cap.
    function _update(address from, address to, uint256 amount) internal override(ERC20, ERC20Votes) {
        super._update(from, to, amount);
        if (from == address(0) && totalSupply() > CAP) revert EverCapExceeded(CAP, totalSupply());
    }
}
