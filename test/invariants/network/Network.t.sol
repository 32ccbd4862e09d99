// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStakeVault } from "../../../contracts/interfaces/staking/IStakeVault.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { Ledger } from "../../../contracts/payments/Ledger.sol";
import { ChannelsChecks } from "../Channels.t.sol";
import { ChannelsHandler } from "../ChannelsHandler.t.sol";
import { DealMarketChecks } from "../DealMarket.t.sol";
import { FeesChecks } from "../Fees.t.sol";
import { FeesHandler } from "../FeesHandler.t.sol";
import { MarketHandler } from "../MarketHandler.t.sol";
import { MoneyPathChecks } from "../MoneyPath.t.sol";
import { MoneyPathHandler } from "../MoneyPathHandler.t.sol";
import { StakeChecks } from "../Stake.t.sol";
import { StakeHandler } from "../StakeHandler.t.sol";
import { FuzzSelector, requireAtMost, requireEqual, VM } from "../Vm.sol";
import { BountiesHandler } from "./BountiesHandler.t.sol";
import { Deployment } from "./Deployment.t.sol";
import { EmissionHandler } from "./EmissionHandler.t.sol";
import { EntryHandler } from "./EntryHandler.t.sol";
import { GovernanceHandler } from "./GovernanceHandler.t.sol";
import { HostileHandler } from "./HostileHandler.t.sol";
import { Actors } from "./LiveDeals.t.sol";

