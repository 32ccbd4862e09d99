// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealMarket } from "../../contracts/interfaces/market/IDealMarket.sol";
import { IDealPayments } from "../../contracts/interfaces/payments/IDealPayments.sol";
import { MarketHandler } from "./MarketHandler.t.sol";
import { requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice The market under any sequence of calls, governance's included.
contract DealMarketTest {
    MarketHandler private _handler;

    function setUp() public {
        _handler = new MarketHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// hardhat-config: invariant.runs = 30
    /// hardhat-config: invariant.depth = 120
    function invariant_capacityAndStakeAreHeldByRunningDealsOnly() public view {
        uint256 heldBytes;
        uint256 stake;
        for (uint256 dealId = 1; dealId <= _handler.market().dealCount(); ++dealId) {
            IDealMarket.Deal memory deal = _handler.market().dealOf(dealId);
            bool isRunning = deal.status == IDealMarket.Status.Active || deal.status == IDealMarket.Status.Ending;
            bool isOver = !isRunning && deal.status != IDealMarket.Status.Requested;
            if (isRunning) heldBytes += _checkRunning(dealId, deal.stakeReserved);
            else requireEqual("stake of a deal that does not run", 0, deal.stakeReserved);
            stake += deal.stakeReserved;
            if (isOver) requireEqual("money of a deal that is over", 0, _leftOf(dealId));
        }
        uint256 free = _handler.registry().offerOf(1).freeBytes;
        requireEqual("capacity = free + held", _handler.OFFER_BYTES(), free + heldBytes);
        uint256 reserved = _handler.vault().allocationOf(_handler.PROVIDER(), _handler.SERVICE()).reserved;
        requireEqual("reserved stake = of running deals", stake, reserved);
    }

    /// @notice However a run ends: a stranger brings every deal to its end, whatever governance has closed, and all is free again.
    function afterInvariant() public {
        VM.warp(block.timestamp + 3_000 * _handler.PERIOD_SECONDS());
        for (uint256 dealId = 1; dealId <= _handler.market().dealCount(); ++dealId) {
            IDealMarket.Status status = _handler.market().dealOf(dealId).status;
            if (status == IDealMarket.Status.Requested) _handler.market().expire(dealId);
            if (status == IDealMarket.Status.Active || status == IDealMarket.Status.Ending) {
                _handler.market().finish(dealId);
            }
            requireEqual("nothing stays locked", 0, _leftOf(dealId));
            IDealPayments.Stream memory stream = _handler.payments().streamOf(_keyOf(dealId));
            requireEqual("every stream is closed", 1, stream.closed ? 1 : 0);
        }
        requireEqual("all capacity is free", _handler.OFFER_BYTES(), _handler.registry().offerOf(1).freeBytes);
        uint256 reserved = _handler.vault().allocationOf(_handler.PROVIDER(), _handler.SERVICE()).reserved;
        requireEqual("no stake is reserved", 0, reserved);
        // Nothing was ever proven here: every unit is the customer's again.
        requireEqual("all money is the customer's", 1e15, _handler.ledger().balanceOf(_handler.CUSTOMER(), 1));
    }

    /// @dev Every byte has its stake, and the lock lasts until the last period is closed.
    function _checkRunning(uint256 dealId, uint256 stake) private view returns (uint256 capacityBytes) {
        capacityBytes = _handler.payments().capacityOf(_keyOf(dealId));
        requireAtMost("stake behind the capacity", stake, (capacityBytes * 1 ether) / 2 ** 30);
        uint256 endPeriod = _handler.payments().streamOf(_keyOf(dealId)).endPeriod;
        uint256 expiresAt = _handler.ledger().lockOf(address(_handler.payments()), _keyOf(dealId)).expiresAt;
        requireAtMost("the lock lasts until the end is closed", expiresAt, _handler.payments().endOf(endPeriod));
    }

    function _keyOf(uint256 dealId) private view returns (uint256) {
        return _handler.payments().dealKeyOf(address(_handler.market()), dealId);
    }

    function _leftOf(uint256 dealId) private view returns (uint256) {
        return _handler.ledger().lockOf(address(_handler.payments()), _keyOf(dealId)).left;
    }
}
