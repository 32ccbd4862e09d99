// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealMarket } from "../market/IDealMarket.sol";
import { IDealPayments } from "../payments/IDealPayments.sol";
import { ILedger } from "../payments/ILedger.sol";
import { IInviteRegistry } from "../registry/IInviteRegistry.sol";
import { IProviderRegistry } from "../registry/IProviderRegistry.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { IPossessionProofs } from "../verification/IPossessionProofs.sol";

/// @title INetworkLens
/// @notice What pages and auditors read of one market and the contracts that it works with, many facts in one call and all of the same
/// block. It keeps nothing, can do nothing, and nobody rules it: each value is another contract's view, or follows from such views.
/// @dev An unknown number or account gives zeros and never makes a batch fail. A batch costs in proportion to its input.
interface INetworkLens {
    /// @notice How a period of a proving set was judged.
    enum Verdict {
        Open, // its proof may still come
        Proven,
        Unproven, // its seed was known and no proof came; a miss unless nothing was live
        Seedless // nobody recorded its round in time: it cannot be proven, and is nobody's fault
    }

    /// @notice The network as of this block.
    /// @param nowAt Unix seconds of the block.
    /// @param period The running one.
    /// @param closedPeriods Periods whose verdict is final: all below this number.
    /// @param totalStake EVER base units, active and thawing.
    struct NetworkView {
        uint256 blockNumber;
        uint256 nowAt;
        uint256 period;
        uint256 closedPeriods;
        uint256 dealCount;
        uint256 offerCount;
        uint256 providerCount;
        uint256 totalStake;
        IInviteRegistry.Phase phase;
    }

    /// @notice What backs one service of a provider. EVER base units.
    /// @param free Part of it that no deal holds; what new deals can reserve.
    struct AllocationView {
        bytes32 serviceId;
        uint128 amount;
        uint128 reserved;
        uint128 free;
    }

    /// @notice A provider with its stake.
    /// @param registration Zeros for an account that is not registered; it may have stake all the same.
    /// @param freeStake EVER base units that it can allocate.
    /// @param allocations One for each service that was asked for, in that order.
    struct ProviderView {
        address provider;
        IProviderRegistry.Provider registration;
        IStakeVault.Stake stake;
        uint128 freeStake;
        AllocationView[] allocations;
    }

    /// @notice An offer, and what of it can be sold now.
    /// @param isOpen Whether a deal can come of it at all: offer and service are active, its token is listed, its provider is not jailed.
    /// @param backedBytes Bytes that the provider's free stake for the service backs.
    /// @param sellableBytes Free and backed; 0 when the offer is not open.
    struct OfferView {
        uint256 offerId;
        IProviderRegistry.Offer offer;
        bool isOpen;
        uint256 backedBytes;
        uint256 sellableBytes;
    }

    /// @notice What a deal's money would be after `settle` and `sweepFee` now. Token base units.
    /// @param earned Gross, of all closed periods, settled or not.
    /// @param released Gross, of it what is not held back.
    /// @param held Gross, of `earned` what is held back until the end.
    /// @param due Net of the fee, what `settle` would pay to the provider.
    /// @param feeDue What `sweepFee` would pay after it.
    struct Earnings {
        uint256 earned;
        uint256 released;
        uint256 held;
        uint256 due;
        uint256 feeDue;
    }

    /// @notice How the latest periods were judged that a deal was paid for with the bytes that it has now: at most `RECENT_PERIODS`,
    /// all closed.
    /// @param fromPeriod First of them.
    /// @param toPeriod First one after them.
    /// @param missed Seed known, not proven. `IDealMarket.endAbandoned` takes three in a row.
    /// @param seedless Without a seed: unpaid and nobody's fault.
    struct Recent {
        uint256 fromPeriod;
        uint256 toPeriod;
        uint256 proven;
        uint256 missed;
        uint256 seedless;
    }

    /// @notice A deal with its money, its lock, its proving set and its latest verdicts.
    /// @param termEndPeriod First period of the grace; 0 when the deal is not active.
    /// @param isFinishable Whether `finish` would be taken.
    struct DealView {
        uint256 dealId;
        uint256 dealKey;
        IDealMarket.Deal deal;
        IDealPayments.Stream stream;
        ILedger.Lock lock;
        IPossessionProofs.ProvingSet set;
        Earnings earnings;
        Recent recent;
        uint32 termEndPeriod;
        bool isFinishable;
    }

    /// @notice Money of an account in one token. Token base units.
    /// @param available What it can spend or withdraw.
    /// @param approval What the market may lock for new deals without being handed the call.
    struct BalanceView {
        address account;
        uint32 tokenId;
        uint256 available;
        ILedger.Approval approval;
    }

    /// @notice The lock of a deal.
    /// @param refundableAt Unix seconds from which anyone may return what is left; 0 when there is no lock.
    struct LockView {
        uint256 dealId;
        ILedger.Lock lock;
        uint256 refundableAt;
    }

    /// @notice More was asked for at once than a node would compute.
    error LensListTooLong(uint256 length, uint256 maxLength);
    /// @notice The span ends before it begins. Periods.
    error LensSpanInvalid(uint256 fromPeriod, uint256 toPeriod);

    /// @notice Most entries of a batch.
    function MAX_ITEMS() external view returns (uint256);
    /// @notice Most periods that `DealView.recent` looks back: the periods of a unit price.
    function RECENT_PERIODS() external view returns (uint256);
    /// @notice The network as of now.
    function network() external view returns (NetworkView memory);
    /// @notice Providers with what backs each of these services.
    /// @dev Accounts times services, or accounts alone, must not exceed `MAX_ITEMS`.
    function providersOf(
        address[] calldata providers,
        bytes32[] calldata serviceIds
    ) external view returns (ProviderView[] memory);
    /// @notice Offers by their numbers.
    function offersOf(uint256[] calldata offerIds) external view returns (OfferView[] memory);
    /// @notice Deals of the market by their numbers.
    function dealsOf(uint256[] calldata dealIds) external view returns (DealView[] memory);
    /// @notice Money of accounts in the ledger, token by token of each account.
    /// @dev Accounts times tokens must not exceed `MAX_ITEMS`.
    function balancesOf(
        address[] calldata accounts,
        uint32[] calldata tokenIds
    ) external view returns (BalanceView[] memory);
    /// @notice Locks of deals by the deals' numbers.
    function locksOf(uint256[] calldata dealIds) external view returns (LockView[] memory);
    /// @notice How a proving set was judged in [`fromPeriod`, `toPeriod`), at most `MAX_ITEMS` periods.
    function verdictsOf(uint256 setId, uint256 fromPeriod, uint256 toPeriod) external view returns (Verdict[] memory);
}
