// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealPayments } from "../../contracts/interfaces/payments/IDealPayments.sol";
import { UnitPrice } from "../../contracts/libraries/UnitPrice.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { MoneyPathHandler } from "./MoneyPathHandler.t.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice What holds of the deals of a `MoneyPathHandler`, whatever else happens beside them.
abstract contract MoneyPathChecks is Deployed {
    MoneyPathHandler internal _money;

    /// @dev What a deal's lock held is in it, paid or refunded; and what is paid is what was released, less the fee.
    function _checkMoney(uint256 i) internal view returns (uint256 left) {
        MoneyPathHandler.Deal memory deal = _money.dealOf(i);
        left = _leftOf(i);
        requireEqual(
            "lock = locked - paid - fees - refunded",
            deal.locked,
            left + deal.paid + deal.fees + deal.refunded
        );
        IDealPayments.Stream memory stream = _money.payments().streamOf(_money.keyOf(i));
        requireAtMost("released <= earned", stream.earned, stream.released);
        requireAtMost("paid <= earned", stream.earned, deal.paid + deal.fees);
        requireAtMost("earned <= locked", deal.locked, stream.earned);
        uint256 fee = (uint256(stream.released) * deal.feeBps) / 10_000;
        requireAtMost("fee <= share of what was released", fee, deal.fees);
        if (!deal.expired) requireEqual("paid = released - fee", stream.released - fee, deal.paid);
        if (deal.expired || deal.over || !deal.started) return left;
        if (_money.payments().currentPeriod() >= deal.endPeriod) return left;
        uint256 missing = _money.payments().missingFor(
            _money.keyOf(i),
            deal.capacityBytes,
            deal.unitPrice,
            deal.endPeriod
        );
        requireEqual("nothing is missing", 0, missing);
        requireAtMost("the deal cannot cost more than was locked", deal.locked, _money.naiveMost(i));
    }

    /// @dev The O(1) sum is the naive one, period by period.
    function _checkEarned(uint256 i) internal view {
        (uint256 earned, ) = _money.payments().earnedOf(_money.keyOf(i));
        requireEqual("earned = naive", _money.naiveEarned(i) / UnitPrice.BYTE_PERIODS, earned);
    }

    function _leftOf(uint256 i) internal view returns (uint256) {
        return _money.ledger().lockOf(address(_money.payments()), _money.keyOf(i)).left;
    }
}

/// @notice Ledger and payments under any sequence of calls.
contract MoneyPathTest is MoneyPathChecks {
    function setUp() public {
        deployment = new Deployment();
        _money = new MoneyPathHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_money);
    }

    /// hardhat-config: invariant.runs = 40
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_moneyIsWhereItBelongs() public view {
        uint256 total;
        for (uint256 i; i < 5; ++i) total += _money.ledger().balanceOf(_money.accounts(i), _money.TOKEN());
        for (uint256 i; i < _money.dealCount(); ++i) total += _checkMoney(i);
        requireEqual("tokens = balances + locks", total, _money.token().balanceOf(address(_money.ledger())));
        if (_money.dealCount() != 0) _checkEarned(_money.lastTouched());
    }

    /// @notice However a run ends: without the market, every deal is brought to its end and every account empties the ledger.
    function afterInvariant() public {
        for (uint256 i; i < _money.dealCount(); ++i) _checkEarned(i);
        VM.warp(block.timestamp + 200 * _money.PERIOD_SECONDS() + _money.REFUND_DELAY());
        for (uint256 i; i < _money.dealCount(); ++i) {
            MoneyPathHandler.Deal memory deal = _money.dealOf(i);
            if (deal.started && !deal.over) _money.payments().close(_money.keyOf(i));
            _money.ledger().refundExpired(address(_money.payments()), _money.keyOf(i));
            requireEqual("nothing stays locked", 0, _leftOf(i));
        }
        Ledger ledger = _money.ledger();
        for (uint256 i; i < 5; ++i) {
            address account = _money.accounts(i);
            uint32 tokenId = _money.TOKEN();
            uint256 balance = ledger.balanceOf(account, tokenId);
            VM.prank(account);
            ledger.withdraw(account, tokenId, balance);
        }
        requireEqual("the ledger is empty", 0, _money.token().balanceOf(address(_money.ledger())));
    }
}
