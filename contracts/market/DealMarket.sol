// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import { IDealMarket } from "../interfaces/market/IDealMarket.sol";
import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { IApprovalReceiver, ILedger } from "../interfaces/payments/ILedger.sol";
import { IProviderRegistry } from "../interfaces/registry/IProviderRegistry.sol";
import { IServiceCatalog } from "../interfaces/registry/IServiceCatalog.sol";
import { IStakeVault } from "../interfaces/staking/IStakeVault.sol";
import { IPeriodClock } from "../interfaces/verification/IPeriodClock.sol";
import { IPossessionProofs } from "../interfaces/verification/IPossessionProofs.sol";
import { IRandomBeacon } from "../interfaces/verification/IRandomBeacon.sol";
import { DealRecord, DealRecords } from "../libraries/DealRecord.sol";
import { DealRequests } from "../libraries/DealRequests.sol";
import { PeriodClock } from "../libraries/PeriodClock.sol";
import { UnitPrice } from "../libraries/UnitPrice.sol";

/// @title DealMarket
/// @notice Rented capacity for a term, in mode pick with one replica. No administrator; addresses and parameters are fixed for life.
/// @dev Holds no money and no right to any: a customer's money is locked by `DealPayments` within what the customer approved for this
/// very market. Only contracts named at deployment are called, none of which calls back.
contract DealMarket is IDealMarket, PeriodClock {
    using SafeCast for uint256;
    using DealRecords for DealRecord;

    /// @notice The contracts that a market works with, for life.
    struct Parts {
        ILedger ledger;
        IDealPayments payments;
        IPossessionProofs proofs;
        IRandomBeacon beacon;
        IProviderRegistry registry;
        IServiceCatalog catalog;
        IStakeVault vault;
    }

    /// @dev Missed periods in a row after which anyone may end a deal.
    uint256 private constant _ABANDONED_PERIODS = 3;
    uint8 private constant _BY_CUSTOMER = 1;
    uint8 private constant _BY_NOTICE = 2;
    uint8 private constant _ABANDONED = 3;

    /// @notice Where the money is; the only contract that may hand a customer's call over.
    ILedger public immutable LEDGER;
    /// @notice Who locks and pays it.
    IDealPayments public immutable PAYMENTS;
    /// @notice Judge of the proofs.
    IPossessionProofs public immutable PROOFS;
    /// @notice Where the seeds of proofs come from.
    IRandomBeacon public immutable BEACON;
    /// @notice Providers and offers.
    IProviderRegistry public immutable REGISTRY;
    /// @notice Services and payment tokens.
    IServiceCatalog public immutable CATALOG;
    /// @notice Stake that backs the deals.
    IStakeVault public immutable VAULT;
    /// @inheritdoc IDealMarket
    uint256 public immutable ACCEPT_SECONDS;
    /// @inheritdoc IDealMarket
    uint256 public immutable GRACE_PERIODS;
    /// @inheritdoc IDealMarket
    uint256 public immutable NOTICE_PERIODS;
    /// @dev From the period of a request to the end of the deal, beside its term: boundaries until the acceptance, the rest of that
    /// period, and the grace.
    uint256 private immutable _LOCK_PERIODS;

    /// @inheritdoc IDealMarket
    uint256 public dealCount;
    mapping(uint256 dealId => DealRecord) private _records;
    /// @inheritdoc IDealMarket
    mapping(uint256 dealId => bytes32) public firstPieceHashOf;

    /// @param parts Contracts of the same clock.
    /// @param acceptSeconds Time to accept. Seconds.
    /// @param gracePeriods Prepaid periods after the term.
    /// @param noticePeriods Periods between a provider's notice and the end.
    constructor(
        Parts memory parts,
        uint256 acceptSeconds,
        uint256 gracePeriods,
        uint256 noticePeriods
    ) PeriodClock(parts.beacon.ORIGIN(), parts.beacon.PERIOD_SECONDS()) {
        IPeriodClock clock = IPeriodClock(address(parts.payments));
        if (clock.ORIGIN() != ORIGIN || clock.PERIOD_SECONDS() != PERIOD_SECONDS) {
            revert ClockInvalid(clock.ORIGIN(), clock.PERIOD_SECONDS());
        }
        LEDGER = parts.ledger;
        PAYMENTS = parts.payments;
        PROOFS = parts.proofs;
        BEACON = parts.beacon;
        REGISTRY = parts.registry;
        CATALOG = parts.catalog;
        VAULT = parts.vault;
        ACCEPT_SECONDS = acceptSeconds;
        GRACE_PERIODS = gracePeriods;
        NOTICE_PERIODS = noticePeriods;
        _LOCK_PERIODS = Math.ceilDiv(acceptSeconds, PERIOD_SECONDS) + 1 + gracePeriods;
    }

    /// @inheritdoc IDealMarket
    function dealOf(uint256 dealId) external view returns (Deal memory deal) {
        DealRecord memory record = _records[dealId];
        deal.customer = record.customer;
        deal.provider = _providerOf(record);
        deal.status = record.status;
        deal.offerId = record.offerId;
        if (record.status == Status.Requested) {
            (deal.acceptBy, deal.termPeriods) = record.termsOf();
        } else {
            deal.stakeReserved = record.stakeOf();
        }
        deal.firstPieceHash = firstPieceHashOf[dealId];
    }

    /// @inheritdoc IDealMarket
    function termsOf(uint256 dealId) external view returns (uint32 termEndPeriod, uint32 endPeriod) {
        Status status = _records[dealId].status;
        if (status != Status.Active && status != Status.Ending) return (0, 0);
        endPeriod = PAYMENTS.streamOf(_keyOf(dealId)).endPeriod;
        termEndPeriod = status == Status.Active ? endPeriod - uint32(GRACE_PERIODS) : endPeriod;
    }

    /// @inheritdoc IDealMarket
    function quote(
        uint256 offerId,
        uint64 capacityBytes,
        uint32 termPeriods
    ) external view returns (uint96 locked, uint96 unitPrice) {
        unitPrice = REGISTRY.offerOf(offerId).unitPrice;
        locked = _costOf(unitPrice, capacityBytes, termPeriods);
    }

    /// @inheritdoc IDealMarket
    function request(Request calldata request_) external returns (uint256 dealId) {
        return _request(msg.sender, request_);
    }

    /// @inheritdoc IApprovalReceiver
    function onApproval(address account, bytes calldata data) external returns (bytes memory result) {
        if (msg.sender != address(LEDGER)) revert MarketHandoverInvalid();
        uint256 action = uint256(bytes32(data));
        if (action == uint256(Action.Request)) {
            (, Request memory request_) = abi.decode(data, (uint256, Request));
            return abi.encode(_request(account, request_));
        } else if (action == uint256(Action.Renew)) {
            (, uint256 dealId, uint32 addedPeriods) = abi.decode(data, (uint256, uint256, uint32));
            _renew(account, dealId, addedPeriods);
        } else if (action == uint256(Action.ChangeCapacity)) {
            (, uint256 dealId, uint64 capacityBytes, uint96 maxUnitPrice) = abi.decode(
                data,
                (uint256, uint256, uint64, uint96)
            );
            _changeCapacity(account, dealId, capacityBytes, maxUnitPrice);
        } else {
            revert MarketHandoverInvalid();
        }
    }

    /// @inheritdoc IDealMarket
    function accept(uint256 dealId, uint32 setId) external {
        DealRecord storage record = _records[dealId];
        DealRecord memory requested = record;
        _requireStatus(dealId, requested.status, Status.Requested);
        (uint40 acceptBy, uint32 termPeriods) = requested.termsOf();
        if (block.timestamp > acceptBy) revert MarketDeadline(dealId, acceptBy, block.timestamp);

        uint256 dealKey = _keyOf(dealId);
        uint64 capacityBytes = PAYMENTS.capacityOf(dealKey);
        (address provider, bytes32 serviceId, ) = REGISTRY.takeCapacity(requested.offerId, capacityBytes);
        _requireCaller(dealId, REGISTRY.operatorOf(provider));
        _requireSet(setId, provider);
        uint128 stake = CATALOG.stakeFor(serviceId, capacityBytes);
        uint32 fromPeriod = uint32(currentPeriod() + 1);
        uint32 endPeriod = fromPeriod + termPeriods + uint32(GRACE_PERIODS);

        (record.status, record.detail) = (Status.Active, DealRecords.ofStake(stake));
        emit DealAccepted(dealId, provider, setId, fromPeriod, fromPeriod + termPeriods, endPeriod, stake);
        VAULT.reserve(provider, serviceId, stake);
        PAYMENTS.start(dealId, address(PROOFS), setId, endPeriod);
    }

    /// @inheritdoc IDealMarket
    function decline(uint256 dealId) external {
        _requireCaller(dealId, REGISTRY.operatorOf(_providerOf(_records[dealId])));
        _closeUnaccepted(dealId, Status.Declined);
    }

    /// @inheritdoc IDealMarket
    function cancel(uint256 dealId) external {
        _requireCaller(dealId, _records[dealId].customer);
        _closeUnaccepted(dealId, Status.Cancelled);
    }

    /// @inheritdoc IDealMarket
    function expire(uint256 dealId) external {
        DealRecord memory record = _records[dealId];
        _requireStatus(dealId, record.status, Status.Requested);
        (uint40 acceptBy, ) = record.termsOf();
        if (block.timestamp <= acceptBy) revert MarketDeadline(dealId, acceptBy, block.timestamp);
        _closeUnaccepted(dealId, Status.Expired);
    }

    /// @inheritdoc IDealMarket
    function renew(uint256 dealId, uint32 addedPeriods) external {
        _renew(msg.sender, dealId, addedPeriods);
    }

    /// @inheritdoc IDealMarket
    function changeCapacity(uint256 dealId, uint64 capacityBytes, uint96 maxUnitPrice) external {
        _changeCapacity(msg.sender, dealId, capacityBytes, maxUnitPrice);
    }

    /// @inheritdoc IDealMarket
    function setSessionKey(uint256 dealId, address sessionKey) external {
        DealRecord memory record = _records[dealId];
        _requireCaller(dealId, record.customer);
        PAYMENTS.setSigner(dealId, sessionKey == address(0) ? record.customer : sessionKey);
    }

    /// @inheritdoc IDealMarket
    function end(uint256 dealId) external {
        _requireCaller(dealId, _records[dealId].customer);
        _end(dealId, currentPeriod() + 1, _BY_CUSTOMER);
    }

    /// @inheritdoc IDealMarket
    function giveNotice(uint256 dealId) external {
        DealRecord memory record = _records[dealId];
        _requireStatus(dealId, record.status, Status.Active);
        address provider = _providerOf(record);
        if (msg.sender != provider) _requireCaller(dealId, REGISTRY.operatorOf(provider));
        _end(dealId, currentPeriod() + 1 + NOTICE_PERIODS, _BY_NOTICE);
    }

    /// @inheritdoc IDealMarket
    function endAbandoned(uint256 dealId) external {
        uint256 period = currentPeriod();
        if (!_isAbandoned(dealId, period)) revert MarketNotAbandoned(dealId);
        _end(dealId, period + 1, _ABANDONED);
    }

    /// @inheritdoc IDealMarket
    function finish(uint256 dealId) external {
        DealRecord memory record = _records[dealId];
        if (record.status != Status.Ending) _requireStatus(dealId, record.status, Status.Active);
        IProviderRegistry.Offer memory offer = REGISTRY.offerOf(record.offerId);
        uint256 dealKey = _keyOf(dealId);

        (_records[dealId].status, _records[dealId].detail) = (Status.Finished, 0);
        emit DealFinished(dealId, msg.sender);
        // Anyone may have closed the payments before, without this market.
        if (!PAYMENTS.streamOf(dealKey).closed) PAYMENTS.close(dealKey);
        REGISTRY.giveCapacity(record.offerId, PAYMENTS.capacityOf(dealKey));
        VAULT.release(offer.provider, offer.serviceId, record.stakeOf());
    }

    function _request(address customer, Request memory request_) private returns (uint256 dealId) {
        DealRequests.requireServed(request_, address(PAYMENTS), address(PROOFS));
        IProviderRegistry.Offer memory offer = REGISTRY.offerOf(request_.offerId);
        uint16 feeBps = DealRequests.requireOffered(request_, offer, CATALOG);
        uint96 locked = _costOf(offer.unitPrice, request_.capacityBytes, request_.termPeriods);
        uint40 acceptBy = uint40(block.timestamp + ACCEPT_SECONDS);

        unchecked {
            dealId = ++dealCount;
        }
        uint56 detail = DealRecords.ofRequest(acceptBy, request_.termPeriods);
        DealRecord storage record = _records[dealId];
        uint32 offerId = request_.offerId;
        (record.customer, record.status, record.offerId, record.detail) = (customer, Status.Requested, offerId, detail);
        firstPieceHashOf[dealId] = DealRequests.hashOf(request_.firstPiece);
        emit DealRequested(
            dealId,
            customer,
            offer.provider,
            _keyOf(dealId),
            request_,
            offer.unitPrice,
            locked,
            acceptBy
        );
        PAYMENTS.reserve(
            dealId,
            IDealPayments.Reservation({
                payer: customer,
                payee: offer.provider,
                tokenId: offer.tokenId,
                most: locked,
                signer: request_.sessionKey == address(0) ? customer : request_.sessionKey,
                capacityBytes: request_.capacityBytes,
                unitPrice: offer.unitPrice,
                feeBps: feeBps,
                expiresAt: _expiryOf(currentPeriod() + request_.termPeriods + _LOCK_PERIODS)
            })
        );
    }

    function _renew(address account, uint256 dealId, uint32 addedPeriods) private {
        DealRecord memory record = _records[dealId];
        _requireCustomer(dealId, record, account);
        if (addedPeriods == 0) revert MarketTermInvalid(1, type(uint24).max, addedPeriods);
        IDealPayments.Stream memory stream = PAYMENTS.streamOf(_keyOf(dealId));
        uint256 endPeriod = uint256(stream.endPeriod) + addedPeriods;

        uint96 locked = _fund(dealId, stream.capacityBytes, stream.unitPrice, endPeriod);
        uint32 graceEnd = endPeriod.toUint32();
        emit DealRenewed(dealId, graceEnd - uint32(GRACE_PERIODS), graceEnd, locked);
        PAYMENTS.setEnd(dealId, graceEnd);
    }

    function _changeCapacity(address account, uint256 dealId, uint64 capacityBytes, uint96 maxUnitPrice) private {
        DealRecord memory record = _records[dealId];
        _requireCustomer(dealId, record, account);
        IProviderRegistry.Offer memory offer = REGISTRY.offerOf(record.offerId);
        if (offer.unitPrice > maxUnitPrice) revert MarketPriceTooHigh(maxUnitPrice, offer.unitPrice);
        IDealPayments.Stream memory stream = PAYMENTS.streamOf(_keyOf(dealId));

        uint128 stake = _moveBacking(record, offer, stream.capacityBytes, capacityBytes);
        _records[dealId].detail = DealRecords.ofStake(stake);
        uint96 locked = _fund(dealId, capacityBytes, offer.unitPrice, stream.endPeriod);
        emit DealCapacityChanged(dealId, capacityBytes, offer.unitPrice, locked, stake);
        PAYMENTS.changeTerms(dealId, capacityBytes, offer.unitPrice);
    }

    /// @dev Takes or gives back capacity and stake for a changed deal. What the deal had keeps its stake per byte; what is added is
    /// backed as the catalogue says now.
    function _moveBacking(
        DealRecord memory record,
        IProviderRegistry.Offer memory offer,
        uint64 before,
        uint64 capacityBytes
    ) private returns (uint128 stake) {
        stake = record.stakeOf();
        if (capacityBytes > before) {
            uint64 added = capacityBytes - before;
            uint128 addedStake = CATALOG.stakeFor(offer.serviceId, added);
            stake += addedStake;
            REGISTRY.takeCapacity(record.offerId, added);
            VAULT.reserve(offer.provider, offer.serviceId, addedStake);
        } else if (capacityBytes < before) {
            uint64 removed = before - capacityBytes;
            uint128 freed =
                uint128(((stake / DealRecords.STAKE_STEP) * removed) / before) * uint128(DealRecords.STAKE_STEP);
            stake -= freed;
            REGISTRY.giveCapacity(record.offerId, removed);
            VAULT.release(offer.provider, offer.serviceId, freed);
        }
    }

    /// @dev Adds to the lock what new terms may cost more than it holds, and moves its expiry behind the end.
    function _fund(
        uint256 dealId,
        uint256 capacityBytes,
        uint256 unitPrice,
        uint256 endPeriod
    ) private returns (uint96 added) {
        added = PAYMENTS.missingFor(_keyOf(dealId), capacityBytes, unitPrice, endPeriod).toUint96();
        PAYMENTS.addFunds(dealId, added, _expiryOf(endPeriod));
    }

    function _closeUnaccepted(uint256 dealId, Status status) private {
        DealRecord storage record = _records[dealId];
        _requireStatus(dealId, record.status, Status.Requested);
        (record.status, record.detail) = (status, 0);
        emit DealClosedUnaccepted(dealId, status, msg.sender);
        PAYMENTS.cancel(dealId);
    }

    /// @dev Sets the end to `endPeriod`, or leaves it where it is when that is earlier.
    function _end(uint256 dealId, uint256 endPeriod, uint8 reason) private {
        DealRecord storage record = _records[dealId];
        if (record.status != Status.Ending) _requireStatus(dealId, record.status, Status.Active);
        uint256 current = PAYMENTS.streamOf(_keyOf(dealId)).endPeriod;
        uint32 endsAt = uint32(Math.min(endPeriod, current));

        record.status = Status.Ending;
        emit DealEnding(dealId, endsAt, reason, msg.sender);
        PAYMENTS.setEnd(dealId, endsAt);
    }

    /// @dev Three closed periods in a row that the deal paid for, had live bytes in, and could have been proven in, and were not.
    function _isAbandoned(uint256 dealId, uint256 period) private view returns (bool) {
        if (period < _ABANDONED_PERIODS + 1) return false;
        uint256 toPeriod = period - 1;
        uint256 fromPeriod = toPeriod - _ABANDONED_PERIODS;
        uint256 dealKey = _keyOf(dealId);
        if (PAYMENTS.liveSince(dealKey) > fromPeriod) return false;
        for (uint256 missed = fromPeriod; missed < toPeriod; ++missed) {
            (bytes32 seed, ) = BEACON.roundOf(missed);
            if (seed == 0) return false;
        }
        return PROOFS.provenPeriods(PAYMENTS.streamOf(dealKey).setId, fromPeriod, toPeriod) == 0;
    }

    /// @dev What a deal can cost with its grace. Token base units.
    function _costOf(uint256 unitPrice, uint256 capacityBytes, uint256 termPeriods) private view returns (uint96) {
        return UnitPrice.costOf(unitPrice, capacityBytes, termPeriods + GRACE_PERIODS).toUint96();
    }

    /// @dev When the lock of a deal that ends at `endPeriod` expires: once its last period is closed. Unix seconds.
    function _expiryOf(uint256 endPeriod) private view returns (uint40) {
        return endOf(endPeriod).toUint40();
    }

    function _providerOf(DealRecord memory record) private view returns (address) {
        return REGISTRY.offerOf(record.offerId).provider;
    }

    function _keyOf(uint256 dealId) private view returns (uint256) {
        return (uint256(uint160(address(this))) << 96) | dealId;
    }

    function _requireSet(uint32 setId, address provider) private view {
        (address owner, address market) = PROOFS.partiesOf(setId);
        if (owner != provider || market != address(this)) revert MarketSetInvalid(setId, owner, market);
    }

    function _requireCustomer(uint256 dealId, DealRecord memory record, address account) private pure {
        if (record.customer != account) revert MarketCallerInvalid(dealId, record.customer, account);
        _requireStatus(dealId, record.status, Status.Active);
    }

    function _requireCaller(uint256 dealId, address expected) private view {
        if (msg.sender != expected) revert MarketCallerInvalid(dealId, expected, msg.sender);
    }

    function _requireStatus(uint256 dealId, Status status, Status required) private pure {
        if (status != required) revert MarketStatusInvalid(dealId, status);
    }
}
