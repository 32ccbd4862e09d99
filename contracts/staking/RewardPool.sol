// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { IFeeRouter } from "../interfaces/payments/IFeeRouter.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { IUsageChannels } from "../interfaces/payments/IUsageChannels.sol";
import { IRewardPool } from "../interfaces/staking/IRewardPool.sol";
import { IStakeRewards } from "../interfaces/staking/IStakeRewards.sol";
import { IEverToken } from "../interfaces/token/IEverToken.sol";
import { PaidFees } from "../libraries/PaidFees.sol";

/// @title RewardPool
/// @notice Mints rewards for paid fees, within what was burned.
/// @dev Calls nobody but the protocol's own contracts, none of which calls back. Everything that it counts is read from the money
/// contracts named at its deployment; whoever calls says only where to look.
contract RewardPool is IRewardPool {
    /// @notice What the contract reads and pays into.
    struct Parts {
        address ever;
        address router;
        address ledger;
        address payments;
        address channels;
        address vault;
    }

    /// @inheritdoc IRewardPool
    uint256 public constant EMISSION_BPS = 9_000;
    uint256 private constant _MAX_BPS = 10_000;

    /// @notice What is minted.
    address public immutable EVER;
    /// @notice What was burned, by epoch and token.
    IFeeRouter public immutable ROUTER;
    /// @notice Where the locks of deals and channels are.
    ILedger public immutable LEDGER;
    /// @notice The deals that count.
    IDealPayments public immutable PAYMENTS;
    /// @notice The channels that count.
    IUsageChannels public immutable CHANNELS;
    /// @notice Where rewards go.
    IStakeRewards public immutable VAULT;
    /// @notice Most that the schedule emits in each of the first epochs. EVER base units.
    uint128 public immutable FIRST_EMISSION;
    /// @notice Epochs after which the schedule halves.
    uint64 public immutable HALVING_EPOCHS;

    /// @inheritdoc IRewardPool
    mapping(address source => mapping(uint256 id => uint256)) public recordedOf;
    /// @inheritdoc IRewardPool
    mapping(uint64 epoch => mapping(uint32 tokenId => uint256)) public recordedIn;
    /// @inheritdoc IRewardPool
    mapping(address provider => mapping(uint64 epoch => mapping(uint32 tokenId => uint256))) public feesOf;

    /// @param parts What the contract reads and pays into.
    /// @param firstEmission Most that the schedule emits in each of the first epochs. EVER base units.
    /// @param halvingEpochs Epochs after which the schedule halves.
    constructor(Parts memory parts, uint128 firstEmission, uint64 halvingEpochs) {
        if (halvingEpochs == 0) revert RewardsScheduleInvalid(halvingEpochs);
        EVER = parts.ever;
        ROUTER = IFeeRouter(parts.router);
        LEDGER = ILedger(parts.ledger);
        PAYMENTS = IDealPayments(parts.payments);
        CHANNELS = IUsageChannels(parts.channels);
        VAULT = IStakeRewards(parts.vault);
        FIRST_EMISSION = firstEmission;
        HALVING_EPOCHS = halvingEpochs;
        // This contract never holds more than it has just minted for the vault.
        IERC20(parts.ever).approve(parts.vault, type(uint256).max);
    }

    /// @inheritdoc IRewardPool
    function recordDeal(uint256 dealKey) external returns (uint256 amount) {
        (ILedger.Lock memory lock, , uint256 fees) = PaidFees.ofDeal(PAYMENTS, LEDGER, dealKey);
        return _record(address(PAYMENTS), dealKey, lock.payee, lock.tokenId, fees);
    }

    /// @inheritdoc IRewardPool
    function recordChannel(uint256 channelId) external returns (uint256 amount) {
        (address payee, uint32 tokenId, uint256 fees) = PaidFees.ofChannel(CHANNELS, LEDGER, channelId);
        return _record(address(CHANNELS), channelId, payee, tokenId, fees);
    }

    /// @inheritdoc IRewardPool
    function claim(address provider, uint64 epoch, uint32 tokenId) external returns (uint256 amount) {
        uint64 running = ROUTER.currentEpoch();
        if (epoch >= running) revert RewardsEpochRunning(epoch, running);
        amount = rewardOf(provider, epoch, tokenId);
        if (amount == 0) revert RewardsNothingDue(provider, epoch, tokenId);

        uint256 fees = feesOf[provider][epoch][tokenId];
        delete feesOf[provider][epoch][tokenId];
        emit RewardClaimed(provider, epoch, tokenId, uint128(fees), uint128(amount));
        IEverToken(EVER).mint(address(this), amount);
        VAULT.reward(provider, uint128(amount));
    }

    /// @inheritdoc IRewardPool
    function rewardOf(address provider, uint64 epoch, uint32 tokenId) public view returns (uint256) {
        IFeeRouter.Sale memory sale = ROUTER.saleOf(epoch, tokenId);
        if (sale.burned == 0) return 0;
        // 90 bits each: neither is more than all EVER.
        uint256 share = (capOf(epoch) * sale.burned) / ROUTER.burnedIn(epoch);
        return Math.mulDiv(share, feesOf[provider][epoch][tokenId], Math.max(sale.sold, recordedIn[epoch][tokenId]));
    }

    /// @inheritdoc IRewardPool
    function capOf(uint64 epoch) public view returns (uint256) {
        return Math.min(scheduleOf(epoch + 1), (ROUTER.burnedIn(epoch) * EMISSION_BPS) / _MAX_BPS);
    }

    /// @inheritdoc IRewardPool
    function scheduleOf(uint64 epoch) public view returns (uint256) {
        return uint256(FIRST_EMISSION) >> Math.min(epoch / HALVING_EPOCHS, type(uint8).max);
    }

    /// @dev Counts only what exceeds what was counted before. When fees became unknown, they are less, and nothing is.
    function _record(
        address source,
        uint256 id,
        address provider,
        uint32 tokenId,
        uint256 fees
    ) private returns (uint256 amount) {
        uint256 before = recordedOf[source][id];
        if (fees <= before) return 0;

        amount = fees - before;
        uint64 epoch = ROUTER.currentEpoch();
        recordedOf[source][id] = fees;
        recordedIn[epoch][tokenId] += amount;
        feesOf[provider][epoch][tokenId] += amount;
        emit FeesRecorded(provider, source, id, epoch, tokenId, uint128(amount));
    }
}
