// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { PeriodClock } from "../libraries/PeriodClock.sol";
import { StreamEarnings } from "../libraries/StreamEarnings.sol";
import { StreamProgress, StreamProgresses } from "../libraries/StreamProgress.sol";
import { StreamRate, StreamRates } from "../libraries/StreamRate.sol";
import { StreamTerms } from "../libraries/StreamTerms.sol";
import { UnitPrice } from "../libraries/UnitPrice.sol";

/// @title DealPayments
/// @notice Releases a deal's prepaid money by proven time. No administrator, no roles: a deal key names the market that made it.
/// @dev Needs no reentrancy guard: verifiers are only asked by static call, and the ledger calls nobody while it locks, pays or refunds.
/// Whatever a market or a verifier says, a deal pays at most price × bytes × periods, and its lock always holds that much.
contract DealPayments is IDealPayments, PeriodClock {
    using StreamRates for StreamRate;
    using StreamProgresses for StreamProgress;

    /// @dev Who may add bytes, and how many; and the fee, until the stream starts. Settling does not read it.
    struct Access {
        address signer;
        uint48 capacityBytes;
        uint16 feeBps;
        bool closed;
    }

    /// @inheritdoc IDealPayments
    uint16 public constant MAX_FEE_BPS = StreamTerms.MAX_FEE_BPS;
    /// @inheritdoc IDealPayments
    /// @dev Our choice: four times the dearest settlement by `PossessionProofs`.
    uint256 public constant MAX_SETTLE_GAS = 300_000;
    /// @dev A call gets 63 of 64 parts of what is left, and no word about it.
    uint256 private constant _LEAST_GAS = 310_000;
    /// @dev How far a nonce may leap, so that whoever stole a session key cannot use up the nonces of the key that replaces it.
    uint256 private constant _MAX_NONCE_STEP = 2 ** 16;

    /// @notice Where the money is.
    ILedger public immutable LEDGER;
    /// @inheritdoc IDealPayments
    uint256 public immutable HOLDBACK_PERIODS;

    mapping(uint256 dealKey => Access) private _access;
    /// @dev The latest `StreamRate`.
    mapping(uint256 dealKey => uint256 word) private _rates;
    /// @dev The one or two `StreamRate` before the latest. One that ended at the boundary b is kept at b % 2. No more are needed, since
    /// settling reaches the period before the previous one: only the rates of the previous and of the running period are still open.
    mapping(uint256 dealKey => uint256[2] words) private _pastRates;
    /// @dev A `StreamProgress`.
    mapping(uint256 dealKey => uint256 word) private _progress;
    mapping(uint256 dealKey => uint96) private _feesSwept;
    /// @dev A market's verifiers are numbered from 1, so that a stream holds two bytes instead of twenty.
    mapping(address market => mapping(uint256 number => address)) private _verifiers;
    mapping(address market => mapping(address verifier => uint16)) private _verifierNumbers;
    mapping(address market => uint16) private _verifierCounts;

    /// @param ledger Where the money is.
    /// @param holdbackPeriods Earned time that stays in a deal until it ends. Periods.
    /// @param origin Unix seconds at which period 0 began.
    /// @param periodSeconds Length of a period. Seconds.
    constructor(
        ILedger ledger,
        uint256 holdbackPeriods,
        uint256 origin,
        uint256 periodSeconds
    ) PeriodClock(origin, periodSeconds) {
        StreamTerms.requireFits(holdbackPeriods, StreamTerms.MAX_PERIOD);
        LEDGER = ledger;
        HOLDBACK_PERIODS = holdbackPeriods;
    }

    /// @inheritdoc IDealPayments
    function reserve(uint256 dealId, Reservation memory terms) public returns (uint256 dealKey) {
        StreamTerms.requireFits(dealId, type(uint56).max);
        dealKey = dealKeyOf(msg.sender, dealId);
        _rates[dealKey] = StreamTerms.reservedRate(dealKey, terms);
        Access storage access = _access[dealKey];
        (address signer, uint64 capacityBytes, uint16 feeBps) = (terms.signer, terms.capacityBytes, terms.feeBps);
        (access.signer, access.capacityBytes, access.feeBps) = (signer, uint48(capacityBytes), feeBps);
        emit StreamReserved(dealKey, terms);
        LEDGER.lock(msg.sender, dealKey, terms.payer, terms.payee, terms.tokenId, terms.most, terms.expiresAt);
    }

    /// @inheritdoc IDealPayments
    function cancel(uint256 dealId) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        _requireReserved(dealKey, rate);

        rate.endPeriod = 0;
        _rates[dealKey] = rate.pack();
        _access[dealKey].closed = true;
        uint96 left = LEDGER.lockOf(address(this), dealKey).left;
        emit StreamClosed(dealKey, 0, 0, left);
        LEDGER.refund(dealKey, left);
    }

    /// @inheritdoc IDealPayments
    function start(uint256 dealId, address verifier, uint32 setId, uint32 endPeriod) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        _requireReserved(dealKey, rate);
        uint256 fromPeriod = currentPeriod() + 1;
        if (endPeriod < fromPeriod) revert PaymentsEndInvalid(dealKey, fromPeriod, endPeriod);
        if (endPeriod - fromPeriod > rate.endPeriod) {
            revert PaymentsEndInvalid(dealKey, fromPeriod + rate.endPeriod, endPeriod);
        }
        StreamTerms.requireFits(endPeriod, StreamTerms.MAX_PERIOD);

        rate.verifierNumber = _numberOf(msg.sender, verifier);
        rate.setId = setId;
        rate.fromPeriod = fromPeriod;
        rate.endPeriod = endPeriod;
        _rates[dealKey] = rate.pack();
        _progress[dealKey] = StreamProgress(0, 0, fromPeriod, _access[dealKey].feeBps).pack();
        emit StreamStarted(dealKey, verifier, setId, uint32(fromPeriod), endPeriod);
    }

    /// @inheritdoc IDealPayments
    function addFunds(uint256 dealId, uint96 amount, uint40 expiresAt) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        _requireRunning(dealKey, StreamRates.load(_rates, dealKey), currentPeriod());
        LEDGER.raiseLock(msg.sender, dealKey, amount, expiresAt);
    }

    /// @inheritdoc IDealPayments
    function changeTerms(uint256 dealId, uint64 capacityBytes, uint96 unitPrice) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        uint256 period = currentPeriod();
        _requireRunning(dealKey, rate, period);
        StreamTerms.requireFits(unitPrice, StreamTerms.MAX_UNIT_PRICE);
        StreamTerms.requireFits(capacityBytes, StreamTerms.MAX_BYTES);
        if (capacityBytes < rate.liveBytes) revert PaymentsCapacityExceeded(dealKey, capacityBytes, rate.liveBytes);

        _access[dealKey].capacityBytes = uint48(capacityBytes);
        emit CapacityChanged(dealKey, capacityBytes);
        if (unitPrice != rate.unitPrice) _changeRate(dealKey, rate, period, rate.liveBytes, unitPrice);
        _requireFunded(dealKey, capacityBytes, unitPrice, rate.endPeriod);
    }

    /// @inheritdoc IDealPayments
    function setEnd(uint256 dealId, uint32 endPeriod) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        uint256 period = currentPeriod();
        _requireRunning(dealKey, rate, period);
        if (endPeriod <= period) revert PaymentsEndInvalid(dealKey, period + 1, endPeriod);
        StreamTerms.requireFits(endPeriod, StreamTerms.MAX_PERIOD);

        uint256 endBefore = rate.endPeriod;
        rate.endPeriod = endPeriod;
        _rates[dealKey] = rate.pack();
        emit EndChanged(dealKey, endPeriod);
        if (endPeriod > endBefore) _requireFunded(dealKey, capacityOf(dealKey), rate.unitPrice, endPeriod);
    }

    /// @inheritdoc IDealPayments
    function setSigner(uint256 dealId, address signer) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        if (_rates[dealKey] == 0 || _access[dealKey].closed) revert PaymentsStreamInactive(dealKey);

        _access[dealKey].signer = signer;
        emit SignerChanged(dealKey, signer);
    }

    /// @inheritdoc IDealPayments
    function addBytes(
        uint256 dealKey,
        uint256 setId,
        uint64 amountBytes,
        uint256 nonce
    ) external returns (address signer) {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        _requireVerifier(dealKey, rate);
        if (setId != rate.setId) revert PaymentsSetMismatch(dealKey, rate.setId, setId);
        uint256 period = currentPeriod();
        // Bytes that enter now earn from the next period on: too late when that one is not paid any more.
        if (period + 1 >= rate.endPeriod) revert PaymentsStreamInactive(dealKey);
        if (nonce < rate.nextNonce) revert PaymentsNonceUsed(dealKey, rate.nextNonce - 1, nonce);
        StreamTerms.requireFits(nonce, Math.min(rate.nextNonce + _MAX_NONCE_STEP, type(uint32).max - 1));
        uint256 liveBytes = rate.liveBytes + amountBytes;
        Access storage access = _access[dealKey];
        uint256 capacityBytes = access.capacityBytes;
        if (liveBytes > capacityBytes) revert PaymentsCapacityExceeded(dealKey, capacityBytes, liveBytes);

        signer = access.signer;
        rate.nextNonce = nonce + 1;
        _changeRate(dealKey, rate, period, liveBytes, rate.unitPrice);
    }

    /// @inheritdoc IDealPayments
    function removeBytes(uint256 dealKey, uint64 amountBytes) external returns (uint32 endPeriod) {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        _requireVerifier(dealKey, rate);
        StreamTerms.requireFits(amountBytes, rate.liveBytes);
        _changeRate(dealKey, rate, currentPeriod(), rate.liveBytes - amountBytes, rate.unitPrice);
        return uint32(rate.endPeriod);
    }

    /// @inheritdoc IDealPayments
    function settle(uint256 dealKey) external {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        if (rate.verifierNumber == 0) revert PaymentsStreamInactive(dealKey);
        _settle(dealKey, rate);
    }

    /// @inheritdoc IDealPayments
    /// @dev Calls itself, so that what makes one deal fail undoes nothing but that deal's settlement.
    function settleMany(uint256[] calldata dealKeys) external {
        for (uint256 i; i < dealKeys.length; ++i) {
            // With less, a settlement would get less than it may use, and a good deal could be left out for want of gas.
            if (gasleft() < _LEAST_GAS) revert PaymentsGasInsufficient(gasleft(), _LEAST_GAS);
            try this.settle{ gas: MAX_SETTLE_GAS }(dealKeys[i]) {} catch {
                emit SettlementSkipped(dealKeys[i]);
            }
        }
    }

    /// @inheritdoc IDealPayments
    function sweepFee(uint256 dealKey) external {
        StreamProgress memory progress = StreamProgresses.load(_progress, dealKey);
        uint256 fee = StreamEarnings.feeOf(progress.released, progress.feeBps);
        uint256 due = fee - _feesSwept[dealKey];
        if (due == 0) return;

        _feesSwept[dealKey] = uint96(fee);
        LEDGER.payFee(dealKey, uint96(due));
    }

    /// @inheritdoc IDealPayments
    function close(uint256 dealKey) external {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        if (rate.verifierNumber == 0 || _access[dealKey].closed) revert PaymentsStreamInactive(dealKey);
        uint256 closedPeriods = _closedPeriods();
        if (closedPeriods < rate.endPeriod) revert PaymentsNotOver(dealKey, closedPeriods, rate.endPeriod);

        StreamProgress memory progress = StreamProgresses.load(_progress, dealKey);
        uint256 provenPeriods = _accrue(dealKey, rate, progress);
        uint256 earned = progress.earnedScaled / UnitPrice.BYTE_PERIODS;
        uint256 fee = StreamEarnings.feeOf(earned, progress.feeBps);
        uint256 due = earned - fee - StreamEarnings.netOf(progress.released, progress.feeBps);
        uint256 feeDue = fee - _feesSwept[dealKey];
        progress.released = earned;
        _progress[dealKey] = progress.pack();
        _feesSwept[dealKey] = uint96(fee);
        _access[dealKey].closed = true;

        // A lock that went back to its payer long after its expiry is empty; then nothing is left to share.
        uint256 left = LEDGER.lockOf(address(this), dealKey).left;
        due = Math.min(due, left);
        feeDue = Math.min(feeDue, left - due);
        left -= due + feeDue;
        _emitSettled(dealKey, progress, provenPeriods, due);
        emit StreamClosed(dealKey, uint96(earned), uint96(fee), uint96(left));
        if (due != 0) LEDGER.pay(dealKey, uint96(due));
        if (feeDue != 0) LEDGER.payFee(dealKey, uint96(feeDue));
        if (left != 0) LEDGER.refund(dealKey, uint96(left));
    }

    /// @inheritdoc IDealPayments
    function costOf(uint256 unitPrice, uint256 amountBytes, uint256 periods) external pure returns (uint256) {
        return UnitPrice.costOf(unitPrice, amountBytes, periods);
    }

    /// @inheritdoc IDealPayments
    function streamOf(uint256 dealKey) external view returns (Stream memory stream) {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        StreamProgress memory progress = StreamProgresses.load(_progress, dealKey);
        Access memory access = _access[dealKey];
        stream.verifier = _verifierOf(dealKey, rate);
        stream.setId = uint32(rate.setId);
        stream.endPeriod = rate.verifierNumber == 0 ? 0 : uint32(rate.endPeriod);
        stream.feeBps = access.feeBps;
        stream.signer = access.signer;
        stream.nonce = rate.nextNonce == 0 ? 0 : uint32(rate.nextNonce - 1);
        stream.capacityBytes = access.capacityBytes;
        stream.liveBytes = uint64(rate.liveBytes);
        stream.unitPrice = uint96(rate.unitPrice);
        stream.settledPeriod = uint32(progress.settledPeriod);
        stream.earned = uint96(progress.earnedScaled / UnitPrice.BYTE_PERIODS);
        stream.released = uint96(progress.released);
        stream.feeSwept = _feesSwept[dealKey];
        stream.closed = access.closed;
    }

    /// @inheritdoc IDealPayments
    function earnedOf(uint256 dealKey) external view returns (uint256 earned, uint256 released) {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        if (rate.verifierNumber == 0) return (0, 0);
        StreamProgress memory progress = StreamProgresses.load(_progress, dealKey);
        _accrue(dealKey, rate, progress);
        return (
            progress.earnedScaled / UnitPrice.BYTE_PERIODS,
            StreamEarnings.releasable(rate, progress, HOLDBACK_PERIODS)
        );
    }

    /// @inheritdoc IDealPayments
    function liveSince(uint256 dealKey) external view returns (uint256 fromPeriod) {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        return rate.liveBytes == 0 ? type(uint256).max : rate.fromPeriod;
    }

    /// @inheritdoc IDealPayments
    function capacityOf(uint256 dealKey) public view returns (uint64) {
        return _access[dealKey].capacityBytes;
    }

    /// @inheritdoc IDealPayments
    function missingFor(
        uint256 dealKey,
        uint256 capacityBytes,
        uint256 unitPrice,
        uint256 endPeriod
    ) public view returns (uint256 missing) {
        uint256 nextPeriod = currentPeriod() + 1;
        // From the next boundary on the whole capacity may be live.
        uint256 scaled = endPeriod > nextPeriod ? unitPrice * capacityBytes * (endPeriod - nextPeriod) : 0;
        return _missingBeyond(dealKey, nextPeriod, scaled);
    }

    /// @inheritdoc IDealPayments
    function dealKeyOf(address market, uint256 dealId) public pure returns (uint256) {
        return (uint256(uint160(market)) << 96) | dealId;
    }

    /// @dev Pays the provider what is released by now. Nothing to settle and nothing to pay is no error.
    function _settle(uint256 dealKey, StreamRate memory rate) private {
        StreamProgress memory progress = StreamProgresses.load(_progress, dealKey);
        uint256 settledBefore = progress.settledPeriod;
        uint256 releasedBefore = progress.released;
        uint256 provenPeriods = _accrue(dealKey, rate, progress);
        uint256 released = StreamEarnings.releasable(rate, progress, HOLDBACK_PERIODS);
        if (progress.settledPeriod == settledBefore && released == releasedBefore) return;

        progress.released = released;
        _progress[dealKey] = progress.pack();
        uint256 due =
            StreamEarnings.netOf(released, progress.feeBps) - StreamEarnings.netOf(releasedBefore, progress.feeBps);
        _emitSettled(dealKey, progress, provenPeriods, due);
        if (due != 0) LEDGER.pay(dealKey, uint96(due));
    }

    /// @dev Starts a new rate at the next boundary, or amends the one that starts there already.
    function _changeRate(
        uint256 dealKey,
        StreamRate memory rate,
        uint256 period,
        uint256 liveBytes,
        uint256 unitPrice
    ) private {
        uint256 nextPeriod = period + 1;
        if (rate.fromPeriod != nextPeriod) {
            StreamTerms.requireFits(nextPeriod, StreamTerms.MAX_PERIOD);
            _storeAccrued(dealKey, rate);
            _pastRates[dealKey][nextPeriod % 2] = rate.pack();
            rate.fromPeriod = nextPeriod;
        }
        rate.liveBytes = liveBytes;
        rate.unitPrice = unitPrice;
        _rates[dealKey] = rate.pack();
        emit RateChanged(dealKey, uint32(nextPeriod), uint64(liveBytes), uint96(unitPrice));
    }

    /// @dev Before a rate becomes a past one: counts what closed periods earned, unless that rate alone covers all unsettled ones.
    function _storeAccrued(uint256 dealKey, StreamRate memory rate) private {
        StreamProgress memory progress = StreamProgresses.load(_progress, dealKey);
        uint256 settledBefore = progress.settledPeriod;
        if (rate.fromPeriod <= settledBefore) return;
        uint256 provenPeriods = _accrue(dealKey, rate, progress);
        if (progress.settledPeriod == settledBefore) return;

        _progress[dealKey] = progress.pack();
        _emitSettled(dealKey, progress, provenPeriods, 0);
    }

    function _emitSettled(
        uint256 dealKey,
        StreamProgress memory progress,
        uint256 provenPeriods,
        uint256 paid
    ) private {
        emit Settled(
            dealKey,
            uint32(progress.settledPeriod),
            uint32(provenPeriods),
            uint96(progress.earnedScaled / UnitPrice.BYTE_PERIODS),
            uint96(progress.released),
            uint96(paid)
        );
    }

    /// @dev Number of a market's verifier; a new one gets the next.
    function _numberOf(address market, address verifier) private returns (uint16 number) {
        number = _verifierNumbers[market][verifier];
        if (number != 0) return number;
        if (verifier.code.length == 0) revert PaymentsVerifierInvalid(verifier);
        number = ++_verifierCounts[market];
        _verifierNumbers[market][verifier] = number;
        _verifiers[market][number] = verifier;
    }

    /// @dev Moves `progress`, in memory only, over every closed period that is paid. Returns the proven ones among them.
    function _accrue(
        uint256 dealKey,
        StreamRate memory rate,
        StreamProgress memory progress
    ) private view returns (uint256 provenPeriods) {
        uint256 toPeriod = Math.min(_closedPeriods(), rate.endPeriod);
        if (toPeriod <= progress.settledPeriod) return 0;
        return StreamEarnings.advance(progress, toPeriod, rate, _pastRates[dealKey], _verifierOf(dealKey, rate));
    }

    /// @dev What the lock falls short of, when periods from `nextPeriod` on cost `scaled`. Token base units, rounded up.
    function _missingBeyond(uint256 dealKey, uint256 nextPeriod, uint256 scaled) private view returns (uint256) {
        StreamRate memory rate = StreamRates.load(_rates, dealKey);
        StreamProgress memory progress = StreamProgresses.load(_progress, dealKey);
        _accrue(dealKey, rate, progress);
        // Periods that are not closed yet may all be proven.
        (uint256 open, ) = StreamEarnings.sum(
            rate,
            _pastRates[dealKey],
            progress.settledPeriod,
            nextPeriod,
            address(0)
        );
        uint256 required = Math.ceilDiv(progress.earnedScaled + open + scaled, UnitPrice.BYTE_PERIODS);
        StreamTerms.requireFits(required, StreamTerms.MAX_AMOUNT);
        uint256 paid = StreamEarnings.netOf(progress.released, progress.feeBps) + _feesSwept[dealKey];
        return Math.saturatingSub(required, LEDGER.lockOf(address(this), dealKey).left + paid);
    }

    function _verifierOf(uint256 dealKey, StreamRate memory rate) private view returns (address) {
        return _verifiers[address(uint160(dealKey >> 96))][rate.verifierNumber];
    }

    function _requireVerifier(uint256 dealKey, StreamRate memory rate) private view {
        if (rate.verifierNumber == 0) revert PaymentsStreamInactive(dealKey);
        if (msg.sender != _verifierOf(dealKey, rate)) revert PaymentsCallerInvalid(dealKey, msg.sender);
    }

    function _requireFunded(uint256 dealKey, uint256 capacityBytes, uint256 unitPrice, uint256 endPeriod) private view {
        uint256 missing = missingFor(dealKey, capacityBytes, unitPrice, endPeriod);
        if (missing != 0) revert PaymentsUnderfunded(dealKey, missing);
    }

    function _requireReserved(uint256 dealKey, StreamRate memory rate) private pure {
        if (rate.verifierNumber != 0) revert PaymentsStreamExists(dealKey);
        if (rate.endPeriod == 0) revert PaymentsStreamInactive(dealKey);
    }

    function _requireRunning(uint256 dealKey, StreamRate memory rate, uint256 period) private pure {
        if (rate.verifierNumber == 0 || period >= rate.endPeriod) revert PaymentsStreamInactive(dealKey);
    }
}
