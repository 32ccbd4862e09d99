// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import { IDealPayments, IProofVerifier } from "../interfaces/payments/IDealPayments.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { PeriodClock } from "../libraries/PeriodClock.sol";

/// @title DealPayments
/// @notice Releases a deal's prepaid money by proven time. No administrator, no roles: a deal key names the market that made it.
/// @dev Needs no reentrancy guard: verifiers are only asked by static call, and the ledger calls nobody while it locks, pays or refunds.
/// Whatever a market or a verifier says, a deal pays at most price × bytes × periods, and its lock always holds that much.
contract DealPayments is IDealPayments, PeriodClock {
    using SafeCast for uint256;

    /// @dev Who may add bytes, and how many. Settling does not read it.
    struct Access {
        address signer;
        uint56 capacityBytes;
        uint32 nextNonce;
        bool closed;
    }

    /// @dev The latest rate, which earns from `fromPeriod` on, and what never changes. A stream runs when it has a verifier; until then
    /// `endPeriod` counts the periods that its money can pay for, 0 when nothing is reserved.
    struct Rate {
        uint88 unitPrice;
        uint56 liveBytes;
        uint24 fromPeriod;
        uint24 endPeriod;
        uint32 setId;
        uint16 feeBps;
        uint16 verifierNumber;
    }

    /// @dev A rate before the latest. It earned from `fromPeriod` until the rate after it began.
    struct PastRate {
        uint88 unitPrice;
        uint56 liveBytes;
        uint24 fromPeriod;
    }

    /// @dev How far a stream is settled. `earnedScaled` is exact: token base units × `_GIB_PERIODS`.
    struct Progress {
        uint136 earnedScaled;
        uint88 released;
        uint24 settledPeriod;
    }

    /// @dev What a span of periods earned, by proof.
    struct Yield {
        uint256 scaled;
        uint256 provenPeriods;
    }

    /// @inheritdoc IDealPayments
    uint16 public constant MAX_FEE_BPS = 500;
    /// @dev What a price is for: one GiB during 30 periods. Byte-periods.
    uint256 private constant _GIB_PERIODS = 2 ** 30 * 30;
    uint256 private constant _MAX_BPS = 10_000;

    /// @notice Where the money is.
    ILedger public immutable LEDGER;
    /// @inheritdoc IDealPayments
    uint256 public immutable HOLDBACK_PERIODS;

    mapping(uint256 dealKey => Access) private _access;
    mapping(uint256 dealKey => Rate) private _rates;
    mapping(uint256 dealKey => Progress) private _progress;
    /// @dev Rates end at boundaries; one that ended at the boundary b is kept at b % 2. Two are enough, since settling reaches the
    /// period before the previous one: only the rates of the previous and of the running period are still needed.
    mapping(uint256 dealKey => PastRate[2]) private _pastRates;
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
        LEDGER = ledger;
        HOLDBACK_PERIODS = holdbackPeriods;
    }

    /// @inheritdoc IDealPayments
    function dealKeyOf(address market, uint256 dealId) public pure returns (uint256) {
        return (uint256(uint160(market)) << 96) | dealId;
    }

    /// @inheritdoc IDealPayments
    function costOf(uint256 unitPrice, uint256 amountBytes, uint256 periods) external pure returns (uint256) {
        return Math.ceilDiv(unitPrice * amountBytes * periods, _GIB_PERIODS);
    }

    /// @inheritdoc IDealPayments
    function capacityOf(uint256 dealKey) external view returns (uint64) {
        return _access[dealKey].capacityBytes;
    }

    /// @inheritdoc IDealPayments
    function streamOf(uint256 dealKey) external view returns (Stream memory stream) {
        Rate memory rate = _rates[dealKey];
        Progress memory progress = _progress[dealKey];
        Access memory access = _access[dealKey];
        stream.verifier = _verifierOf(dealKey, rate);
        stream.setId = rate.setId;
        stream.endPeriod = rate.verifierNumber == 0 ? 0 : rate.endPeriod;
        stream.feeBps = rate.feeBps;
        stream.signer = access.signer;
        stream.nonce = access.nextNonce == 0 ? 0 : access.nextNonce - 1;
        stream.capacityBytes = access.capacityBytes;
        stream.liveBytes = rate.liveBytes;
        stream.unitPrice = rate.unitPrice;
        stream.settledPeriod = progress.settledPeriod;
        stream.earned = _unscaled(progress.earnedScaled);
        stream.released = progress.released;
        stream.feeSwept = _feesSwept[dealKey];
        stream.closed = access.closed;
    }

    /// @inheritdoc IDealPayments
    function earnedOf(uint256 dealKey) external view returns (uint256 earned, uint256 released) {
        Rate memory rate = _rates[dealKey];
        if (rate.verifierNumber == 0) return (0, 0);
        Progress memory progress = _progress[dealKey];
        _accrue(dealKey, rate, progress);
        earned = _unscaled(progress.earnedScaled);
        released = _access[dealKey].closed ? earned : _releasable(rate, progress);
    }

    /// @inheritdoc IDealPayments
    function liveSince(uint256 dealKey) external view returns (uint256 fromPeriod) {
        Rate memory rate = _rates[dealKey];
        fromPeriod = rate.fromPeriod;
        if (rate.liveBytes == 0) return type(uint256).max;

        PastRate memory past = _pastRates[dealKey][fromPeriod % 2];
        if (past.liveBytes == 0) return fromPeriod;
        // The rate before is still there unless this boundary and its own were both even or both odd.
        if (past.fromPeriod % 2 == fromPeriod % 2) return past.fromPeriod;
        PastRate memory first = _pastRates[dealKey][past.fromPeriod % 2];
        return first.liveBytes == 0 ? past.fromPeriod : first.fromPeriod;
    }

    /// @inheritdoc IDealPayments
    function missingFor(
        uint256 dealKey,
        uint256 capacityBytes,
        uint256 unitPrice,
        uint256 endPeriod
    ) public view returns (uint256 missing) {
        Rate memory rate = _rates[dealKey];
        Progress memory progress = _progress[dealKey];
        _accrue(dealKey, rate, progress);
        uint256 nextPeriod = currentPeriod() + 1;
        uint256 scaled = progress.earnedScaled;
        // Periods that are not closed yet may all be proven; from the next boundary on the whole capacity may be live.
        scaled += _sum(dealKey, rate, progress.settledPeriod, nextPeriod, address(0)).scaled;
        if (endPeriod > nextPeriod) scaled += unitPrice * capacityBytes * (endPeriod - nextPeriod);

        uint256 required = Math.ceilDiv(scaled, _GIB_PERIODS);
        _requireFits(required, type(uint88).max);
        uint256 paid = _netOf(progress.released, rate.feeBps) + _feesSwept[dealKey];
        uint256 available = LEDGER.lockOf(address(this), dealKey).left + paid;
        return Math.saturatingSub(required, available);
    }

    /// @inheritdoc IDealPayments
    function reserve(uint256 dealId, Reservation calldata terms) external returns (uint256 dealKey) {
        if (terms.feeBps > MAX_FEE_BPS) revert PaymentsFeeTooHigh(terms.feeBps, MAX_FEE_BPS);
        _requireFits(dealId, type(uint56).max);
        _requireFits(terms.most, type(uint88).max);
        dealKey = dealKeyOf(msg.sender, dealId);

        uint256 periodCost = uint256(terms.unitPrice) * terms.capacityBytes;
        if (periodCost == 0) revert PaymentsUnderfunded(dealKey, 0);
        uint256 periods = Math.min((terms.most * _GIB_PERIODS) / periodCost, type(uint24).max);
        if (periods == 0) revert PaymentsUnderfunded(dealKey, Math.ceilDiv(periodCost, _GIB_PERIODS) - terms.most);

        Rate storage rate = _rates[dealKey];
        rate.unitPrice = _toPrice(terms.unitPrice);
        rate.feeBps = terms.feeBps;
        rate.endPeriod = uint24(periods);
        Access storage access = _access[dealKey];
        access.signer = terms.signer;
        access.capacityBytes = _toBytes(terms.capacityBytes);
        emit StreamReserved(dealKey, terms.payer, terms.payee, terms);
        LEDGER.lock(msg.sender, dealKey, terms.payer, terms.payee, terms.tokenId, terms.most, terms.expiresAt);
    }

    /// @inheritdoc IDealPayments
    function cancel(uint256 dealId) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        _requireReserved(dealKey, _rates[dealKey]);

        _rates[dealKey].endPeriod = 0;
        _access[dealKey].closed = true;
        uint96 left = LEDGER.lockOf(address(this), dealKey).left;
        emit StreamClosed(dealKey, 0, 0, left);
        LEDGER.refund(dealKey, left);
    }

    /// @inheritdoc IDealPayments
    function start(uint256 dealId, address verifier, uint32 setId, uint32 endPeriod) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        Rate memory rate = _rates[dealKey];
        _requireReserved(dealKey, rate);
        uint256 fromPeriod = currentPeriod() + 1;
        if (endPeriod < fromPeriod) revert PaymentsEndInvalid(dealKey, fromPeriod, endPeriod);
        if (endPeriod - fromPeriod > rate.endPeriod) {
            revert PaymentsEndInvalid(dealKey, fromPeriod + rate.endPeriod, endPeriod);
        }

        rate.verifierNumber = _numberOf(msg.sender, verifier);
        rate.setId = setId;
        rate.fromPeriod = fromPeriod.toUint24();
        rate.endPeriod = _toPeriod(endPeriod);
        _storeRate(dealKey, rate);
        _progress[dealKey].settledPeriod = rate.fromPeriod;
        emit StreamStarted(dealKey, verifier, setId, rate.fromPeriod, endPeriod);
    }

    /// @inheritdoc IDealPayments
    function addFunds(uint256 dealId, uint96 amount, uint40 expiresAt) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        _requireRunning(dealKey, _rates[dealKey], currentPeriod());
        LEDGER.raiseLock(msg.sender, dealKey, amount, expiresAt);
    }

    /// @inheritdoc IDealPayments
    function changeTerms(uint256 dealId, uint64 capacityBytes, uint96 unitPrice) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        Rate memory rate = _rates[dealKey];
        uint256 period = currentPeriod();
        _requireRunning(dealKey, rate, period);
        if (capacityBytes < rate.liveBytes) revert PaymentsCapacityExceeded(dealKey, capacityBytes, rate.liveBytes);

        _access[dealKey].capacityBytes = _toBytes(capacityBytes);
        emit CapacityChanged(dealKey, capacityBytes);
        if (unitPrice != rate.unitPrice) _changeRate(dealKey, rate, period, rate.liveBytes, _toPrice(unitPrice));
        _requireFunded(dealKey, capacityBytes, unitPrice, rate.endPeriod);
    }

    /// @inheritdoc IDealPayments
    function setEnd(uint256 dealId, uint32 endPeriod) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        Rate storage rate = _rates[dealKey];
        uint256 period = currentPeriod();
        _requireRunning(dealKey, rate, period);
        if (endPeriod <= period) revert PaymentsEndInvalid(dealKey, period + 1, endPeriod);

        bool isLater = endPeriod > rate.endPeriod;
        rate.endPeriod = _toPeriod(endPeriod);
        emit EndChanged(dealKey, endPeriod);
        if (isLater) _requireFunded(dealKey, _access[dealKey].capacityBytes, rate.unitPrice, endPeriod);
    }

    /// @inheritdoc IDealPayments
    function setSigner(uint256 dealId, address signer) external {
        uint256 dealKey = dealKeyOf(msg.sender, dealId);
        Access storage access = _access[dealKey];
        if (access.closed || access.capacityBytes == 0) revert PaymentsStreamInactive(dealKey);

        access.signer = signer;
        emit SignerChanged(dealKey, signer);
    }

    /// @inheritdoc IDealPayments
    function addBytes(
        uint256 dealKey,
        uint256 setId,
        uint64 amountBytes,
        uint256 nonce
    ) external returns (address signer) {
        Rate memory rate = _rates[dealKey];
        _requireVerifier(dealKey, rate);
        if (setId != rate.setId) revert PaymentsSetMismatch(dealKey, rate.setId, setId);
        uint256 period = currentPeriod();
        // Bytes that enter now earn from the next period on, which is the end of this deal or behind it.
        if (period + 1 >= rate.endPeriod) revert PaymentsStreamInactive(dealKey);
        Access storage access = _access[dealKey];
        uint256 liveBytes = uint256(rate.liveBytes) + amountBytes;
        if (liveBytes > access.capacityBytes) {
            revert PaymentsCapacityExceeded(dealKey, access.capacityBytes, liveBytes);
        }
        uint256 nextNonce = access.nextNonce;
        if (nonce < nextNonce) revert PaymentsNonceUsed(dealKey, nextNonce - 1, nonce);
        _requireFits(nonce, type(uint32).max - 1);

        signer = access.signer;
        access.nextNonce = uint32(nonce + 1);
        _changeRate(dealKey, rate, period, liveBytes, rate.unitPrice);
    }

    /// @inheritdoc IDealPayments
    function removeBytes(uint256 dealKey, uint64 amountBytes) external returns (uint32 endPeriod) {
        Rate memory rate = _rates[dealKey];
        _requireVerifier(dealKey, rate);
        _requireFits(amountBytes, rate.liveBytes);
        _changeRate(dealKey, rate, currentPeriod(), rate.liveBytes - amountBytes, rate.unitPrice);
        return rate.endPeriod;
    }

    /// @inheritdoc IDealPayments
    function settle(uint256 dealKey) external {
        Rate memory rate = _rates[dealKey];
        if (rate.verifierNumber == 0) revert PaymentsStreamInactive(dealKey);
        _settle(dealKey, rate);
    }

    /// @inheritdoc IDealPayments
    function settleMany(uint256[] calldata dealKeys) external {
        for (uint256 i; i < dealKeys.length; ++i) {
            Rate memory rate = _rates[dealKeys[i]];
            if (rate.verifierNumber != 0) _settle(dealKeys[i], rate);
        }
    }

    /// @inheritdoc IDealPayments
    function sweepFee(uint256 dealKey) external {
        uint256 released = _progress[dealKey].released;
        uint256 fee = released - _netOf(released, _rates[dealKey].feeBps);
        uint96 due = uint96(fee - _feesSwept[dealKey]);
        if (due == 0) return;

        _feesSwept[dealKey] = uint96(fee);
        LEDGER.payFee(dealKey, due);
    }

    /// @inheritdoc IDealPayments
    function close(uint256 dealKey) external {
        Rate memory rate = _rates[dealKey];
        if (rate.verifierNumber == 0 || _access[dealKey].closed) revert PaymentsStreamInactive(dealKey);
        uint256 closedPeriods = _closedPeriods();
        if (closedPeriods < rate.endPeriod) revert PaymentsNotOver(dealKey, closedPeriods, rate.endPeriod);

        Progress memory progress = _progress[dealKey];
        uint256 proven = _accrue(dealKey, rate, progress);
        uint96 earned = _unscaled(progress.earnedScaled);
        uint256 net = _netOf(earned, rate.feeBps);
        uint256 due = net - _netOf(progress.released, rate.feeBps);
        uint256 feeDue = earned - net - _feesSwept[dealKey];
        progress.released = uint88(earned);
        _progress[dealKey] = progress;
        _feesSwept[dealKey] = uint96(earned - net);
        _access[dealKey].closed = true;

        // A lock that went back to its payer long after its expiry is empty; then nothing is left to share.
        uint256 left = LEDGER.lockOf(address(this), dealKey).left;
        due = Math.min(due, left);
        feeDue = Math.min(feeDue, left - due);
        uint256 refunded = left - due - feeDue;
        emit Settled(dealKey, rate.endPeriod, uint32(proven), earned, earned, uint96(due));
        emit StreamClosed(dealKey, earned, uint96(earned - net), uint96(refunded));
        if (due != 0) LEDGER.pay(dealKey, uint96(due));
        if (feeDue != 0) LEDGER.payFee(dealKey, uint96(feeDue));
        if (refunded != 0) LEDGER.refund(dealKey, uint96(refunded));
    }

    /// @dev Pays the provider what is released by now. Nothing to settle and nothing to pay is no error.
    function _settle(uint256 dealKey, Rate memory rate) private {
        Progress memory progress = _progress[dealKey];
        uint256 settledBefore = progress.settledPeriod;
        uint256 releasedBefore = progress.released;
        uint256 proven = _accrue(dealKey, rate, progress);
        uint256 released = _releasable(rate, progress);
        if (progress.settledPeriod == settledBefore && released == releasedBefore) return;

        progress.released = uint88(released);
        _progress[dealKey] = progress;
        uint96 due = uint96(_netOf(released, rate.feeBps) - _netOf(releasedBefore, rate.feeBps));
        uint96 earned = _unscaled(progress.earnedScaled);
        emit Settled(dealKey, progress.settledPeriod, uint32(proven), earned, uint96(released), due);
        if (due != 0) LEDGER.pay(dealKey, due);
    }

    /// @dev Starts a new rate at the next boundary, or amends the one that starts there already.
    function _changeRate(
        uint256 dealKey,
        Rate memory rate,
        uint256 period,
        uint256 liveBytes,
        uint256 unitPrice
    ) private {
        uint256 nextPeriod = period + 1;
        if (rate.fromPeriod != nextPeriod) {
            _storeAccrued(dealKey, rate);
            _pastRates[dealKey][nextPeriod % 2] = PastRate(rate.unitPrice, rate.liveBytes, rate.fromPeriod);
            rate.fromPeriod = nextPeriod.toUint24();
        }
        rate.liveBytes = uint56(liveBytes);
        rate.unitPrice = uint88(unitPrice);
        _storeRate(dealKey, rate);
        emit RateChanged(dealKey, uint32(nextPeriod), uint64(liveBytes), uint96(unitPrice));
    }

    /// @dev One write of the whole word: the compiler would read and write it once for each field, 1,900 gas more.
    function _storeRate(uint256 dealKey, Rate memory rate) private {
        uint256 word = rate.unitPrice;
        word |= uint256(rate.liveBytes) << 88;
        word |= uint256(rate.fromPeriod) << 144;
        word |= uint256(rate.endPeriod) << 168;
        word |= uint256(rate.setId) << 192;
        word |= uint256(rate.feeBps) << 224;
        word |= uint256(rate.verifierNumber) << 240;
        Rate storage stored = _rates[dealKey];
        assembly ("memory-safe") {
            sstore(stored.slot, word)
        }
    }

    /// @dev Before a rate is pushed back: counts what closed periods earned, unless the latest rate alone covers all unsettled ones.
    function _storeAccrued(uint256 dealKey, Rate memory rate) private {
        Progress memory progress = _progress[dealKey];
        if (rate.fromPeriod <= progress.settledPeriod) return;
        uint256 settledBefore = progress.settledPeriod;
        uint256 proven = _accrue(dealKey, rate, progress);
        if (progress.settledPeriod == settledBefore) return;

        _progress[dealKey] = progress;
        uint96 earned = _unscaled(progress.earnedScaled);
        emit Settled(dealKey, progress.settledPeriod, uint32(proven), earned, progress.released, 0);
    }

    /// @dev Number of a market's verifier; a new one gets the next.
    function _numberOf(address market, address verifier) private returns (uint16 number) {
        number = _verifierNumbers[market][verifier];
        if (number != 0) return number;
        number = ++_verifierCounts[market];
        _verifierNumbers[market][verifier] = number;
        _verifiers[market][number] = verifier;
    }

    /// @dev Moves `progress`, in memory only, over every closed period that is paid. Returns the proven ones among them.
    function _accrue(
        uint256 dealKey,
        Rate memory rate,
        Progress memory progress
    ) private view returns (uint256 provenPeriods) {
        uint256 toPeriod = Math.min(_closedPeriods(), rate.endPeriod);
        if (toPeriod <= progress.settledPeriod) return 0;

        Yield memory yield_ = _sum(dealKey, rate, progress.settledPeriod, toPeriod, _verifierOf(dealKey, rate));
        progress.earnedScaled = (progress.earnedScaled + yield_.scaled).toUint136();
        progress.settledPeriod = uint24(toPeriod);
        return yield_.provenPeriods;
    }

    /// @dev What [`fromPeriod`, `toPeriod`) earns, from the latest rate backwards: at most three rates. Without a verifier every period
    /// counts as proven.
    function _sum(
        uint256 dealKey,
        Rate memory rate,
        uint256 fromPeriod,
        uint256 toPeriod,
        address verifier
    ) private view returns (Yield memory yield_) {
        PastRate memory current = PastRate(rate.unitPrice, rate.liveBytes, rate.fromPeriod);
        for (uint256 i; i < 3; ++i) {
            uint256 beginsAt = Math.max(current.fromPeriod, fromPeriod);
            if (beginsAt < toPeriod) {
                uint256 count = toPeriod - beginsAt;
                if (verifier != address(0)) {
                    uint256 proven = IProofVerifier(verifier).provenPeriods(rate.setId, beginsAt, toPeriod);
                    count = Math.min(count, proven);
                }
                yield_.scaled += uint256(current.unitPrice) * current.liveBytes * count;
                yield_.provenPeriods += count;
                toPeriod = beginsAt;
            }
            if (current.fromPeriod <= fromPeriod) break;
            current = _pastRates[dealKey][current.fromPeriod % 2];
        }
    }

    /// @dev What is not held back of what is earned: all but the last `HOLDBACK_PERIODS` at the latest rate. It never falls.
    function _releasable(Rate memory rate, Progress memory progress) private view returns (uint256) {
        uint256 held = (uint256(rate.unitPrice) * rate.liveBytes * HOLDBACK_PERIODS) / _GIB_PERIODS;
        return Math.max(progress.released, Math.saturatingSub(_unscaled(progress.earnedScaled), held));
    }

    /// @dev Periods whose verdict can no longer change: all before the previous one.
    function _closedPeriods() private view returns (uint256) {
        return Math.saturatingSub(currentPeriod(), 1);
    }

    function _verifierOf(uint256 dealKey, Rate memory rate) private view returns (address) {
        return _verifiers[address(uint160(dealKey >> 96))][rate.verifierNumber];
    }

    function _requireVerifier(uint256 dealKey, Rate memory rate) private view {
        if (rate.verifierNumber == 0) revert PaymentsStreamInactive(dealKey);
        if (msg.sender != _verifierOf(dealKey, rate)) revert PaymentsCallerInvalid(dealKey, msg.sender);
    }

    function _requireFunded(uint256 dealKey, uint256 capacityBytes, uint256 unitPrice, uint256 endPeriod) private view {
        uint256 missing = missingFor(dealKey, capacityBytes, unitPrice, endPeriod);
        if (missing != 0) revert PaymentsUnderfunded(dealKey, missing);
    }

    function _requireReserved(uint256 dealKey, Rate memory rate) private pure {
        if (rate.verifierNumber != 0) revert PaymentsStreamExists(dealKey);
        if (rate.endPeriod == 0) revert PaymentsStreamInactive(dealKey);
    }

    function _requireRunning(uint256 dealKey, Rate memory rate, uint256 period) private pure {
        if (rate.verifierNumber == 0 || period >= rate.endPeriod) revert PaymentsStreamInactive(dealKey);
    }

    /// @dev What the provider gets of a gross amount; the fee is rounded down. Token base units.
    function _netOf(uint256 gross, uint256 feeBps) private pure returns (uint256) {
        return gross - (gross * feeBps) / _MAX_BPS;
    }

    /// @dev Rounded down, so the sum over any number of settlements is the same. Token base units.
    function _unscaled(uint256 scaled) private pure returns (uint96) {
        return uint96(scaled / _GIB_PERIODS);
    }

    function _toPrice(uint96 unitPrice) private pure returns (uint88) {
        _requireFits(unitPrice, type(uint88).max);
        return uint88(unitPrice);
    }

    function _toBytes(uint64 amountBytes) private pure returns (uint56) {
        _requireFits(amountBytes, type(uint56).max);
        return uint56(amountBytes);
    }

    function _toPeriod(uint32 period) private pure returns (uint24) {
        _requireFits(period, type(uint24).max);
        return uint24(period);
    }

    function _requireFits(uint256 value, uint256 max) private pure {
        if (value > max) revert PaymentsValueTooLarge(value, max);
    }
}
