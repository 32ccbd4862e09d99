// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IFeeRouter } from "../../../contracts/interfaces/payments/IFeeRouter.sol";
import { ILedger } from "../../../contracts/interfaces/payments/ILedger.sol";
import { IDealPayments } from "../../../contracts/interfaces/payments/IDealPayments.sol";
import { IRewardPool } from "../../../contracts/interfaces/staking/IRewardPool.sol";
import { IStakeVault } from "../../../contracts/interfaces/staking/IStakeVault.sol";
import { Handler, requireAtMost, requireEqual, requireRefusal, VM } from "../Vm.sol";
import { ChannelsHandler } from "../ChannelsHandler.t.sol";
import { LiveDeals } from "./LiveDeals.t.sol";

/// @notice Records the fees of real deals and channels and claims rewards for them, for whoever earned them.
contract EmissionHandler is Handler, LiveDeals {
    uint256 private constant _SCHEDULE = 1e24;
    uint64 private constant _HALVING_EPOCHS = 100;
    /// @dev A provider without stake has none to reward, and a pool whose shares are too dear takes no more.
    bytes private constant _UNREWARDABLE = bytes.concat(
        IStakeVault.StakeInsufficient.selector,
        IStakeVault.StakeIndexExceeded.selector
    );

    /// @notice All that was claimed, and for each epoch. EVER base units.
    uint256 public emitted;
    mapping(uint64 epoch => uint256) public emittedFor;
    mapping(address source => mapping(uint256 id => uint256)) private _counted;
    mapping(uint64 epoch => mapping(uint32 tokenId => uint256)) private _recordedIn;
    mapping(address provider => mapping(uint64 epoch => mapping(uint32 tokenId => uint256))) private _unclaimed;
    /// @dev Epochs in which something was recorded.
    uint64[] private _epochs;

    function recordDeal(uint256 seed) external counted {
        uint256 dealKey = _dealKey(seed);
        IDealPayments.Stream memory stream = _deployment.payments().streamOf(dealKey);
        ILedger.Lock memory lock = _deployment.ledger().lockOf(address(_deployment.payments()), dealKey);
        bool isKnown = !stream.closed || block.timestamp < lock.expiresAt + _deployment.REFUND_DELAY();
        uint256 fresh = _fresh(address(_deployment.payments()), dealKey, isKnown ? stream.feeSwept : 0);
        requireEqual("what a deal paid anew is recorded", fresh, _deployment.rewards().recordDeal(dealKey));
        _book(address(_deployment.payments()), dealKey, lock.payee, lock.tokenId, fresh);
    }

    function recordChannel(uint256 seed) external counted {
        ChannelsHandler usage = _actors.usage();
        VM.assume(usage.count() != 0);
        uint256 i = seed % usage.count();
        ILedger.Lock memory lock = _deployment.ledger().lockOf(address(_deployment.channels()), i + 1);
        bool isKnown = block.timestamp < lock.expiresAt + _deployment.REFUND_DELAY();
        uint256 fresh = _fresh(address(_deployment.channels()), i + 1, isKnown ? usage.bookOf(i).fees : 0);
        requireEqual("what a channel paid anew is recorded", fresh, _deployment.rewards().recordChannel(i + 1));
        _book(address(_deployment.channels()), i + 1, usage.bookOf(i).payee, lock.tokenId, fresh);
    }

    function claim(uint256 seed) external counted {
        VM.assume(_epochs.length != 0);
        uint64 epoch = _epochs[_epochs.length - 1 - ((seed >> 8) % (_epochs.length < 3 ? _epochs.length : 3))];
        address provider = _actors.deals().PROVIDER();
        if (seed % 3 != 0) provider = _actors.stake().providers(seed % 2);
        uint32 tokenId = uint32(1 + ((seed >> 16) % 3));
        uint256 due = _deployment.rewards().rewardOf(provider, epoch, tokenId);
        requireEqual("a reward = naive", _naiveReward(provider, epoch, tokenId), due);
        if (epoch == _deployment.router().currentEpoch()) return _claimTooSoon(provider, epoch, tokenId);
        VM.assume(due != 0);
        _claim(provider, epoch, tokenId, due);
    }

    function epochs() external view returns (uint64[] memory) {
        return _epochs;
    }

    /// @notice Fails when more was claimed for an epoch than the schedule or what was burned allows, or more was recorded than was paid.
    function check() external view {
        for (uint256 i; i < _epochs.length; ++i) {
            uint64 epoch = _epochs[i];
            uint256 schedule = _SCHEDULE >> ((epoch + 1) / _HALVING_EPOCHS);
            requireAtMost("emitted <= schedule", schedule, emittedFor[epoch]);
            uint256 most = (_deployment.router().burnedIn(epoch) * 9) / 10;
            requireAtMost("emitted <= 0.9 of burned", most, emittedFor[epoch]);
            for (uint32 tokenId = 1; tokenId <= 3; ++tokenId) {
                uint256 recorded = _deployment.rewards().recordedIn(epoch, tokenId);
                requireEqual("recorded = naive", _recordedIn[epoch][tokenId], recorded);
            }
        }
    }

    function _claim(address provider, uint64 epoch, uint32 tokenId, uint256 due) private {
        uint256 delegated = _deployment.vault().stakeOf(provider).delegated;
        bool isBooked = provider != _actors.deals().PROVIDER();
        _actors.stake().beforeChange();
        (bool isDone, bytes memory reason) = _tryClaim(provider, epoch, tokenId);
        if (!isDone) requireRefusal(reason, _UNREWARDABLE);
        VM.assume(isDone);
        _unclaimed[provider][epoch][tokenId] = 0;
        emitted += due;
        emittedFor[epoch] += due;
        if (isBooked) _actors.stake().afterReward(provider, delegated, due);
        requireEqual("nothing is due twice", 0, _deployment.rewards().rewardOf(provider, epoch, tokenId));
        VM.warp(block.timestamp + 1);
    }

    function _claimTooSoon(address provider, uint64 epoch, uint32 tokenId) private {
        (bool isDone, bytes memory reason) = _tryClaim(provider, epoch, tokenId);
        requireEqual("the running epoch pays nothing", 0, isDone ? 1 : 0);
        requireRefusal(reason, bytes.concat(IRewardPool.RewardsEpochRunning.selector));
    }

    function _tryClaim(address provider, uint64 epoch, uint32 tokenId) private returns (bool, bytes memory) {
        bytes memory data = abi.encodeCall(IRewardPool.claim, (provider, epoch, tokenId));
        return address(_deployment.rewards()).call(data);
    }

    function _book(address source, uint256 id, address payee, uint32 tokenId, uint256 fresh) private {
        VM.assume(fresh != 0);
        uint64 epoch = _deployment.router().currentEpoch();
        if (_epochs.length == 0 || _epochs[_epochs.length - 1] != epoch) _epochs.push(epoch);
        _counted[source][id] += fresh;
        _recordedIn[epoch][tokenId] += fresh;
        _unclaimed[payee][epoch][tokenId] += fresh;
    }

    /// @dev The part of nine tenths of what was burned in the epoch, or of the schedule. EVER base units.
    function _naiveReward(address provider, uint64 epoch, uint32 tokenId) private view returns (uint256) {
        IFeeRouter.Sale memory sale = _deployment.router().saleOf(epoch, tokenId);
        if (sale.burned == 0) return 0;
        uint256 burned = _actors.fees().burnedIn(epoch);
        uint256 most = Math.min(_SCHEDULE >> ((epoch + 1) / _HALVING_EPOCHS), (burned * 9) / 10);
        uint256 share = (most * sale.burned) / burned;
        return (share * _unclaimed[provider][epoch][tokenId]) / Math.max(sale.sold, _recordedIn[epoch][tokenId]);
    }

    function _fresh(address source, uint256 id, uint256 paid) private view returns (uint256) {
        return paid > _counted[source][id] ? paid - _counted[source][id] : 0;
    }

    /// @dev A deal of the market, or of nobody's market.
    function _dealKey(uint256 seed) private view returns (uint256) {
        uint256 count = seed % 2 == 0 ? _actors.money().dealCount() : _deployment.market().dealCount();
        VM.assume(count != 0);
        uint256 i = (seed >> 1) % count;
        if (seed % 2 == 0) return _actors.money().keyOf(i);
        return _deployment.payments().dealKeyOf(address(_deployment.market()), i + 1);
    }
}
