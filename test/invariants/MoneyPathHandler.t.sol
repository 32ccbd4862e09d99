// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealPayments } from "../../contracts/interfaces/payments/IDealPayments.sol";
import { UnitPrice } from "../../contracts/libraries/UnitPrice.sol";
import { PlainToken } from "../../contracts/mocks/PlainToken.sol";
import { VerifierDouble } from "../../contracts/mocks/VerifierDouble.sol";
import { DealPayments } from "../../contracts/payments/DealPayments.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { Handler, InvariantBroken, requireEqual, VM, within } from "./Vm.sol";

/// @notice Does what customers, a market, a verifier and strangers may do with money, and keeps a naive book beside it: what each deal
/// paid for every single period. The market is this contract, which nobody listed, and the token takes a fee on each transfer.
/// Everything it does must succeed, so a call that reverts is a finding too.
contract MoneyPathHandler is Handler {
    /// @dev A deal as the naive book knows it. Money in token base units.
    struct Deal {
        address payer;
        address payee;
        uint256 setId;
        uint256 unitPrice;
        uint256 liveBytes;
        uint256 capacityBytes;
        uint256 nonce;
        uint256 feeBps;
        uint256 fromPeriod;
        uint256 endPeriod;
        uint256 periods;
        uint256 expiresAt;
        uint256 locked;
        uint256 paid;
        uint256 fees;
        uint256 refunded;
        bool started;
        bool over;
        bool expired;
    }

    uint256 public constant PERIOD_SECONDS = 100;
    uint256 public constant REFUND_DELAY = 3_000;
    uint256 public constant HOLDBACK_PERIODS = 3;
    uint256 public constant MOST_DEALS = 8;
    uint256 public constant MOST_OPEN = 3;
    uint32 public constant TOKEN = 2;

    // Not immutable: the runner knows a contract by its code, which immutables change; and only of files named .t.sol.
    PlainToken public token;
    Ledger public ledger;
    VerifierDouble public verifier = new VerifierDouble();
    DealPayments public payments;

    /// @dev Payers, payees, fees.
    address[5] public accounts = [address(0xC1), address(0xC2), address(0xA1), address(0xA2), address(0)];
    Deal[] private _deals;
    mapping(uint256 deal => mapping(uint256 period => uint256)) private _scaledOf;
    mapping(uint256 setId => mapping(uint256 period => bool)) private _proven;
    uint256 public lastTouched;
    /// @dev The last period whose rates are in the book.
    uint256 private _bookedTo;

    constructor() {
        Deployment deployment = Deployed(msg.sender).deployment();
        (ledger, payments, token) = (deployment.ledger(), deployment.payments(), deployment.tokens(TOKEN - 1));
        accounts[4] = ledger.FEE_RECIPIENT();
        _bookedTo = payments.currentPeriod();
        for (uint256 i; i < 2; ++i) {
            token.mint(accounts[i], 1e24);
            VM.prank(accounts[i]);
            token.approve(address(ledger), type(uint256).max);
            VM.prank(accounts[i]);
            ledger.approveOperator(address(payments), address(this), TOKEN, type(uint128).max, type(uint64).max);
            VM.prank(accounts[i]);
            // Enough for some deals, and soon not for more of them.
            ledger.deposit(accounts[i], TOKEN, 3e13);
        }
    }

    /// @dev Books what a call moved between a deal's lock and the balances of its three parties.
    modifier booked(uint256 seed) {
        VM.assume(_deals.length != 0);
        uint256 i = seed % _deals.length;
        lastTouched = i;
        _bookRates();
        uint256[3] memory before = _balancesOf(i);
        _;
        uint256[3] memory afterwards = _balancesOf(i);
        _deals[i].paid += afterwards[0] - before[0];
        _deals[i].fees += afterwards[1] - before[1];
        // Money of a payer only falls when it is locked, and then nothing is refunded.
        if (afterwards[2] > before[2]) _deals[i].refunded += afterwards[2] - before[2];
        else _deals[i].locked += before[2] - afterwards[2];
        ++calls;
    }

    function deposit(uint256 who, uint256 amount) external counted {
        address payer = accounts[who % 2];
        VM.prank(payer);
        ledger.deposit(accounts[amount % 4], TOKEN, within(amount, 0, 1e12));
    }

    function withdraw(uint256 who, uint256 amount) external counted {
        address account = accounts[who % 4];
        uint256 most = within(amount, 0, ledger.balanceOf(account, TOKEN));
        VM.prank(account);
        ledger.withdraw(account, TOKEN, account == accounts[0] || account == accounts[1] ? most / 10 : most);
    }

    function reserve(uint256 seed, uint256 price, uint256 capacity, uint256 periods) external counted {
        VM.assume(_deals.length < MOST_DEALS && _openCount() < MOST_OPEN);
        _bookRates();
        Deal memory deal;
        deal.payer = accounts[seed % 2];
        deal.payee = accounts[2 + ((seed >> 1) % 2)];
        deal.setId = within(seed >> 2, 1, 2);
        deal.unitPrice = within(price, 1, 1e12);
        deal.capacityBytes = within(capacity, 1, 2 ** 34);
        deal.feeBps = within(seed >> 8, 0, 500);
        deal.periods = within(periods, 1, 30);
        deal.expiresAt = payments.endOf(payments.currentPeriod() + deal.periods + 6);
        deal.locked = UnitPrice.costOf(deal.unitPrice, deal.capacityBytes, deal.periods);
        VM.assume(deal.locked <= ledger.balanceOf(deal.payer, TOKEN) && _affords(deal));

        _deals.push(deal);
        lastTouched = _deals.length - 1;
        payments.reserve(_deals.length, _termsOf(deal));
        if (seed % 8 == 0) return; // most deals start at once and are half full
        _start(lastTouched, deal.periods);
        if (deal.periods > 1) _add(lastTouched, deal.capacityBytes / 2);
    }

    function cancel(uint256 seed) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(!deal.started && !deal.over);
        deal.over = true;
        payments.cancel(lastTouched + 1);
    }

    function start(uint256 seed) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(!deal.started && !deal.over && !deal.expired);
        _start(lastTouched, within(seed >> 8, 0, deal.periods));
    }

    function addBytes(uint256 seed, uint256 amount) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(deal.started && payments.currentPeriod() + 1 < deal.endPeriod);
        _add(lastTouched, within(amount, 0, deal.capacityBytes - deal.liveBytes));
    }

    function removeBytes(uint256 seed, uint256 amount) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(deal.started);
        uint64 removed = uint64(within(amount, 0, deal.liveBytes));
        deal.liveBytes -= removed;
        verifier.removeBytes(payments, keyOf(lastTouched), removed);
    }

    function changeTerms(uint256 seed, uint256 capacity, uint256 price) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(_isRunning(deal));
        // Sometimes more than anybody could pay for.
        uint256 most = capacity % 4 == 0 || deal.liveBytes > 2 ** 34 ? 2 ** 44 : 2 ** 34;
        uint256 capacityBytes = within(capacity, deal.liveBytes, most);
        uint256 unitPrice = price % 3 == 0 ? deal.unitPrice : within(price, 0, 1e12);
        if (!_fund(lastTouched, capacityBytes, unitPrice, deal.endPeriod)) return;
        deal.capacityBytes = capacityBytes;
        deal.unitPrice = unitPrice;
        payments.changeTerms(lastTouched + 1, uint64(capacityBytes), uint96(unitPrice));
    }

    function setEnd(uint256 seed, uint256 end) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(_isRunning(deal));
        uint256 next = payments.currentPeriod() + 1;
        uint256 endPeriod = within(end, next, next + 30);
        if (endPeriod > deal.endPeriod) {
            if (!_fund(lastTouched, deal.capacityBytes, deal.unitPrice, endPeriod)) return;
        }
        deal.endPeriod = endPeriod;
        payments.setEnd(lastTouched + 1, uint32(endPeriod));
    }

    function settle(uint256 seed) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(deal.started && !deal.expired);
        uint256 releasedBefore = payments.streamOf(keyOf(lastTouched)).released;
        payments.settle(keyOf(lastTouched));
        IDealPayments.Stream memory stream = payments.streamOf(keyOf(lastTouched));
        if (!deal.over && stream.released != releasedBefore) {
            uint256 held = (deal.unitPrice * deal.liveBytes * HOLDBACK_PERIODS) / UnitPrice.BYTE_PERIODS;
            requireEqual("what is held back", held, stream.earned - stream.released);
        }
        if (seed % 2 == 0) payments.sweepFee(keyOf(lastTouched));
    }

    /// @notice A batch never fails, whatever became of a deal and its lock, nor for what was never a deal.
    function settleMany(uint256 seed) external booked(seed) {
        uint256[] memory keys = new uint256[](3);
        // Of no market: a seed can be the key of another deal.
        (keys[0], keys[1], keys[2]) = (uint96(seed), keyOf(lastTouched), keyOf(_deals.length));
        payments.settleMany(keys);
    }

    function sweepFee(uint256 seed) external booked(seed) {
        VM.assume(!_deals[lastTouched].expired);
        payments.sweepFee(keyOf(lastTouched));
    }

    function close(uint256 seed) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        uint256 period = payments.currentPeriod();
        if (_isRunning(deal) && period > deal.fromPeriod + 6) {
            deal.endPeriod = period + 1;
            payments.setEnd(lastTouched + 1, uint32(period + 1));
        }
        VM.assume(deal.started && !deal.over && period - 1 >= deal.endPeriod);
        deal.over = true;
        payments.close(keyOf(lastTouched));
    }

    function refundExpired(uint256 seed) external booked(seed) {
        Deal storage deal = _deals[lastTouched];
        VM.assume(block.timestamp >= deal.expiresAt + REFUND_DELAY);
        deal.expired = true;
        ledger.refundExpired(address(payments), keyOf(lastTouched));
    }

    /// @notice The verdict on the previous period may still come in.
    function prove(uint256 setId) external counted {
        _bookRates();
        _prove(within(setId, 1, 2));
    }

    function wait(uint256 span) external counted {
        // Mostly less than two periods, so that rates change in neighbouring ones.
        VM.warp(block.timestamp + within(span, 1, span % 8 == 0 ? 9 * PERIOD_SECONDS : (3 * PERIOD_SECONDS) / 2));
        if (span % 3 != 0) _prove(1);
        if (span % 5 != 0) _prove(2);
    }

    function dealCount() external view returns (uint256) {
        return _deals.length;
    }

    function dealOf(uint256 i) external view returns (Deal memory) {
        return _deals[i];
    }

    /// @notice What the naive book says a deal has earned by periods whose verdict is final. Token base units × byte-periods.
    function naiveEarned(uint256 i) external view returns (uint256 scaled) {
        Deal storage deal = _deals[i];
        if (!deal.started) return 0;
        uint256 end = Math.min(payments.currentPeriod() - 1, deal.endPeriod);
        for (uint256 period = deal.fromPeriod; period < end; ++period) {
            if (_proven[deal.setId][period]) scaled += _scaledIn(i, period);
        }
    }

    /// @notice What the naive book says a running deal can cost in all: what is earned, what is open, and its capacity until the end.
    /// Token base units, rounded up.
    function naiveMost(uint256 i) external view returns (uint256) {
        Deal storage deal = _deals[i];
        uint256 current = payments.currentPeriod();
        uint256 scaled;
        for (uint256 period = deal.fromPeriod; period <= current; ++period) {
            if (period + 1 >= current || _proven[deal.setId][period]) scaled += _scaledIn(i, period);
        }
        if (deal.endPeriod > current) scaled += deal.unitPrice * deal.capacityBytes * (deal.endPeriod - current - 1);
        return (scaled + UnitPrice.BYTE_PERIODS - 1) / UnitPrice.BYTE_PERIODS;
    }

    function keyOf(uint256 i) public view returns (uint256) {
        return (uint256(uint160(address(this))) << 96) | (i + 1);
    }

    /// @dev Before anything changes: each period that began since the last change has the rate that it began with.
    function _bookRates() private {
        uint256 current = payments.currentPeriod();
        for (uint256 i; i < _deals.length; ++i) {
            uint256 last = Math.min(current, _deals[i].endPeriod);
            for (uint256 period = Math.max(_bookedTo + 1, _deals[i].fromPeriod); period <= last; ++period) {
                _scaledOf[i][period] = _scaledIn(i, period);
            }
        }
        _bookedTo = current;
    }

    function _scaledIn(uint256 i, uint256 period) private view returns (uint256) {
        if (period <= _bookedTo) return _scaledOf[i][period];
        Deal storage deal = _deals[i];
        bool isPaid = deal.started && period >= deal.fromPeriod && period < deal.endPeriod;
        return isPaid ? deal.unitPrice * deal.liveBytes : 0;
    }

    function _prove(uint256 setId) private {
        uint256 period = payments.currentPeriod() - 1;
        _proven[setId][period] = true;
        verifier.setProven(setId, period, period + 1, true);
    }

    function _start(uint256 i, uint256 periods) private {
        Deal storage deal = _deals[i];
        deal.started = true;
        deal.fromPeriod = payments.currentPeriod() + 1;
        deal.endPeriod = deal.fromPeriod + periods;
        payments.start(i + 1, address(verifier), uint32(deal.setId), uint32(deal.endPeriod));
    }

    function _add(uint256 i, uint256 amountBytes) private {
        Deal storage deal = _deals[i];
        deal.liveBytes += amountBytes;
        verifier.addBytes(payments, keyOf(i), deal.setId, uint64(amountBytes), deal.nonce++);
    }

    /// @dev Adds what is missing, if the payer can. Before that the terms must be refused.
    function _fund(uint256 i, uint256 capacityBytes, uint256 unitPrice, uint256 endPeriod) private returns (bool) {
        Deal storage deal = _deals[i];
        uint256 missing = payments.missingFor(keyOf(i), capacityBytes, unitPrice, endPeriod);
        if (missing != 0) _requireRefused(i, capacityBytes, unitPrice, endPeriod, missing);
        if (missing > ledger.balanceOf(deal.payer, TOKEN)) return false;
        uint256 expiresAt = payments.endOf(endPeriod + 3);
        if (expiresAt > deal.expiresAt) deal.expiresAt = expiresAt;
        payments.addFunds(i + 1, uint96(missing), uint40(expiresAt));
        return true;
    }

    function _requireRefused(
        uint256 i,
        uint256 capacityBytes,
        uint256 unitPrice,
        uint256 endPeriod,
        uint256 missing
    ) private {
        bytes memory call =
            endPeriod == _deals[i].endPeriod
                ? abi.encodeCall(payments.changeTerms, (i + 1, uint64(capacityBytes), uint96(unitPrice)))
                : abi.encodeCall(payments.setEnd, (i + 1, uint32(endPeriod)));
        (bool taken, bytes memory reason) = address(payments).call(call);
        if (taken) revert InvariantBroken("terms without their money", missing, 0);
        _requireUnderfunded(reason, missing);
    }

    function _openCount() private view returns (uint256 count) {
        for (uint256 i; i < _deals.length; ++i) if (!_deals[i].over && !_deals[i].expired) ++count;
    }

    function _isRunning(Deal storage deal) private view returns (bool) {
        return deal.started && !deal.over && !deal.expired && payments.currentPeriod() < deal.endPeriod;
    }

    function _balancesOf(uint256 i) private view returns (uint256[3] memory) {
        Deal storage deal = _deals[i];
        return
            [
                ledger.balanceOf(deal.payee, TOKEN),
                ledger.balanceOf(accounts[4], TOKEN),
                ledger.balanceOf(deal.payer, TOKEN)
            ];
    }

    function _requireUnderfunded(bytes memory reason, uint256 missing) private pure {
        if (bytes4(reason) != IDealPayments.PaymentsUnderfunded.selector) {
            revert InvariantBroken("refused for another reason", missing, 0);
        }
    }

    /// @dev A deal must pay for at least one whole period.
    function _affords(Deal memory deal) private pure returns (bool) {
        return deal.locked * UnitPrice.BYTE_PERIODS >= deal.unitPrice * deal.capacityBytes;
    }

    function _termsOf(Deal memory deal) private pure returns (IDealPayments.Reservation memory) {
        return
            IDealPayments.Reservation({
                payer: deal.payer,
                payee: deal.payee,
                tokenId: TOKEN,
                most: uint96(deal.locked),
                signer: deal.payer,
                capacityBytes: uint64(deal.capacityBytes),
                unitPrice: uint96(deal.unitPrice),
                feeBps: uint16(deal.feeBps),
                expiresAt: uint40(deal.expiresAt)
            });
    }
}
