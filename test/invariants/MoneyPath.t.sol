// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealPayments } from "../../contracts/interfaces/payments/IDealPayments.sol";
import { UnitPrice } from "../../contracts/libraries/UnitPrice.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { MoneyPathHandler } from "./MoneyPathHandler.t.sol";
import { requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice Ledger and payments under any sequence of calls.
contract MoneyPathTest {
    MoneyPathHandler private _handler;

    function setUp() public {
        _handler = new MoneyPathHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// hardhat-config: invariant.runs = 40
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_moneyIsWhereItBelongs() public view {
        uint256 total;
        for (uint256 i; i < 5; ++i) total += _handler.ledger().balanceOf(_handler.accounts(i), _handler.TOKEN());
        for (uint256 i; i < _handler.dealCount(); ++i) total += _checkMoney(i);
        requireEqual("tokens = balances + locks", total, _handler.token().balanceOf(address(_handler.ledger())));
        if (_handler.dealCount() != 0) _checkEarned(_handler.lastTouched());
    }

    /// @notice However a run ends: without the market, every deal is brought to its end and every account empties the ledger.
    function afterInvariant() public {
        for (uint256 i; i < _handler.dealCount(); ++i) _checkEarned(i);
        VM.warp(block.timestamp + 200 * _handler.PERIOD_SECONDS() + _handler.REFUND_DELAY());
        for (uint256 i; i < _handler.dealCount(); ++i) {
            MoneyPathHandler.Deal memory deal = _handler.dealOf(i);
            if (deal.started && !deal.over) _handler.payments().close(_handler.keyOf(i));
            _handler.ledger().refundExpired(address(_handler.payments()), _handler.keyOf(i));
            requireEqual("nothing stays locked", 0, _leftOf(i));
        }
        Ledger ledger = _handler.ledger();
        for (uint256 i; i < 5; ++i) {
            address account = _handler.accounts(i);
            uint256 balance = ledger.balanceOf(account, 1);
            VM.prank(account);
            ledger.withdraw(account, 1, balance);
        }
        requireEqual("the ledger is empty", 0, _handler.token().balanceOf(address(_handler.ledger())));
    }

    /// @dev What a deal's lock held is in it, paid or refunded; and what is paid is what was released, less the fee.
    function _checkMoney(uint256 i) private view returns (uint256 left) {
        MoneyPathHandler.Deal memory deal = _handler.dealOf(i);
        left = _leftOf(i);
        requireEqual(
            "lock = locked - paid - fees - refunded",
            deal.locked,
            left + deal.paid + deal.fees + deal.refunded
        );
        IDealPayments.Stream memory stream = _handler.payments().streamOf(_handler.keyOf(i));
        requireAtMost("released <= earned", stream.earned, stream.released);
        requireAtMost("paid <= earned", stream.earned, deal.paid + deal.fees);
        requireAtMost("earned <= locked", deal.locked, stream.earned);
        uint256 fee = (uint256(stream.released) * deal.feeBps) / 10_000;
        requireAtMost("fee <= share of what was released", fee, deal.fees);
        if (!deal.expired) requireEqual("paid = released - fee", stream.released - fee, deal.paid);
        if (deal.expired || deal.over || !deal.started) return left;
        if (_handler.payments().currentPeriod() >= deal.endPeriod) return left;
        uint256 missing = _handler.payments().missingFor(
            _handler.keyOf(i),
            deal.capacityBytes,
            deal.unitPrice,
            deal.endPeriod
        );
        requireEqual("nothing is missing", 0, missing);
        requireAtMost("the deal cannot cost more than was locked", deal.locked, _handler.naiveMost(i));
    }

    /// @dev The O(1) sum is the naive one, period by period.
    function _checkEarned(uint256 i) private view {
        (uint256 earned, ) = _handler.payments().earnedOf(_handler.keyOf(i));
        requireEqual("earned = naive", _handler.naiveEarned(i) / UnitPrice.BYTE_PERIODS, earned);
    }

    function _leftOf(uint256 i) private view returns (uint256) {
        return _handler.ledger().lockOf(address(_handler.payments()), _handler.keyOf(i)).left;
    }
}
