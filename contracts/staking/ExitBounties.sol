// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Address } from "@openzeppelin/contracts/utils/Address.sol";
import { IExitBounties } from "../interfaces/staking/IExitBounties.sol";
import { IStakeVault } from "../interfaces/staking/IStakeVault.sol";

/// @title ExitBounties
/// @notice Holds what is promised for paying out thawed stake.
/// @dev Calls the vault, which calls nobody but EVER, and last of all hands coin to its caller: by then its own books are closed, and
/// whoever is called back finds no bounty.
contract ExitBounties is IExitBounties {
    /// @notice Where the stake is.
    IStakeVault public immutable VAULT;

    mapping(address provider => mapping(address account => Bounty)) private _bounties;

    /// @param vault Where the stake is.
    constructor(IStakeVault vault) {
        VAULT = vault;
    }

    /// @inheritdoc IExitBounties
    function offer(address provider, uint32 tranche) external payable {
        uint128 before = _bounties[provider][msg.sender].amountWei;
        uint256 room = type(uint128).max - before;
        if (msg.value == 0 || msg.value > room) revert BountyAmountInvalid(msg.value, room);
        if (!_isThawing(provider, msg.sender, tranche)) revert BountyTrancheUnknown(provider, msg.sender, tranche);

        uint128 added = uint128(msg.value);
        _bounties[provider][msg.sender] = Bounty(before + added, tranche);
        emit BountyOffered(provider, msg.sender, tranche, added, before + added);
    }

    /// @inheritdoc IExitBounties
    function execute(address provider, address account, uint256 leastWei) external returns (uint128 amountWei) {
        uint32 tranche;
        (amountWei, tranche) = _close(provider, account);
        if (amountWei < leastWei) revert BountyTooLow(provider, account, amountWei, leastWei);
        // Somebody else may have paid it out, and what would leave now is younger.
        if (!_isThawing(provider, account, tranche)) revert BountyTrancheUnknown(provider, account, tranche);

        uint128 withdrawn = VAULT.withdraw(provider, account);
        if (withdrawn == 0) revert BountyNothingPaid(provider, account);
        if (_isThawing(provider, account, tranche)) revert BountyTrancheLeft(provider, account, tranche);
        emit BountyPaid(provider, account, msg.sender, tranche, amountWei, withdrawn);
        Address.sendValue(payable(msg.sender), amountWei);
    }

    /// @inheritdoc IExitBounties
    function takeBack(address provider) external returns (uint128 amountWei) {
        uint32 tranche;
        (amountWei, tranche) = _close(provider, msg.sender);
        emit BountyTakenBack(provider, msg.sender, tranche, amountWei);
        Address.sendValue(payable(msg.sender), amountWei);
    }

    /// @inheritdoc IExitBounties
    function bountyOf(address provider, address account) external view returns (Bounty memory) {
        return _bounties[provider][account];
    }

    /// @dev Whoever comes after this finds no bounty.
    function _close(address provider, address account) private returns (uint128 amountWei, uint32 tranche) {
        Bounty memory bounty = _bounties[provider][account];
        (amountWei, tranche) = (bounty.amountWei, bounty.tranche);
        if (amountWei == 0) revert BountyUnknown(provider, account);
        delete _bounties[provider][account];
    }

    /// @dev Whether a tranche is in the account's queue, of at most 16 whose numbers follow one another.
    function _isThawing(address provider, address account, uint32 tranche) private view returns (bool) {
        IStakeVault.Tranche[] memory tranches = VAULT.tranchesOf(provider, account);
        if (tranches.length == 0) return false;
        return tranche >= tranches[0].number && tranche <= tranches[tranches.length - 1].number;
    }
}
