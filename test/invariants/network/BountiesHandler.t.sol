// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IExitBounties } from "../../../contracts/interfaces/staking/IExitBounties.sol";
import { IStakeVault } from "../../../contracts/interfaces/staking/IStakeVault.sol";
import { Handler, requireAtMost, requireEqual, requireRefusal, VM, within } from "../Vm.sol";
import { StakeHandler } from "../StakeHandler.t.sol";
import { LiveDeals } from "./LiveDeals.t.sol";

/// @notice Providers and delegators of the stake campaign promise coin for their exits, raise it and take it back; a stranger that calls
/// back whenever it is paid executes whatever it finds, and some coin comes by force.
contract BountiesHandler is Handler, LiveDeals {
    /// @dev The tranche is gone, still thaws, or is held by a case.
    bytes private constant _NOT_DUE = bytes.concat(
        IExitBounties.BountyTrancheUnknown.selector,
        IExitBounties.BountyTrancheLeft.selector,
        IExitBounties.BountyNothingPaid.selector,
        IStakeVault.StakeNothingThawing.selector,
        IStakeVault.StakeStillThawing.selector,
        IStakeVault.StakeFrozen.selector
    );

    /// @notice What is promised by the book. Wei.
    mapping(address provider => mapping(address account => IExitBounties.Bounty)) public bookOf;
    /// @notice All of it.
    uint256 public promisedWei;
    /// @notice What came without a promise. Wei.
    uint256 public forcedWei;
    /// @dev What it tries again while it is paid.
    bytes private _again;

    /// @dev Paid once: what it just executed can be executed no second time.
    receive() external payable {
        (bool isDone, bytes memory reason) = address(_deployment.exits()).call(_again);
        requireEqual("a bounty is paid once", 0, isDone ? 1 : 0);
        requireRefusal(reason, bytes.concat(IExitBounties.BountyUnknown.selector));
    }

    function offer(uint256 who, uint256 amount) external counted {
        (address provider, address account) = _pairWith(who, _isThawing);
        IStakeVault.Tranche[] memory tranches = _deployment.vault().tranchesOf(provider, account);
        uint32 tranche = tranches[(who >> 8) % tranches.length].number;
        uint128 addedWei = uint128(within(amount, 1, 1e18));
        IExitBounties bounties = _deployment.exits();
        VM.deal(account, addedWei);
        VM.prank(account);
        bounties.offer{ value: addedWei }(provider, tranche);
        requireEqual("a promise is paid at once", 0, account.balance);
        bookOf[provider][account].amountWei += addedWei;
        bookOf[provider][account].tranche = tranche;
        promisedWei += addedWei;
    }

    function execute(uint256 who) external counted {
        (address provider, address account) = _pairWith(who, _isPromised);
        IExitBounties.Bounty memory bounty = bookOf[provider][account];
        IStakeVault.Tranche[] memory tranches = _deployment.vault().tranchesOf(provider, account);
        if ((who >> 8) % 2 == 0) _awaitThaw(bounty.tranche, tranches);
        uint256 balance = address(this).balance;
        uint256 stake = _deployment.ever().balanceOf(account);
        _again = abi.encodeCall(IExitBounties.execute, (provider, account, 0));
        _actors.stake().beforeChange();
        try _deployment.exits().execute(provider, account, bounty.amountWei) {
            requireEqual("the bounty that was promised", bounty.amountWei, address(this).balance - balance);
            _requireWholly(provider, account, bounty.tranche, tranches);
            stake = _deployment.ever().balanceOf(account) - stake;
            _actors.stake().afterWithdrawal(provider, account, tranches, stake);
            delete bookOf[provider][account];
            promisedWei -= bounty.amountWei;
        } catch (bytes memory reason) {
            requireRefusal(reason, _NOT_DUE);
            requireEqual("a matured exit is paid", 0, _isDue(provider, bounty.tranche, tranches) ? 1 : 0);
            VM.assume(false);
        }
        VM.warp(block.timestamp + 1);
    }

    function takeBack(uint256 who) external counted {
        VM.assume(who % 4 == 0); // the others wait for whoever executes
        (address provider, address account) = _pairWith(who >> 2, _isPromised);
        _takeBack(provider, account);
    }

    /// @notice Coin that no function of the contract took.
    function force(uint256 amount) external counted {
        VM.assume(amount % 16 == 0);
        amount = within(amount >> 4, 1, 1e18);
        VM.deal(address(_deployment.exits()), address(_deployment.exits()).balance + amount);
        forcedWei += amount;
    }

    /// @notice Fails when the coin that is there is not what was promised.
    function check() external view {
        uint256 sum;
        for (uint256 i; i < 12; ++i) {
            (address provider, address account) = _pairOf(i);
            IExitBounties.Bounty memory bounty = _deployment.exits().bountyOf(provider, account);
            requireEqual("bounty = promised", bookOf[provider][account].amountWei, bounty.amountWei);
            requireEqual("tranche = promised", bookOf[provider][account].tranche, bounty.tranche);
            sum += bounty.amountWei;
        }
        requireEqual("bounties = promised", promisedWei, sum);
        requireEqual("coin = bounties + forced", sum + forcedWei, address(_deployment.exits()).balance);
    }

    /// @notice Everybody takes back what is left.
    function takeAllBack() external {
        for (uint256 i; i < 12; ++i) {
            (address provider, address account) = _pairOf(i);
            if (bookOf[provider][account].amountWei != 0) _takeBack(provider, account);
        }
    }

    function _takeBack(address provider, address account) private {
        uint256 balance = account.balance;
        IExitBounties bounties = _deployment.exits();
        VM.prank(account);
        bounties.takeBack(provider);
        uint256 amountWei = bookOf[provider][account].amountWei;
        requireEqual("all of it comes back", amountWei, account.balance - balance);
        delete bookOf[provider][account];
        promisedWei -= amountWei;
    }

    /// @dev The tranche was there and is gone.
    function _requireWholly(
        address provider,
        address account,
        uint32 tranche,
        IStakeVault.Tranche[] memory tranches
    ) private view {
        IStakeVault.Tranche[] memory left = _deployment.vault().tranchesOf(provider, account);
        requireAtMost("the tranche was there", tranche, tranches[0].number);
        if (left.length != 0) requireAtMost("and is gone", left[0].number - 1, tranche);
    }

    /// @dev Whether nothing stands against an execution: no case, the tranche is there and has thawed, and there is something to withdraw.
    function _isDue(
        address provider,
        uint32 tranche,
        IStakeVault.Tranche[] memory tranches
    ) private view returns (bool) {
        if (_deployment.vault().stakeOf(provider).frozen != 0 || tranches.length == 0) return false;
        if (tranche < tranches[0].number) return false;
        IStakeVault.Tranche memory named = tranches[tranche - tranches[0].number];
        return named.amount != 0 && named.thawsAt <= block.timestamp;
    }

    function _awaitThaw(uint32 tranche, IStakeVault.Tranche[] memory tranches) private {
        for (uint256 i; i < tranches.length; ++i) {
            if (tranches[i].number == tranche && block.timestamp < tranches[i].thawsAt) VM.warp(tranches[i].thawsAt);
        }
    }

    function _isThawing(address provider, address account) private view returns (bool) {
        return _deployment.vault().tranchesOf(provider, account).length != 0;
    }

    function _isPromised(address provider, address account) private view returns (bool) {
        return bookOf[provider][account].amountWei != 0;
    }

    /// @dev The first pair from a fuzzed one on that is so; the call is discarded when there is none.
    function _pairWith(
        uint256 who,
        function(address, address) view returns (bool) isSo
    ) private view returns (address provider, address account) {
        for (uint256 i; i < 12; ++i) {
            (provider, account) = _pairOf((who % 12) + i);
            if (isSo(provider, account)) return (provider, account);
        }
        VM.assume(false);
    }

    function _pairOf(uint256 who) private view returns (address provider, address account) {
        StakeHandler stake = _actors.stake();
        provider = stake.providers(who % 2);
        uint256 i = (who >> 1) % 6;
        account = i == 5 ? provider : stake.delegators(i);
    }
}