/// @notice All money and stake contracts together, under everybody at once. The names of the functions below are the invariants of the
/// protocol; the draw's frequencies are missing, since nothing draws yet.
/// @dev Each call is followed by one part of the checks, in turn, and each run by all of them: all after each call would leave time for a
/// tenth of the calls. What a call did to what it touched is checked by the handlers themselves, every time.
contract NetworkTest is Actors, ChannelsChecks, DealMarketChecks, FeesChecks, MoneyPathChecks, StakeChecks {
    /// @dev One of so many calls is followed by a part of the checks.
    uint256 private constant _CALLS_PER_PART = 4;
    uint256 private constant _PARTS = 8;

    EmissionHandler private _emission;
    EntryHandler private _entry;
    GovernanceHandler private _governance;
    HostileHandler private _hostile;
    BountiesHandler private _bounties;

    function setUp() public {
        deployment = new Deployment();
        deals = _deals = new MarketHandler();
        money = _money = new MoneyPathHandler();
        usage = _usage = new ChannelsHandler();
        stake = _stake = new StakeHandler();
        fees = _fees = new FeesHandler();
        _stake.watch(_deals.PROVIDER());
        _emission = new EmissionHandler();
        _entry = new EntryHandler();
        _governance = new GovernanceHandler();
        _hostile = new HostileHandler();
        _bounties = new BountiesHandler();
        VM.warp(block.timestamp + 2 * deployment.PERIOD_SECONDS());
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](10);
        (targets[0], targets[1], targets[2]) = (address(_deals), address(_money), address(_usage));
        (targets[3], targets[4], targets[5]) = (address(_stake), address(_fees), address(_emission));
        (targets[6], targets[7], targets[8]) = (address(_entry), address(_governance), address(_hostile));
        targets[9] = address(_bounties);
    }

    function excludeSelectors() public view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](2);
        excluded[0] = _stakeBookkeeping();
        excluded[1].addr = address(_bounties);
        excluded[1].selectors = new bytes4[](1);
        excluded[1].selectors[0] = _bounties.takeAllBack.selector;
    }

    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_everyPromiseIsKeptWhateverEverybodyDoes() public view {
        uint256 turn = _money.calls() + _usage.calls() + _deals.calls() + _stake.calls() + _fees.calls();
        turn += _emission.calls() + _entry.calls() + _governance.calls() + _hostile.calls() + _bounties.calls();
        if (turn % _CALLS_PER_PART != 0) return;
        turn = (turn / _CALLS_PER_PART) % _PARTS;
        if (turn < 4) return _tokensHeldByTheLedgerAreBalancesAndLocks(uint32(turn + 1));
        if (turn == 4) _aSlashTakesFromItsTargetWhatItHandsOut();
        if (turn == 4) _everyVoteIsCountedOnce();
        if (turn == 4) return _sharesTimesIndexAreTheTokensHeldAndVotesFollowSlashes();
        if (turn == 5) _noAdministratorCallChangesALiveDeal();
        if (turn == 5) return _noDealPaysMoreThanWasProvenOrLocked();
        if (turn == 6) return _noCustomerLosesMoreThanWasSignedOrProven();
        _bountiesAreWhatWasPromised();
        _accumulatorsEqualNaiveModels();
    }

    /// @notice However a run ends.
    function afterInvariant() public {
        for (uint32 tokenId = 1; tokenId <= 4; ++tokenId) _tokensHeldByTheLedgerAreBalancesAndLocks(tokenId);
        _sharesTimesIndexAreTheTokensHeldAndVotesFollowSlashes();
        _everyVoteIsCountedOnce();
        _aSlashTakesFromItsTargetWhatItHandsOut();
        _noDealPaysMoreThanWasProvenOrLocked();
        _noCustomerLosesMoreThanWasSignedOrProven();
        _bountiesAreWhatWasPromised();
        _accumulatorsEqualNaiveModels();
        _noAdministratorCallChangesALiveDeal();
        _noStateIsWithoutAnExit();
    }

    function _tokensHeldByTheLedgerAreBalancesAndLocks(uint32 tokenId) private view {
        Ledger ledger = deployment.ledger();
        uint256 total = ledger.balanceOf(address(deployment.router()), tokenId) + _hostile.donated(tokenId);
        total += ledger.balanceOf(address(_hostile), tokenId) + ledger.balanceOf(_hostile.ACCOMPLICE(), tokenId);
        if (tokenId == 1) {
            total += ledger.balanceOf(_deals.CUSTOMER(), 1) + ledger.balanceOf(_deals.PROVIDER(), 1);
            for (uint256 id = 1; id <= deployment.market().dealCount(); ++id) total += _marketLockOf(id);
            total += _hostile.locked();
        } else if (tokenId == 2) {
            for (uint256 i; i < 4; ++i) total += ledger.balanceOf(_money.accounts(i), 2);
            for (uint256 i; i < _money.dealCount(); ++i) total += _leftOf(i);
        } else if (tokenId == 3) {
            for (uint256 i; i < 6; ++i) total += ledger.balanceOf(_usage.accounts(i), 3);
            for (uint256 i; i < _usage.count(); ++i) total += _lockLeft(i);
        }
        IERC20 token = IERC20(ledger.tokenOf(tokenId));
        requireEqual("tokens held by the ledger = balances + locks", total, token.balanceOf(address(ledger)));
    }

    function _sharesTimesIndexAreTheTokensHeldAndVotesFollowSlashes() private view {
        IStakeVault.Stake memory held = deployment.vault().stakeOf(_deals.PROVIDER());
        _checkStake(uint256(held.active) + held.thawing + held.delegated + held.delegatedThawing);
    }

    function _everyVoteIsCountedOnce() private view {
        _governance.check();
    }

    function _aSlashTakesFromItsTargetWhatItHandsOut() private view {
        uint256 out = deployment.ever().balanceOf(_stake.SINK()) + deployment.ever().balanceOf(_hostile.SINK());
        requireEqual("slashed = handed out", _stake.slashed() + _hostile.slashed(), out);
    }

    function _noAdministratorCallChangesALiveDeal() private view {
        requireEqual("administrator calls that changed a live deal", 0, _governance.noticed());
    }

    function _noDealPaysMoreThanWasProvenOrLocked() private view {
        for (uint256 i; i < _money.dealCount(); ++i) _checkMoney(i);
        _checkCapacityAndStake();
    }

    function _noCustomerLosesMoreThanWasSignedOrProven() private view {
        _checkCustomer();
        _checkBalances();
        for (uint256 i; i < _usage.count(); ++i) _checkChannel(i);
    }

    function _bountiesAreWhatWasPromised() private view {
        _bounties.check();
    }

    function _accumulatorsEqualNaiveModels() private view {
        if (_money.dealCount() != 0) _checkEarned(_money.lastTouched());
        uint256 burned = _checkFees();
        _emission.check();
        _entry.check();
        uint256 minted = _hostile.minted() + _emission.emitted();
        uint256 supply = _fees.everAtFirst() + minted - burned;
        requireEqual("supply = first + minted - burned", supply, deployment.ever().totalSupply());
        requireAtMost("emitted <= 0.9 of burned", (burned * 9) / 10, _emission.emitted());
    }

    /// @dev Strangers bring every deal and channel to its end, everybody takes out stake and money, and the ledger is empty.
    function _noStateIsWithoutAnExit() private {
        VM.warp(block.timestamp + 3_000 * deployment.PERIOD_SECONDS());
        _endAllDeals();
        for (uint256 i; i < _usage.count(); ++i) {
            if (!_usage.bookOf(i).closed) deployment.channels().close(i + 1);
        }
        for (uint256 i; i < _money.dealCount(); ++i) {
            MoneyPathHandler.Deal memory deal = _money.dealOf(i);
            if (deal.started && !deal.over) deployment.payments().close(_money.keyOf(i));
            deployment.ledger().refundExpired(address(deployment.payments()), _money.keyOf(i));
        }
        for (uint256 id = 1; id <= _hostile.dealCount(); ++id) {
            uint256 dealKey = _hostile.keyOf(id);
            if (!deployment.payments().streamOf(dealKey).closed) deployment.payments().close(dealKey);
        }
        _emptyVault();
        _bounties.takeAllBack();
        _bounties.check();
        _sellAllFees();
        _emptyLedger();
    }

    function _emptyLedger() private {
        for (uint32 tokenId = 1; tokenId <= 4; ++tokenId) {
            _withdrawAll(_deals.CUSTOMER(), tokenId);
            _withdrawAll(_deals.PROVIDER(), tokenId);
            _withdrawAll(address(_hostile), tokenId);
            _withdrawAll(_hostile.ACCOMPLICE(), tokenId);
            for (uint256 i; i < 4; ++i) _withdrawAll(_money.accounts(i), tokenId);
            for (uint256 i = 4; i < 6; ++i) _withdrawAll(_usage.accounts(i), tokenId);
            IERC20 token = IERC20(deployment.ledger().tokenOf(tokenId));
            uint256 left = token.balanceOf(address(deployment.ledger()));
            requireEqual("the ledger is empty", _hostile.donated(tokenId), left);
        }
    }

    function _withdrawAll(address account, uint32 tokenId) private {
        uint256 balance = deployment.ledger().balanceOf(account, tokenId);
        if (balance == 0) return;
        Ledger ledger = deployment.ledger();
        VM.prank(account);
        ledger.withdraw(account, tokenId, balance);
    }
}
