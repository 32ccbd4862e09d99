// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { INetworkLens } from "../interfaces/lens/INetworkLens.sol";
import { IDealMarket } from "../interfaces/market/IDealMarket.sol";
import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { IInviteRegistry } from "../interfaces/registry/IInviteRegistry.sol";
import { IProviderRegistry } from "../interfaces/registry/IProviderRegistry.sol";
import { IServiceCatalog } from "../interfaces/registry/IServiceCatalog.sol";
import { IStakeVault } from "../interfaces/staking/IStakeVault.sol";
import { IPossessionProofs } from "../interfaces/verification/IPossessionProofs.sol";
import { IRandomBeacon } from "../interfaces/verification/IRandomBeacon.sol";
import { DealRecords } from "../libraries/DealRecord.sol";
import { PeriodClock } from "../libraries/PeriodClock.sol";
import { StreamEarnings } from "../libraries/StreamEarnings.sol";

/// @title NetworkLens
/// @notice Reads one market and the contracts that it works with. No state, no right, no administrator.
/// @dev No contract of the protocol depends on it, so another one can stand beside it at any time.
contract NetworkLens is INetworkLens, PeriodClock {
    /// @notice The contracts that are read: those of the market.
    struct Parts {
        IDealMarket market;
        ILedger ledger;
        IDealPayments payments;
        IPossessionProofs proofs;
        IRandomBeacon beacon;
        IProviderRegistry registry;
        IServiceCatalog catalog;
        IStakeVault vault;
        IInviteRegistry invites;
    }

    /// @inheritdoc INetworkLens
    uint256 public constant MAX_ITEMS = 100;
    /// @inheritdoc INetworkLens
    uint256 public constant RECENT_PERIODS = 30;

    /// @notice Whose deals are read.
    IDealMarket public immutable MARKET;
    /// @notice Where the money is.
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
    /// @notice Who lets providers in.
    IInviteRegistry public immutable INVITES;

    /// @param parts The contracts of one deployment.
    constructor(Parts memory parts) PeriodClock(parts.beacon.ORIGIN(), parts.beacon.PERIOD_SECONDS()) {
        MARKET = parts.market;
        LEDGER = parts.ledger;
        PAYMENTS = parts.payments;
        PROOFS = parts.proofs;
        BEACON = parts.beacon;
        REGISTRY = parts.registry;
        CATALOG = parts.catalog;
        VAULT = parts.vault;
        INVITES = parts.invites;
    }

    /// @inheritdoc INetworkLens
    function network() external view returns (NetworkView memory found) {
        found.blockNumber = block.number;
        found.nowAt = block.timestamp;
        found.period = currentPeriod();
        found.closedPeriods = _closedPeriods();
        found.dealCount = MARKET.dealCount();
        found.offerCount = REGISTRY.offerCount();
        found.providerCount = REGISTRY.providerCount();
        found.totalStake = VAULT.totalStake();
        found.phase = INVITES.phase();
    }

    /// @inheritdoc INetworkLens
    function providersOf(
        address[] calldata providers,
        bytes32[] calldata serviceIds
    ) external view returns (ProviderView[] memory found) {
        _requireBounded(providers.length * Math.max(serviceIds.length, 1));
        found = new ProviderView[](providers.length);
        for (uint256 i; i < providers.length; ++i) {
            ProviderView memory each = found[i];
            (address provider, IStakeVault.Stake memory stake) = (providers[i], VAULT.stakeOf(providers[i]));
            each.provider = provider;
            each.registration = REGISTRY.providerOf(provider);
            each.stake = stake;
            each.freeStake = _above(stake.capacity, stake.allocated);
            each.allocations = new AllocationView[](serviceIds.length);
            for (uint256 j; j < serviceIds.length; ++j) {
                each.allocations[j] = _allocationOf(provider, serviceIds[j], stake);
            }
        }
    }

    /// @inheritdoc INetworkLens
    function offersOf(uint256[] calldata offerIds) external view returns (OfferView[] memory found) {
        _requireBounded(offerIds.length);
        found = new OfferView[](offerIds.length);
        for (uint256 i; i < offerIds.length; ++i) {
            OfferView memory each = found[i];
            each.offerId = offerIds[i];
            IProviderRegistry.Offer memory offer = REGISTRY.offerOf(offerIds[i]);
            each.offer = offer;
            if (offer.provider == address(0)) continue;
            (uint8 proofClass, , ) = CATALOG.dealTermsOf(offer.serviceId, offer.tokenId);
            each.isOpen = offer.active && proofClass != 0 && !REGISTRY.providerOf(offer.provider).jailed;
            each.backedBytes = _backedBytes(offer);
            if (each.isOpen) each.sellableBytes = Math.min(offer.freeBytes, each.backedBytes);
        }
    }

    /// @inheritdoc INetworkLens
    function dealsOf(uint256[] calldata dealIds) external view returns (DealView[] memory found) {
        _requireBounded(dealIds.length);
        found = new DealView[](dealIds.length);
        for (uint256 i; i < dealIds.length; ++i) _readDeal(found[i], dealIds[i]);
    }

    /// @inheritdoc INetworkLens
    function balancesOf(
        address[] calldata accounts,
        uint32[] calldata tokenIds
    ) external view returns (BalanceView[] memory found) {
        _requireBounded(accounts.length * tokenIds.length);
        found = new BalanceView[](accounts.length * tokenIds.length);
        for (uint256 i; i < found.length; ++i) {
            (address account, uint32 tokenId) = (accounts[i / tokenIds.length], tokenIds[i % tokenIds.length]);
            found[i].account = account;
            found[i].tokenId = tokenId;
            found[i].available = LEDGER.balanceOf(account, tokenId);
            found[i].approval = LEDGER.approvalOf(account, address(PAYMENTS), address(MARKET), tokenId);
        }
    }

    /// @inheritdoc INetworkLens
    function locksOf(uint256[] calldata dealIds) external view returns (LockView[] memory found) {
        _requireBounded(dealIds.length);
        uint256 refundDelay = LEDGER.REFUND_DELAY();
        found = new LockView[](dealIds.length);
        for (uint256 i; i < dealIds.length; ++i) {
            found[i].dealId = dealIds[i];
            ILedger.Lock memory lock = LEDGER.lockOf(address(PAYMENTS), _keyOf(dealIds[i]));
            found[i].lock = lock;
            if (lock.payer != address(0)) found[i].refundableAt = lock.expiresAt + refundDelay;
        }
    }

    /// @inheritdoc INetworkLens
    function verdictsOf(
        uint256 setId,
        uint256 fromPeriod,
        uint256 toPeriod
    ) external view returns (Verdict[] memory found) {
        if (toPeriod < fromPeriod) revert LensSpanInvalid(fromPeriod, toPeriod);
        _requireBounded(toPeriod - fromPeriod);
        found = new Verdict[](toPeriod - fromPeriod);
        for (uint256 i; i < found.length; ++i) found[i] = _verdictOf(setId, fromPeriod + i);
    }

    function _readDeal(DealView memory found, uint256 dealId) private view {
        uint256 dealKey = _keyOf(dealId);
        (found.dealId, found.dealKey) = (dealId, dealKey);
        found.deal = MARKET.dealOf(dealId);
        found.stream = PAYMENTS.streamOf(dealKey);
        found.lock = LEDGER.lockOf(address(PAYMENTS), dealKey);
        found.set = PROOFS.setOf(found.stream.setId);
        found.earnings = _earningsOf(dealKey, found.stream);
        found.recent = _recentOf(dealKey, found.stream);
        (found.termEndPeriod, ) = MARKET.termsOf(dealId);
        IDealMarket.Status status = found.deal.status;
        bool isRunning = status == IDealMarket.Status.Active || status == IDealMarket.Status.Ending;
        found.isFinishable = isRunning && _closedPeriods() >= found.stream.endPeriod;
    }

    function _earningsOf(
        uint256 dealKey,
        IDealPayments.Stream memory stream
    ) private view returns (Earnings memory found) {
        (found.earned, found.released) = PAYMENTS.earnedOf(dealKey);
        found.held = found.earned - found.released;
        uint256 fee = StreamEarnings.feeOf(found.released, stream.feeBps);
        found.due = found.released - fee - StreamEarnings.netOf(stream.released, stream.feeBps);
        found.feeDue = fee - stream.feeSwept;
    }

    function _recentOf(uint256 dealKey, IDealPayments.Stream memory stream) private view returns (Recent memory found) {
        uint256 toPeriod = Math.min(_closedPeriods(), stream.endPeriod);
        uint256 earliest = toPeriod > RECENT_PERIODS ? toPeriod - RECENT_PERIODS : 0;
        uint256 fromPeriod = Math.max(PAYMENTS.liveSince(dealKey), earliest);
        if (fromPeriod >= toPeriod) return found;
        (found.fromPeriod, found.toPeriod) = (fromPeriod, toPeriod);
        for (uint256 period = fromPeriod; period < toPeriod; ++period) {
            Verdict verdict = _verdictOf(stream.setId, period);
            if (verdict == Verdict.Proven) ++found.proven;
            else if (verdict == Verdict.Seedless) ++found.seedless;
            else ++found.missed;
        }
    }

    function _verdictOf(uint256 setId, uint256 period) private view returns (Verdict) {
        if (PROOFS.isProven(setId, period)) return Verdict.Proven;
        (, uint40 dueAt) = BEACON.roundOf(period);
        if (dueAt != 0) return block.timestamp < dueAt ? Verdict.Open : Verdict.Unproven;
        return period < _closedPeriods() ? Verdict.Seedless : Verdict.Open;
    }

    /// @dev What a slash took backs nothing any more: then no stake can be reserved until the provider covers its allocations again.
    function _allocationOf(
        address provider,
        bytes32 serviceId,
        IStakeVault.Stake memory stake
    ) private view returns (AllocationView memory found) {
        IStakeVault.Allocation memory allocation = VAULT.allocationOf(provider, serviceId);
        (found.serviceId, found.amount, found.reserved) = (serviceId, allocation.amount, allocation.reserved);
        if (stake.capacity >= stake.allocated) found.free = _above(allocation.amount, allocation.reserved);
    }

    /// @dev The most bytes for which `IServiceCatalog.stakeFor` does not exceed what is free; that is in steps, as the answer is.
    function _backedBytes(IProviderRegistry.Offer memory offer) private view returns (uint256) {
        IServiceCatalog.Service memory service = CATALOG.serviceOf(offer.serviceId);
        IStakeVault.Stake memory stake = VAULT.stakeOf(offer.provider);
        uint256 free = _allocationOf(offer.provider, offer.serviceId, stake).free;
        return ((free - (free % DealRecords.STAKE_STEP)) * service.unitBytes) / service.stakePerUnit;
    }

    function _keyOf(uint256 dealId) private view returns (uint256) {
        return PAYMENTS.dealKeyOf(address(MARKET), dealId);
    }

    function _above(uint128 total, uint128 part) private pure returns (uint128) {
        return total > part ? total - part : 0;
    }

    function _requireBounded(uint256 length) private pure {
        if (length > MAX_ITEMS) revert LensListTooLong(length, MAX_ITEMS);
    }
}
