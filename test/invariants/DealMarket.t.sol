// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealMarket } from "../../contracts/interfaces/market/IDealMarket.sol";
import { IDealPayments } from "../../contracts/interfaces/payments/IDealPayments.sol";
import { UnitPrice } from "../../contracts/libraries/UnitPrice.sol";
import { MarketHandler } from "./MarketHandler.t.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice What holds of the deals of a `MarketHandler`, whatever else happens beside them.
abstract contract DealMarketChecks is Deployed {
    MarketHandler internal _deals;

    function _checkCapacityAndStake() internal view {
        uint256 heldBytes;
        uint256 stake;
        for (uint256 dealId = 1; dealId <= _deals.market().dealCount(); ++dealId) {
            IDealMarket.Deal memory deal = _deals.market().dealOf(dealId);
            bool isRunning = deal.status == IDealMarket.Status.Active || deal.status == IDealMarket.Status.Ending;
            bool isOver = !isRunning && deal.status != IDealMarket.Status.Requested;
            if (isRunning) heldBytes += _checkRunning(dealId, deal.stakeReserved);
            else requireEqual("stake of a deal that does not run", 0, deal.stakeReserved);
            stake += deal.stakeReserved;
            if (isOver) requireEqual("money of a deal that is over", 0, _marketLockOf(dealId));
        }
        uint256 free = _deals.registry().offerOf(_deals.offerId()).freeBytes;
        requireEqual("capacity = free + held", _deals.OFFER_BYTES(), free + heldBytes);
        requireEqual("reserved stake = of running deals", stake, _reserved());
    }

    /// @dev What left the customer is in a lock, or was earned by a leaf in periods that were proven.
    function _checkCustomer() internal view {
        uint256 inLocks;
        uint256 paid;
        for (uint256 dealId = 1; dealId <= _deals.market().dealCount(); ++dealId) {
            IDealPayments.Stream memory stream = _deals.payments().streamOf(_keyOf(dealId));
            uint256 most = _deals.bookOf(dealId).earned / UnitPrice.BYTE_PERIODS;
            requireAtMost("paid <= proven", most, stream.released);
            uint256 fee = (uint256(stream.released) * stream.feeBps) / 10_000;
            requireAtMost("swept <= fee", fee, stream.feeSwept);
            paid += stream.released - fee + stream.feeSwept;
            inLocks += _marketLockOf(dealId);
        }
        uint256 left = _deals.ledger().balanceOf(_deals.CUSTOMER(), _deals.TOKEN());
        requireEqual("the customer's loss is what was paid", paid, _deals.DEPOSITED() - left - inLocks);
    }

    /// @dev A stranger brings every deal to its end, whatever governance has closed, and all is free again.
    function _endAllDeals() internal {
        for (uint256 dealId = 1; dealId <= _deals.market().dealCount(); ++dealId) {
            IDealMarket.Status status = _deals.market().dealOf(dealId).status;
            if (status == IDealMarket.Status.Requested) _deals.market().expire(dealId);
            if (status == IDealMarket.Status.Active || status == IDealMarket.Status.Ending) {
                _deals.market().finish(dealId);
            }
            requireEqual("nothing stays locked", 0, _marketLockOf(dealId));
            IDealPayments.Stream memory stream = _deals.payments().streamOf(_keyOf(dealId));
            requireEqual("every stream is closed", 1, stream.closed ? 1 : 0);
        }
        uint256 free = _deals.registry().offerOf(_deals.offerId()).freeBytes;
        requireEqual("all capacity is free", _deals.OFFER_BYTES(), free);
        requireEqual("no stake is reserved", 0, _reserved());
    }

    /// @dev Every byte has its stake, and the lock lasts until the last period is closed.
    function _checkRunning(uint256 dealId, uint256 stake) private view returns (uint256 capacityBytes) {
        capacityBytes = _deals.payments().capacityOf(_keyOf(dealId));
        requireAtMost("stake behind the capacity", stake, (capacityBytes * 1 ether) / 2 ** 30);
        uint256 endPeriod = _deals.payments().streamOf(_keyOf(dealId)).endPeriod;
        uint256 expiresAt = _deals.ledger().lockOf(address(_deals.payments()), _keyOf(dealId)).expiresAt;
        requireAtMost("the lock lasts until the end is closed", expiresAt, _deals.payments().endOf(endPeriod));
    }

    function _keyOf(uint256 dealId) internal view returns (uint256) {
        return _deals.payments().dealKeyOf(address(_deals.market()), dealId);
    }

    function _marketLockOf(uint256 dealId) internal view returns (uint256) {
        return _deals.ledger().lockOf(address(_deals.payments()), _keyOf(dealId)).left;
    }

    function _reserved() private view returns (uint256) {
        return _deals.vault().allocationOf(_deals.PROVIDER(), _deals.SERVICE()).reserved;
    }
}

/// @notice The market under any sequence of calls, governance's included.
contract DealMarketTest is DealMarketChecks {
    function setUp() public {
        deployment = new Deployment();
        _deals = new MarketHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_deals);
    }

    /// hardhat-config: invariant.runs = 30
    /// hardhat-config: invariant.depth = 120
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_capacityAndStakeAreHeldByRunningDealsOnly() public view {
        _checkCapacityAndStake();
        _checkCustomer();
    }

    /// @notice However a run ends: a stranger brings every deal to its end, and who lost money lost what was proven.
    function afterInvariant() public {
        VM.warp(block.timestamp + 3_000 * _deals.PERIOD_SECONDS());
        _endAllDeals();
        _checkCustomer();
    }
}
