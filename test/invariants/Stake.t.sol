// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IStakeVault } from "../../contracts/interfaces/staking/IStakeVault.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { StakeHandler } from "./StakeHandler.t.sol";
import { FuzzSelector, requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice What holds of the stake that a `StakeHandler` moves, whatever else happens beside it.
abstract contract StakeChecks is Deployed {
    StakeHandler internal _stake;

    /// @param elsewhere Stake of providers that the handler only watches. EVER base units.
    function _checkStake(uint256 elsewhere) internal view {
        StakeVault vault = _stake.vault();
        uint256 total;
        for (uint256 i; i < 2; ++i) total += _checkProvider(vault, _stake.providers(i));
        requireEqual("stake of all = total", total + elsewhere, vault.totalStake());
        requireEqual("tokens = stake", total + elsewhere + _stake.donated(), _stake.ever().balanceOf(address(vault)));
        requireEqual("in - out = stake", _stake.paidIn() - _stake.paidOut(), total);
        uint256 step = _stake.STEP();
        if (block.timestamp % step == 0) return;
        uint256 began = (block.timestamp / step) * step;
        requireEqual("all votes = active stake then", _stake.totalAtStep(), vault.getPastTotalStakeVotes(began));
        StakeHandler.Told[] memory told = _stake.told();
        for (uint256 i; i < told.length; ++i) {
            uint256 votes = vault.getPastStakeVotes(told[i].provider, told[i].account, told[i].timepoint);
            requireEqual("votes of the past stay", told[i].votes, votes);
        }
    }

    /// @dev What the handler is told about others, and no stranger may call.
    function _stakeBookkeeping() internal view returns (FuzzSelector memory found) {
        found.addr = address(_stake);
        found.selectors = new bytes4[](5);
        found.selectors[0] = _stake.watch.selector;
        found.selectors[1] = _stake.beforeChange.selector;
        found.selectors[2] = _stake.afterReward.selector;
        found.selectors[3] = _stake.endAllCases.selector;
        found.selectors[4] = _stake.afterWithdrawal.selector;
    }

    /// @dev Once its cases are over, everybody takes out what it is worth, and dust is left.
    function _emptyVault() internal {
        StakeVault vault = _stake.vault();
        _stake.endAllCases();
        bytes32 service = _stake.SERVICE();
        for (uint256 i; i < 2; ++i) {
            address provider = _stake.providers(i);
            for (uint256 j; j < 5; ++j) _leave(vault, provider, _stake.delegators(j));
            IStakeVault.Allocation memory allocation = vault.allocationOf(provider, service);
            VM.prank(address(_stake));
            vault.release(provider, service, allocation.reserved);
            VM.prank(provider);
            vault.allocate(service, 0);
            uint128 free = vault.stakeOf(provider).free;
            if (free == 0) continue;
            VM.prank(provider);
            vault.thaw(free);
        }
        VM.warp(block.timestamp + _stake.UNBONDING());
        for (uint256 i; i < 2; ++i) {
            address provider = _stake.providers(i);
            for (uint256 j; j < 5; ++j) _withdraw(vault, provider, _stake.delegators(j));
            _withdraw(vault, provider, provider);
            requireEqual("all own active stake left", 0, vault.stakeOf(provider).active);
        }
    }

    function _checkProvider(StakeVault vault, address provider) private view returns (uint256) {
        IStakeVault.Stake memory held = vault.stakeOf(provider);
        uint256 now_ = block.timestamp - 1;
        (uint256 own, uint256 delegated) = vault.getPastPoolVotes(provider, now_);
        requireEqual("own votes = own active stake", held.active, own);
        requireEqual("pool votes = delegated active stake", held.delegated, delegated);
        requireEqual("votes of the provider", own, vault.getPastStakeVotes(provider, provider, now_));
        requireEqual("capacity", own + Math.min(delegated, 8 * own), held.capacity);
        uint256 worths;
        uint256 thawing;
        for (uint256 i; i < 5; ++i) {
            address account = _stake.delegators(i);
            (, uint256 worth, ) = vault.delegationOf(provider, account);
            requireEqual("votes = worth", worth, vault.getPastStakeVotes(provider, account, now_));
            _requireNear("worth = naive", _stake.delegationOf(provider, account), worth);
            worths += worth;
            thawing += _checkTranches(vault, provider, account);
        }
        requireAtMost("worth of all shares <= delegated", held.delegated, worths);
        requireAtMost("worth of all tranches <= thawing", held.delegatedThawing, thawing);
        requireAtMost("own tranches <= thawing", held.thawing, _checkTranches(vault, provider, provider));
        return uint256(held.active) + held.thawing + held.delegated + held.delegatedThawing;
    }

    function _checkTranches(StakeVault vault, address provider, address account) private view returns (uint256 sum) {
        IStakeVault.Tranche[] memory tranches = vault.tranchesOf(provider, account);
        for (uint256 i; i < tranches.length; ++i) {
            uint256 naive = _stake.trancheOf(provider, account, tranches[i].number);
            sum += tranches[i].amount;
            // Shares of an earlier epoch: a slash took all, or all but a 2⁻²⁴th, of that pool.
            if (tranches[i].amount != 0) _requireNear("tranche = naive", naive, tranches[i].amount);
            else {
                uint256 most = _stake.startedWith(provider, account, tranches[i].number) >> 22;
                requireAtMost("nothing left = naive", most + 1_000, naive / _stake.UNIT());
            }
        }
    }

    /// @dev Never more than the book says, and less only by the rounding of indexes, 2⁻⁴⁰ of it at worst each time, and by less than a
    /// share, 2³⁶ base units at worst, each time that an account delegates.
    function _requireNear(string memory what, uint256 naive, uint256 actual) private view {
        uint256 expected = naive / _stake.UNIT();
        requireAtMost(what, expected + 1, actual);
        requireAtMost(what, actual + 2 ** 42 + expected / 2 ** 30, expected);
    }

    function _leave(StakeVault vault, address provider, address account) private {
        (uint128 shares, uint128 amount, ) = vault.delegationOf(provider, account);
        if (amount == 0) return;
        VM.prank(account);
        vault.undelegate(provider, shares);
    }

    function _withdraw(StakeVault vault, address provider, address account) private {
        if (vault.tranchesOf(provider, account).length == 0) return;
        vault.withdraw(provider, account);
        requireEqual("nothing thaws", 0, vault.tranchesOf(provider, account).length);
    }
}

/// @notice The vault under any sequence of stakes, delegations, thaws, rewards, slashes, freezes and withdrawals.
contract StakeTest is StakeChecks {
    function setUp() public {
        deployment = new Deployment();
        _stake = new StakeHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_stake);
    }

    function excludeSelectors() public view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0] = _stakeBookkeeping();
    }

    /// hardhat-config: invariant.runs = 40
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_stakeIsWhatSharesAreWorthAndVotesFollow() public view {
        _checkStake(0);
    }

    /// @notice However a run ends: once its cases are over, everybody takes out what it is worth, and dust is left.
    function afterInvariant() public {
        _emptyVault();
    }
}
